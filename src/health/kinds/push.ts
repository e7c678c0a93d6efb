import * as v from 'valibot'
import { MIN_STALE_SECONDS } from '../../limits.ts'
import { object } from '../../schema.ts'
import { type Common, common, duration } from '../check-fields.ts'
import { DEFAULT_TIMES } from '../times.ts'
import { PUSH } from '../vantage.ts'
import type { CheckKind } from './kind.ts'

type PushDocument = Common & { readonly kind: 'push'; readonly silent?: number | undefined }

/** No request: the application reports the target under this check's name. */
type PushAction = { readonly kind: 'push'; readonly check: string }

const SILENT = `expected at least ${MIN_STALE_SECONDS} seconds: KV confirms a pushed state every five minutes`

export const push: CheckKind<PushDocument, PushAction> = {
  schema: object({
    kind: v.literal('push'),
    ...common,
    silent: v.optional(v.pipe(duration, v.minValue(MIN_STALE_SECONDS, SILENT))),
  }),
  defaultPort: () => 0,
  actionOf: (_, __, check) => ({ kind: 'push', check }),
  refusal: (_, { isInline }) =>
    isInline ? 'a push check is reported by its name; expected it in "checks"' : undefined,
  times: () => ({ ...DEFAULT_TIMES, fall: 1, rise: 1, from: [PUSH] }),
  staleAfter: ({ silent }) => silent,
}
