import { type Budget, refill, spend } from './budget.ts'
import type { RoundResult } from './round.ts'
import type { Vantage } from './vantage.ts'

/** How often a document is written although nothing changed: so that its readers know that it is not stale. */
export const HEARTBEAT_MS = 300_000

/** Tokens that are kept for news: what flaps, and counts, may not use them up. */
const RESERVE = 20

type Writing = {
  /** Writes that this vantage point may make in a day. */
  readonly perDay: number
  /** Whether counts have to be written, since the next round may run where nothing is remembered. */
  readonly forgets: boolean
}

/**
 * The document to write now, with its budget spent; undefined where nothing is to be written, or nothing may be: then
 * the next round writes what this one found.
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
