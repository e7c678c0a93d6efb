import { setTimeout as sleep } from 'node:timers/promises'

/** The clocks and the timer of an agent. Tests pass simulated time. */
export type Time = {
  /** Returns monotonic milliseconds, for intervals. */
  readonly now: () => number
  /** Returns milliseconds since the epoch, for reports and texts. */
  readonly date: () => number
  /** Resolves after `ms`, or when the signal aborts. */
  readonly rest: (ms: number, ended: AbortSignal) => Promise<void>
}

export const MACHINE_TIME: Time = {
  now: () => performance.now(),
  date: () => Date.now(),
  rest: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
}
