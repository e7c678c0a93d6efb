import { inTime } from './in-time.ts'

/** Keeps the isolate working after the answer has gone out. */
export type WaitUntil = (work: Promise<unknown>) => void

export type RefreshTiming = {
  /** How old a copy may grow before it is read again behind an answer, in milliseconds. */
  readonly refreshMs: number
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** Longer than KV takes when it works; an answer waits no longer for it. */
const TIMEOUT_MS = 2000

/** After a failure KV is asked again sooner than after a success. */
const RETRY_MS = 1000

/** KV refuses less, and takes 60 s without one. */
export const MIN_CACHE_TTL_SECONDS = 30

/** For how long KV may answer a read from a cache: no longer than its reader keeps what it read. */
export const cacheTtlFor = ({ refreshMs }: RefreshTiming): number =>
  Math.max(MIN_CACHE_TTL_SECONDS, Math.floor(refreshMs / 1000))

/**
 * When a copy of something in KV is read again. A copy younger than the refresh interval is used as it is. An older
 * one is used too, and read again behind the answer: a steady stream of queries never waits. One older than two
 * intervals, which nobody asked for in the meantime, is read before it answers.
 */
export class Refreshed {
  private due = 0
  private stale = 0
  private loading: Promise<void> | undefined
  private readonly read: () => Promise<boolean>
  private readonly timedOut: () => void
  private readonly timing: RefreshTiming

  /**
   * @param read renews the copy and says whether KV answered; never rejects
   * @param timedOut is told when KV did not answer in time
   */
  constructor(read: () => Promise<boolean>, timedOut: () => void, timing: RefreshTiming) {
    this.read = read
    this.timedOut = timedOut
    this.timing = timing
  }

  /** Undefined: the copy may be used. Otherwise: what to wait for first; it never rejects. */
  refresh(now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    const loading = this.begun(now, waitUntil)
    return !loading || now < this.stale ? undefined : this.withTimeout(loading)
  }

  /** As `refresh`, for what is done seldom: what is due is waited for, too. */
  renew(now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    const loading = this.begun(now, waitUntil)
    return loading && this.withTimeout(loading)
  }

  private begun(now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    if (now < this.due) return undefined
    if (!this.loading) {
      const loading: Promise<void> = this.read().then((answered) => {
        // One that was given up on may come in while the next one is under way, which then has the last word.
        if (this.loading === loading || !this.loading) this.settle(answered)
      })
      this.loading = loading
      waitUntil(loading)
    }
    return this.loading
  }

  private settle(answered: boolean): void {
    const { refreshMs, clock } = this.timing
    const now = clock()
    this.due = now + (answered ? refreshMs : Math.min(RETRY_MS, refreshMs))
    this.stale = now + (answered ? 2 * refreshMs : refreshMs)
    this.loading = undefined
  }

  private async withTimeout(loading: Promise<void>): Promise<void> {
    try {
      await inTime(loading, TIMEOUT_MS)
    } catch {
      // It never rejects: so it is late.
      if (this.loading !== loading) return
      this.timedOut()
      this.settle(false)
    }
  }
}
