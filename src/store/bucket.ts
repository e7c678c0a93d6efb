import { DAY_MS } from '../calendar.ts'

/** A stored token bucket. It may be in debt: what has begun is done whole, and what follows waits. */
export type Bucket = {
  readonly tokens: number
  /** Milliseconds since the epoch. */
  readonly at: number
}

export type Rate = {
  /** The number that is given out in any 24 hours, burst included. */
  readonly perDay: number
  /** The number that may be given out at once after a quiet time. */
  readonly burst: number
}

/** Fills a bucket up to `now`. One of the future was written by a wrong clock: it earns nothing until then. */
export function filled(bucket: Bucket | undefined, { perDay, burst }: Rate, now: number): Bucket {
  if (!bucket) return { tokens: burst, at: now }
  const earned = (Math.max(0, now - bucket.at) / DAY_MS) * (perDay - burst)
  return { tokens: Math.min(burst, bucket.tokens + earned), at: now }
}

/** Takes tokens, also those that are not there. */
export const spent = (bucket: Bucket, tokens: number): Bucket => ({ ...bucket, tokens: bucket.tokens - tokens })

/** Takes the tokens that are there, up to so many. */
export const taken = (bucket: Bucket, tokens: number): Bucket =>
  spent(bucket, Math.min(tokens, Math.max(0, bucket.tokens)))
