import type { Probed, Quorum } from './check-fields.ts'
import type { Thresholds } from './target-state.ts'

/** The times of a probe in seconds, its counts, and the rules by which its vantage points decide. */
export type Times = Thresholds & {
  readonly interval: number
  readonly timeout: number
  /** The seconds beyond which a success counts as a failure. */
  readonly maxLatency?: number | undefined
  /** The vantage points that probe it, sorted; undefined for those of the Worker. */
  readonly from: readonly string[] | undefined
  readonly quorum: Quorum
}

export const DEFAULT_TIMES = {
  interval: 60,
  timeout: 5,
  fall: 2,
  rise: 2,
  first: 'decides',
  quorum: 'majority',
} as const

/** Returns the times, counts and rules of a check, with defaults for fields that are left out. */
export function effectiveTimes(document: Probed): Times {
  const { interval = DEFAULT_TIMES.interval, fall = DEFAULT_TIMES.fall, rise = DEFAULT_TIMES.rise } = document
  const { first = DEFAULT_TIMES.first, quorum = DEFAULT_TIMES.quorum } = document
  const { timeout = Math.min(DEFAULT_TIMES.timeout, Math.max(interval, 1)), maxLatency, damping } = document
  const from = document.from && [...new Set(document.from)].sort()
  return { interval, timeout, maxLatency, fall, rise, first, damping, from, quorum }
}
