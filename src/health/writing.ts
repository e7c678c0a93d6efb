import { HEARTBEAT_SECONDS } from '../limits.ts'
import { type Budget, refill, spend } from './budget.ts'
import type { RoundResult } from './round.ts'
import type { Vantage } from './vantage.ts'

export const HEARTBEAT_MS = HEARTBEAT_SECONDS * 1000

/** Tokens that are kept for urgent changes: flapping targets and counters cannot use them. */
const RESERVE = 20

type Writing = {
  /** The maximum number of writes of this vantage point in a day. */
  readonly perDay: number
  /** True if counters must be written, because the next round may run in another isolate without memory of this one. */
  readonly forgets: boolean
}

/**
 * Returns the document to write now, with a token spent. It is undefined if there is nothing to write, or no token:
 * then the next round writes the results of this one.
 */
export function toWrite(
  { after, changed }: RoundResult,
  now: number,
  { perDay, forgets }: Writing,
): { readonly write: Vantage | undefined; readonly budget: Budget } {
  const budget = refill(after.budget, now, perDay)
  const matters = changed === 'state' || (changed === 'progress' && forgets)
  const beats = now - after.at >= HEARTBEAT_MS
  const reserve = beats || after.urgent ? 0 : Math.min(RESERVE, perDay / 20)
  const spent = matters || beats ? spend(budget, reserve) : undefined
  if (!spent) return { write: undefined, budget }
  return { write: { ...after, at: now, budget: { ...spent, perDay }, urgent: false }, budget: spent }
}
