/** Calls `fire` after `ms` milliseconds. The returned function calls that off. Tests pass their own. */
export type Timer = (ms: number, fire: () => void) => () => void

export const platformTimer: Timer = (ms, fire) => {
  const id = setTimeout(fire, ms)
  return () => clearTimeout(id)
}

/** KV that works answers sooner. A query waits no longer for all that it reads together. */
export const QUERY_DEADLINE_MS = 2000

/** The reason that status and the log have where KV does not give out a value. */
export const KV_IS_LATE = 'KV did not answer in time'

/**
 * A query that has nothing to go on with waits so long for one key before others are read that may do. A chain of names
 * through three zones, all of them late, stays within the deadline, also behind a catalog that is late.
 */
export const PATIENCE_MS = 300

/** As above, for the catalog: without it keys are listed, and the free plan has 1,000 lists a day. */
export const CATALOG_PATIENCE_MS = 1000

/** One limit for everything that somebody waits for. The time counts from the first wait. */
export class Deadline {
  private readonly ms: number
  private readonly timer: Timer
  private over: Promise<false> | undefined
  private stop: () => void = () => {}
  private isOver = false

  constructor(ms: number, timer: Timer = platformTimer) {
    this.ms = ms
    this.timer = timer
  }

  get passed(): boolean {
    return this.isOver
  }

  /** Returns whether `work`, which never rejects, was done before the deadline. Undefined is done already. */
  async within(work: Promise<unknown> | undefined): Promise<boolean> {
    if (!work) return !this.isOver
    this.over ??= new Promise((resolve) => {
      this.stop = this.timer(this.ms, () => {
        this.isOver = true
        resolve(false)
      })
    })
    return (await Promise.race([work.then(() => true), this.over])) && !this.isOver
  }

  /** Ends the timer. Call it when nothing is waited for any more. */
  end(): void {
    this.stop()
  }
}
