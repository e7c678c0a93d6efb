import { DAY_MS } from '../calendar.ts'

/** A token bucket that limits the writes of a document. It fills steadily, and is stored in that document. */
export type Budget = {
  readonly tokens: number
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The writes in a day, burst included. Only a stored bucket has it. */
  readonly perDay?: number
}

/** The share of a day's writes that may come at once after a quiet time. */
const BURST_SHARE = 0.2

/** Refills the bucket up to `now`. In any 24 hours it gives out at most `perDay`: the burst and the refill. */
export function refill(budget: Budget | undefined, now: number, perDay: number): Budget {
  const burst = Math.max(1, perDay * BURST_SHARE)
  if (!budget) return { tokens: burst, at: now }
  const earned = (Math.max(0, now - budget.at) / DAY_MS) * Math.max(0, perDay - burst)
  return { tokens: Math.min(burst, budget.tokens + earned), at: now }
}

/** Returns the tokens in a stored bucket. One without a rate counts as not empty. */
export const tokensAt = (now: number, budget: Budget | undefined): number =>
  budget?.perDay === undefined ? 1 : refill(budget, now, budget.perDay).tokens

/**
 * Takes one token. Returns undefined if there is none.
 * @param reserve the tokens that are kept for urgent writes
 */
export function spend(budget: Budget, reserve = 0): Budget | undefined {
  return budget.tokens >= 1 + reserve ? { ...budget, tokens: budget.tokens - 1 } : undefined
}
