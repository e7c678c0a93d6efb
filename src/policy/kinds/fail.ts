import { flagOf, textOf } from '../../stored-value.ts'
import type { Stored } from '../storing.ts'

/** SERVFAIL, or REFUSED: for example a PowerDNS view without a match. */
export interface Fail {
  readonly kind: 'fail'
  readonly why: string
  readonly refused?: true
}

export type FailStep = { readonly step: 'fail'; readonly why: string; readonly refused?: true }

/** The policy in the place of a member that a stored array names, and that is not there. */
export const DAMAGED: Fail = { kind: 'fail', why: 'the stored policy is damaged' }

export const stepOf = ({ why, refused }: Fail): FailStep => ({ step: 'fail', why, ...(refused && { refused }) })

export const identity = ({ why }: Fail): unknown => why

export const store = ({ kind, why, refused }: Fail): Stored => [kind, why, refused === true]

export const load = ([, why, refused]: Stored): Fail =>
  flagOf(refused) ? { kind: 'fail', why: textOf(why), refused: true } : { kind: 'fail', why: textOf(why) }
