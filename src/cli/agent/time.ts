import { setTimeout as sleep } from 'node:timers/promises'

/** The clocks that an agent goes by, and rest. Tests pass time of their own. */
export type Time = {
  /** Milliseconds by a clock that nobody sets: for intervals. */
  readonly now: () => number
  /** Milliseconds since the epoch: for what others read. */
  readonly date: () => number
  /** Resolves after `ms`, or when the signal ends the rest. */
  readonly rest: (ms: number, ended: AbortSignal) => Promise<void>
}

export const MACHINE_TIME: Time = {
  now: () => performance.now(),
  date: () => Date.now(),
  rest: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
}
