import { failure, type NameKey, NO_RECORDS, type QueryError, type Response } from '../dns/index.ts'
import type { AskedCheck } from '../health/index.ts'
import type { Step } from './trace.ts'

/** What to answer, and every decision that led there; or the zone that has to be loaded first. */
export type Resolution =
  | {
      readonly kind: 'resolved'
      readonly response: Response
      /** Whether chance decided: the next query may be answered otherwise. */
      readonly byChance: boolean
      readonly trace: readonly Step[]
      /** Checks that no document has: a script computed them out of the query. */
      readonly asked?: readonly AskedCheck[]
    }
  | NeedsZone

export type NeedsZone = { readonly kind: 'needs-zone'; readonly origin: NameKey }

export function failed(error: QueryError, trace: readonly Step[], scope = 0, byChance = false): Resolution {
  return { kind: 'resolved', response: { ...NO_RECORDS, scope, ...failure(error) }, byChance, trace }
}
