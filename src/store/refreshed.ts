import { QUERY_DEADLINE_MS, type Timer } from './deadline.ts'

/** Keeps the isolate working after the answer has gone out. */
export type WaitUntil = (work: Promise<unknown>) => void

export type RefreshTiming = {
  /** Milliseconds after which a copy is read again, behind an answer. */
  readonly refreshMs: number
  /** Milliseconds since the epoch. It may jump, ahead or back. */
  readonly clock: () => number
  readonly timer?: Timer
}

/** After a failure KV is asked again sooner than after a success. */
export const RETRY_MS = 1000

/** A read that has not ended after so long is begun again. It never ends if the request that began it has ended. */
export const HANG_MS = 10_000

/** Each read that hangs doubles the time to the next one, up to this: what hangs for a day leaves 150 reads. */
export const MAX_HANG_MS = 600_000

/** KV refuses less, and takes 60 s without one. */
export const MIN_CACHE_TTL_SECONDS = 30

/** For how long KV may answer a read from a cache: no longer than its reader keeps what it read. */
export const cacheTtlFor = ({ refreshMs }: RefreshTiming): number =>
  Math.max(MIN_CACHE_TTL_SECONDS, Math.floor(refreshMs / 1000))

/**
 * Renews a copy, and returns whether KV answered. It never rejects. A read that was given up may end after the one that
 * followed it: then `isCurrent` is false, and the read must change nothing.
 */
export type Read = (isCurrent: () => boolean, waitUntil: WaitUntil) => Promise<boolean>

/**
 * Says when a copy of something in KV is read again. A copy younger than the refresh interval is used as it is. An
 * older one is used too, and read again behind the answer, so that a steady stream of queries never waits. One older
 * than two intervals, which nobody asked for in the meantime, is read before it answers.
 *
 * Queries wait for a read until the first of them has waited for as long as a query may. Later ones use the copy that
 * there is, until the read is begun again.
 */
export class Refreshed {
  private readonly read: Read
  private readonly timedOut: () => void
  private readonly timing: RefreshTiming
  private readonly firstHangMs: number
  /**
   * The time at which the last read ended. From then on the copy is due after `dueIn`, and too old to answer after
   * `staleIn`.
   */
  private endedAt = Number.NEGATIVE_INFINITY
  private dueIn = 0
  private staleIn = 0
  private loading: Promise<void> | undefined
  private begunAt = 0
  private begunReads = 0
  private hangMs: number
  private waitedSince: number | undefined
  private toldLate = false

  /** @param timedOut is told once when KV did not answer in time */
  constructor(read: Read, timedOut: () => void, timing: RefreshTiming, hangMs = HANG_MS) {
    this.read = read
    this.timedOut = timedOut
    this.timing = timing
    this.firstHangMs = hangMs
    this.hangMs = hangMs
  }

  /** Returns true if the copy is too old to answer now: `refresh` returns what to wait for. */
  mustWait(now: number): boolean {
    return this.isStale(now) && (!this.isReading(now) || this.isPatient(now))
  }

  /**
   * Reads the copy again if it is due.
   * @returns undefined if the copy may be used, else what to wait for first. That never rejects, and may hang.
   */
  refresh(now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    const loading = this.begun(now, waitUntil)
    if (!loading || !this.isStale(now)) return undefined
    if (!this.isPatient(now)) {
      this.giveUp()
      return undefined
    }
    if (this.waitedSince === undefined || now < this.waitedSince) this.waitedSince = now
    return loading
  }

  /** As `refresh`, for work that is done seldom: a copy that is due is waited for, too. */
  renew(now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    const loading = this.begun(now, waitUntil)
    if (loading) this.waitedSince ??= now
    return loading
  }

  /** Makes the copy due: something newer is known to be there, and the copy was the newest until `since`. */
  expire(since: number): void {
    this.endedAt = since
    this.dueIn = 0
    this.staleIn = 2 * this.timing.refreshMs
  }

  /** Ends the waiting for a read, if somebody waits. The read itself goes on. */
  giveUp(): void {
    if (!this.loading || this.waitedSince === undefined) return
    this.waitedSince = Number.NEGATIVE_INFINITY
    if (!this.toldLate) this.timedOut()
    this.toldLate = true
  }

  /** A clock that went back makes nothing stale. */
  private isStale(now: number): boolean {
    return Math.max(0, now - this.endedAt) >= this.staleIn
  }

  /** Queries wait until the first of them has waited for as long as a query may. */
  private isPatient(now: number): boolean {
    const { waitedSince } = this
    return waitedSince === undefined || now < waitedSince || now - waitedSince < QUERY_DEADLINE_MS
  }

  /** A read that hangs is no longer counted on. */
  private isReading(now: number): boolean {
    return this.loading !== undefined && now - this.begunAt < this.hangMs
  }

  private begun(now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    // A time that is ahead counts as now: the clock jumped, and must not hide a change until it gets there again.
    if (now < this.endedAt) this.endedAt = now
    if (this.loading) {
      if (now < this.begunAt) this.begunAt = now
      if (this.isReading(now)) return this.loading
      this.hangMs = Math.min(2 * this.hangMs, MAX_HANG_MS)
    } else if (now - this.endedAt < this.dueIn) return undefined
    this.begin(now, waitUntil)
    return this.loading
  }

  private begin(now: number, waitUntil: WaitUntil): void {
    this.begunAt = now
    this.waitedSince = undefined
    this.toldLate = false
    const number = ++this.begunReads
    const isCurrent = (): boolean => number === this.begunReads
    const loading: Promise<void> = this.read(isCurrent, waitUntil).then((answered) => {
      if (isCurrent()) this.settle(answered)
    })
    this.loading = loading
    waitUntil(loading)
  }

  private settle(answered: boolean): void {
    const { refreshMs, clock } = this.timing
    this.endedAt = clock()
    this.dueIn = answered ? refreshMs : Math.min(RETRY_MS, refreshMs)
    this.staleIn = answered ? 2 * refreshMs : refreshMs
    this.loading = undefined
    this.hangMs = this.firstHangMs
  }
}
