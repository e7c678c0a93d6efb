/**
 * The record of an upstream: how fast it answered lately, and how often it failed since. One that failed is asked
 * behind those that did not; one that was silent six times running only now and then.
 */
export class Upstream {
  readonly url: string
  readonly host: string
  /** Failures since the last answer. */
  failures = 0
  /** The questions in a row to which nothing came back that could be an answer. */
  private silences = 0
  /**
   * Milliseconds since the epoch: the last time that it was asked, and the first time at which it may be tried again.
   */
  private askedAt = Number.NEGATIVE_INFINITY
  private retryAt = 0
  private answeredAt = Number.NEGATIVE_INFINITY
  /** True if it was passed over since it was last asked: while it rests, it is asked every second question at most. */
  private isPassed = true
  private readonly latencies: { readonly ms: number; readonly at: number }[] = []

  constructor(url: string) {
    this.url = url
    this.host = new URL(url).host
  }

  get isWell(): boolean {
    return this.failures === 0
  }

  /** True if it may be asked now. One that rests may be if it is due, and was passed over once since the last time. */
  mayBeAsked(now: number): boolean {
    if (this.silences < RESTING_SILENCES) return true
    if (now - this.askedAt >= MAX_RETRY_MS || now < this.askedAt) return true
    return this.isPassed && now >= this.retryAt
  }

  /** True if it failed, and it is time to see if it answers again. */
  isDue(now: number): boolean {
    return this.failures > 0 && this.mayBeAsked(now) && (now >= this.retryAt || now - this.askedAt >= MAX_RETRY_MS)
  }

  /** Notes a question that it was not asked. */
  passOver(): void {
    this.isPassed = true
  }

  begin(now: number): void {
    this.askedAt = now
    this.isPassed = false
  }

  /** @param since when the question was sent */
  answered(since: number, now: number): void {
    this.failures = 0
    this.silences = 0
    this.answeredAt = now
    this.latencies.push({ ms: Math.max(0, now - since), at: now })
    if (this.latencies.length > MAX_LATENCIES) this.latencies.shift()
  }

  hasAnsweredSince(time: number): boolean {
    return this.answeredAt > time
  }

  /** A DNS message came back that is no good reply. It is there, but others are asked before it. */
  misled(now: number): void {
    this.silences = 0
    this.pause(this.failures++, now)
  }

  /** Nothing came back that could be an answer. */
  failed(now: number): void {
    this.failures++
    this.silences++
    // The pauses begin again at the shortest when it begins to rest.
    this.pause(this.silences < RESTING_SILENCES ? this.failures - 1 : this.silences - RESTING_SILENCES, now)
  }

  private pause(doublings: number, now: number): void {
    this.retryAt = now + Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(doublings, 10))
  }

  /** Milliseconds after which another one is asked, too: the 95th percentile of the last minutes. */
  patience(now: number): number {
    const recent = this.latencies.filter(({ at }) => now - at < LATENCY_AGE_MS).map(({ ms }) => ms)
    if (recent.length === 0) return MAX_PATIENCE_MS
    recent.sort((a, b) => a - b)
    const p95 = recent[Math.ceil(0.95 * recent.length) - 1] as number
    return Math.min(MAX_PATIENCE_MS, Math.max(MIN_PATIENCE_MS, p95))
  }
}

const RESTING_SILENCES = 6
/**
 * The first pause after a failure; each one doubles it. After an outage the first answer comes within `MAX_RETRY_MS`.
 */
const FIRST_RETRY_MS = 250
const MAX_RETRY_MS = 10_000
const MAX_LATENCIES = 64
const LATENCY_AGE_MS = 300_000
const MIN_PATIENCE_MS = 50
const MAX_PATIENCE_MS = 300

/** Returns those that may be asked, in turn: as named, those that failed behind the others, fewest failures first. */
export function inOrder(upstreams: readonly Upstream[], now: number): Upstream[] {
  return upstreams
    .filter((upstream) => upstream.mayBeAsked(now))
    .sort((a, b) => Math.min(a.failures, RESTING_SILENCES) - Math.min(b.failures, RESTING_SILENCES))
}
