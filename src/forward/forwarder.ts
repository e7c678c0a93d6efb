import { type ExtendedError, RCODE } from '../dns/index.ts'
import { MAX_FORWARD_CACHE_BYTES, MAX_FORWARD_FAILURES, MAX_FORWARD_FLIGHTS } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { type Io, LOST_MS, Upstreams } from './ask-upstreams.ts'
import { ReplyCache } from './cache.ts'
import { EDE } from './ede.ts'
import type { WaitUntil } from './io.ts'
import { isKeepable, type Kept, keptOf } from './kept-reply.ts'
import type { UpstreamQuery } from './upstream-query.ts'

/** A reply that counts, or one that did and is served because nothing newer can be had (RFC 8767). */
export type Found = { readonly kept: Kept; readonly isStale: boolean }

export type Outcome = Result<Found, ExtendedError>

/** A query is answered after so long, whatever upstreams do: what is left until 4.5 s is for writing the answer. */
export const QUERY_MS = 4300

/** RFC 8767 §5: a client that a stale answer is there for waits no longer for a fresh one. */
const STALE_WAIT_MS = 1800
const MAX_STALE_MS = 86_400_000

/** A question that failed is not asked again for so long: many clients may ask it. */
const FAILED_MS = 2000

type Flight = { readonly begun: number; readonly landed: Promise<Outcome> }

/** Finds replies of upstreams: in the cache, else by asking; one question for any number of clients. */
export class Forwarder {
  readonly cache: ReplyCache
  private readonly upstreams: Upstreams
  private readonly io: Io
  private readonly flights = new Map<string, Flight>()
  private readonly failures = new Map<string, { readonly until: number; readonly ede: ExtendedError }>()

  constructor(urls: readonly string[], io: Io, maxBytes = MAX_FORWARD_CACHE_BYTES) {
    this.upstreams = new Upstreams(urls, io)
    this.io = io
    this.cache = new ReplyCache(maxBytes)
  }

  /** Returns if each upstream has answered since it last failed, by its host: a URL may have a secret in its path. */
  upstreamStates(): { readonly host: string; readonly isWell: boolean }[] {
    return this.upstreams.states()
  }

  /**
   * Returns a reply that is in memory; undefined if an upstream has to be asked. A popular one that has nearly run out
   * is asked for behind the answer.
   * @param now milliseconds since the epoch
   */
  inMemory(query: UpstreamQuery, now: number, waitUntil: WaitUntil): Kept | undefined {
    const kept = query.isCommon ? this.cache.find(query) : undefined
    if (!kept) return undefined
    const left = leftMs(kept, now)
    if (left <= 0) return undefined
    if (left < Math.max(MIN_PREFETCH_MS, kept.ttl * 100) && kept.ttl * 1000 > MIN_PREFETCH_MS) {
      if (!this.lately(query, now)) this.fly(query, now, waitUntil)
    }
    return kept
  }

  /**
   * Asks the upstreams. Never rejects.
   * @param deadline milliseconds since the epoch, after which the answer is a stale one or a failure
   */
  async find(query: UpstreamQuery, deadline: number, waitUntil: WaitUntil): Promise<Outcome> {
    const now = this.io.clock()
    const kept = this.inMemory(query, now, waitUntil)
    if (kept) return ok({ kept, isStale: false })
    const stale = this.staleFor(query, now)
    const failed = this.lately(query, now)
    if (failed) return stale ?? err(failed)
    const flight = this.fly(query, now, waitUntil)
    const wait = Math.min(deadline - now, stale ? STALE_WAIT_MS : Number.POSITIVE_INFINITY)
    const outcome = await this.within(flight, wait)
    return outcome.ok ? outcome : (stale ?? outcome)
  }

  private staleFor(query: UpstreamQuery, now: number): Outcome | undefined {
    const kept = query.isCommon ? this.cache.find(query) : undefined
    return kept && -leftMs(kept, now) < MAX_STALE_MS ? ok({ kept, isStale: true }) : undefined
  }

  /** Returns the error of a question that failed a moment ago. */
  private lately({ key }: UpstreamQuery, now: number): ExtendedError | undefined {
    const failure = this.failures.get(key)
    if (!failure) return undefined
    if (now < failure.until && failure.until - now <= FAILED_MS) return failure.ede
    this.failures.delete(key)
    return undefined
  }

  /** Joins the flight for the question, or begins one. */
  private fly(query: UpstreamQuery, now: number, waitUntil: WaitUntil): Promise<Outcome> {
    const { key } = query
    const flight = this.flights.get(key)
    if (flight && Math.abs(now - flight.begun) < LOST_MS) return flight.landed
    if (this.flights.size >= MAX_FORWARD_FLIGHTS) this.forgetLost(now)
    if (this.flights.size >= MAX_FORWARD_FLIGHTS) return Promise.resolve(err(TOO_MANY))
    const landed = this.landing(query, waitUntil)
    const own = { begun: now, landed }
    this.flights.set(key, own)
    const cleared = landed.then(() => {
      if (this.flights.get(key) === own) this.flights.delete(key)
    })
    waitUntil(cleared)
    return landed
  }

  private forgetLost(now: number): void {
    for (const [key, { begun }] of this.flights) if (Math.abs(now - begun) >= LOST_MS) this.flights.delete(key)
  }

  private async landing(query: UpstreamQuery, waitUntil: WaitUntil): Promise<Outcome> {
    const answered = await this.upstreams.ask(query, waitUntil)
    const now = this.io.clock()
    const kept = answered.ok ? keptOf(answered.value.reply, answered.value.checked, query, now) : undefined
    if (kept) {
      if (isKeepable(kept, query)) this.cache.keep(query, kept)
      this.failures.delete(query.key)
      return ok({ kept, isStale: false })
    }
    const ede = answered.ok ? TOO_LARGE : answered.error.ede
    if (this.failures.size >= MAX_FORWARD_FAILURES) this.failures.clear()
    this.failures.set(query.key, { until: now + FAILED_MS, ede })
    return err(ede)
  }

  private async within(flight: Promise<Outcome>, ms: number): Promise<Outcome> {
    let stop = (): void => {}
    const late = new Promise<Outcome>((resolve) => {
      stop = this.io.timer(Math.max(0, ms), () => resolve(err(TOO_LATE)))
    })
    try {
      return await Promise.race([flight, late])
    } finally {
      stop()
    }
  }
}

/** Milliseconds for which a reply still counts. A clock that went back makes none older than new. */
const leftMs = ({ since, ttl }: Kept, now: number): number => ttl * 1000 - Math.max(0, now - since)

/** Returns the code of a stale answer (RFC 8914 §4.4, §4.20). */
export const staleError = ({ rcode }: Kept): ExtendedError =>
  rcode === RCODE.NXDOMAIN
    ? { code: EDE.STALE_NXDOMAIN, text: 'the upstream servers do not answer' }
    : { code: EDE.STALE_ANSWER, text: 'the upstream servers do not answer' }

/** A reply that is asked for while less than a tenth of its TTL is left, or than this, is renewed behind the answer. */
const MIN_PREFETCH_MS = 2000

const TOO_LATE: ExtendedError = { code: EDE.NO_REACHABLE_AUTHORITY, text: 'no upstream server answered in time' }
const TOO_MANY: ExtendedError = { code: EDE.OTHER, text: 'too many questions wait for upstream servers' }
const TOO_LARGE: ExtendedError = { code: EDE.OTHER, text: 'the answer does not fit a DNS message' }
