/** How many writes may be made: a bucket that fills steadily. Kept in the document that the writes are of. */
export type Budget = {
  readonly tokens: number
  /** Milliseconds since the epoch. */
  readonly at: number
  /** What it fills by in a day, with its burst; where it is written down. */
  readonly perDay?: number
}

/** Of the writes of a day, the part that may be made at once after a quiet time. */
const BURST_SHARE = 0.2

const DAY_MS = 86_400_000

/** The bucket as of `now`. In any 24 hours it gives out at most `perDay`: what it fills with, and what it held. */
export function refill(budget: Budget | undefined, now: number, perDay: number): Budget {
  const burst = Math.max(1, perDay * BURST_SHARE)
  if (!budget) return { tokens: burst, at: now }
  const earned = (Math.max(0, now - budget.at) / DAY_MS) * Math.max(0, perDay - burst)
  return { tokens: Math.min(burst, budget.tokens + earned), at: now }
}

/** What there is in a bucket that was written down; one without a rate is not known to be empty. */
export const tokensAt = (now: number, budget: Budget | undefined): number =>
  budget?.perDay === undefined ? 1 : refill(budget, now, budget.perDay).tokens

/** One write less, or undefined where there is none left; `reserve` is kept for what is more urgent. */
export function spend(budget: Budget, reserve = 0): Budget | undefined {
  return budget.tokens >= 1 + reserve ? { ...budget, tokens: budget.tokens - 1 } : undefined
}

export const isBudget = (value: unknown): value is Budget =>
  typeof value === 'object' &&
  value !== null &&
  'tokens' in value &&
  typeof value.tokens === 'number' &&
  'at' in value &&
  typeof value.at === 'number'
