import * as v from 'valibot'
import { object } from '../../schema.ts'
import { probed } from '../check-fields.ts'
import type { CheckKind, ProbedAs } from './kind.ts'

type IcmpAction = { readonly kind: 'icmp' }

export const icmp: CheckKind<ProbedAs<'icmp'>, IcmpAction> = {
  schema: object({ kind: v.literal('icmp'), ...probed }),
  defaultPort: () => 0,
  actionOf: () => ({ kind: 'icmp' }),
  isPortless: true,
}
