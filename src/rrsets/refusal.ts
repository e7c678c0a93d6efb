import { MAX_QUOTED_CHARS } from '../limits.ts'
import { err } from '../result.ts'
import type { Refusal } from './types.ts'

type Refused = { readonly ok: false; readonly error: Refusal }

/** A value that PowerDNS answers with 422. */
export const unprocessable = (error: string): Refused => err({ status: 422, error })

/** Returns one error as it is, and several in a list, as PowerDNS does for the checks of an rrset. */
export function unprocessableAll([first, ...others]: readonly [string, ...string[]]): Refused {
  if (others.length === 0) return unprocessable(first)
  return err({ status: 422, error: 'Multiple errors found in RRset', errors: [first, ...others] })
}

export const conflicting = (error: string): Refused => err({ status: 409, error })

/** Shortens a text of a client for a message. */
export const clipped = (text: string): string =>
  text.length > MAX_QUOTED_CHARS ? `${text.slice(0, MAX_QUOTED_CHARS)}…` : text
