import { QUERY_DEADLINE_MS } from './deadline.ts'
import { HANG_MS, MAX_HANG_MS, RETRY_MS, type WaitUntil } from './refreshed.ts'

type Attempt = {
  /** Ends when the attempt has ended, and may hang. */
  readonly work: Promise<void>
  begunAt: number
  readonly hangMs: number
  /** The time at which the attempt failed. */
  failedAt?: number
}

/** Attempts that are remembered: a zone whose parts all fail must not fill the memory. */
const MAX_ATTEMPTS = 1000

/**
 * Reads of values that are read once. Queries that need the same value wait for one read. A read that failed is begun
 * again after a second. Nobody waits any more for one that took longer than a query may; it is begun again later.
 */
export class Attempts {
  private readonly byKey = new Map<string, Attempt>()
  private readonly clock: () => number

  /** @param clock gives milliseconds since the epoch */
  constructor(clock: () => number) {
    this.clock = clock
  }

  /**
   * @param work returns whether it succeeded, never rejects, and may hang
   * @returns what to wait for; undefined if the value cannot be had now
   */
  begin(key: string, now: number, waitUntil: WaitUntil, work: () => Promise<boolean>): Promise<void> | undefined {
    const last = this.byKey.get(key)
    if (last) {
      // A clock that went back makes nothing wait longer.
      if (now < last.begunAt) last.begunAt = now
      if (last.failedAt !== undefined && now < last.failedAt) last.failedAt = now
      if (last.failedAt !== undefined) {
        if (now - last.failedAt < RETRY_MS) return undefined
      } else if (now - last.begunAt < QUERY_DEADLINE_MS) return last.work
      else if (now - last.begunAt < last.hangMs) return undefined
    }
    const hung = last !== undefined && last.failedAt === undefined
    return this.begun(key, now, waitUntil, work, hung ? Math.min(2 * last.hangMs, MAX_HANG_MS) : HANG_MS)
  }

  private begun(
    key: string,
    now: number,
    waitUntil: WaitUntil,
    work: () => Promise<boolean>,
    hangMs: number,
  ): Promise<void> {
    const done = work().then((succeeded) => {
      if (this.byKey.get(key) !== attempt) return
      if (succeeded) this.byKey.delete(key)
      else attempt.failedAt = this.clock()
    })
    const attempt: Attempt = { work: done, begunAt: now, hangMs }
    if (this.byKey.size >= MAX_ATTEMPTS) this.byKey.clear()
    this.byKey.set(key, attempt)
    waitUntil(done)
    return done
  }
}
