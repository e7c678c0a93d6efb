import { type ExtendedError, RCODE } from '../dns/index.ts'
import { err, ok, type Result } from '../result.ts'
import { type Checked, checkReply } from './check-reply.ts'
import { EDE } from './ede.ts'
import { type ExchangeError, exchange, type Fetch } from './exchange.ts'
import type { Timer, WaitUntil } from './io.ts'
import { readReply, type UpstreamReply } from './read-reply.ts'
import { inOrder, Upstream } from './upstream.ts'
import type { UpstreamQuery } from './upstream-query.ts'

export type Io = {
  readonly fetch: Fetch
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  readonly timer: Timer
}

/** @property host that of the upstream server, without the path of its URL, which may be a secret */
export type Answered = { readonly reply: UpstreamReply; readonly checked: Checked; readonly host: string }

/** A failure of an upstream, or of all of them; `isFinal` if another one must not be asked. */
type AskError = { readonly ede: ExtendedError; readonly isFinal?: boolean }

type Asking = Promise<Result<Answered, AskError>>

/** The upstream servers of an isolate. Each has at most one query under way for a question. */
export class Upstreams {
  private readonly all: readonly Upstream[]
  private readonly io: Io
  private readonly underWay = new Map<string, { readonly begun: number; readonly work: Asking }>()

  constructor(urls: readonly string[], io: Io) {
    this.all = urls.map((url) => new Upstream(url))
    this.io = io
  }

  /** Returns if each upstream has answered since it last failed. */
  states(): { readonly host: string; readonly isWell: boolean }[] {
    return this.all.map(({ url, isWell }) => ({ host: new URL(url).host, isWell }))
  }

  /**
   * Asks the upstreams in turn: the next one if one fails, or takes longer than it usually does. The first good reply
   * counts; the others are waited for behind it, since they show who answers. Never rejects, and ends: every exchange
   * does.
   */
  ask(query: UpstreamQuery, waitUntil: WaitUntil): Asking {
    const { clock, timer } = this.io
    const now = clock()
    const order = inOrder(this.all, now)
    for (const upstream of this.all) if (!order.includes(upstream)) upstream.passOver()
    if (order.length === 0) return Promise.resolve(err({ ede: RESTING }))
    return new Promise((resolve) => {
      let begun = 0
      let left = order.length
      let isDone = false
      let stopWaiting = (): void => {}
      const errors: AskError[] = []
      const end = (result: Result<Answered, AskError>): void => {
        if (isDone) return
        isDone = true
        stopWaiting()
        // Upstreams that failed lately are looked at behind the answer, so that they come back.
        const unasked = order.slice(begun).filter((upstream) => !upstream.isWell && upstream.isDue(clock()))
        if (result.ok) for (const upstream of unasked) waitUntil(this.askOne(upstream, query))
        resolve(result)
      }
      const next = (): void => {
        stopWaiting()
        const upstream = order[begun++]
        if (!upstream || isDone) return
        if (begun < order.length) stopWaiting = timer(upstream.patience(clock()), next)
        const work = this.askOne(upstream, query).then((result) => {
          left--
          if (result.ok || result.error.isFinal) return end(result)
          errors.push(result.error)
          if (left === 0) return end(errors[0] ? err(errors[0]) : result)
          next()
        })
        waitUntil(work)
      }
      next()
    })
  }

  private askOne(upstream: Upstream, query: UpstreamQuery): Asking {
    const id = `${upstream.url} ${query.key}`
    const now = this.io.clock()
    const known = this.underWay.get(id)
    if (known && Math.abs(now - known.begun) < LOST_MS) return known.work
    const work = this.exchanged(upstream, query).finally(() => {
      if (this.underWay.get(id) === own) this.underWay.delete(id)
    })
    const own = { begun: now, work }
    this.underWay.set(id, own)
    return work
  }

  private async exchanged(upstream: Upstream, { message, question }: UpstreamQuery): Asking {
    const { clock } = this.io
    const begun = clock()
    upstream.begin(begun)
    const octets = await exchange(upstream.url, message, this.io)
    if (!octets.ok) {
      // A name whose own servers are silent takes as long, and anybody may ask for such names: one that answers others
      // is there.
      const isThere = octets.error.kind === 'silent' && upstream.hasAnsweredSince(begun)
      if (!isThere) upstream.failed(clock())
      return err({ ede: told(octets.error) })
    }
    const read = readReply(octets.value)
    if (!read.ok) return this.misled(upstream, read.error)
    const reply = read.value
    const checked = checkReply(reply, question)
    if (checked.ok) {
      upstream.answered(begun, clock())
      return ok({ reply, checked: checked.value, host: upstream.host })
    }
    if (!isRefusal(reply, question)) return this.misled(upstream, checked.error)
    // The upstream is there: what it cannot resolve says nothing of its health, or clients could choose who is asked.
    upstream.answered(begun, clock())
    const ede = reply.options.ede ?? {
      code: EDE.NO_REACHABLE_AUTHORITY,
      text: `the upstream answered ${checked.error}`,
    }
    return err({ ede, isFinal: isBogus(reply) })
  }

  private misled(upstream: Upstream, why: string): Result<never, AskError> {
    upstream.misled(this.io.clock())
    return err({ ede: invalid(why) })
  }
}

/** A question that has not ended after so long has lost the request that began it, and its timer: it never ends. */
export const LOST_MS = 10_000

const RESTING: ExtendedError = { code: EDE.NO_REACHABLE_AUTHORITY, text: 'no upstream server answers at present' }

const invalid = (why: string): ExtendedError => ({ code: EDE.INVALID_DATA, text: why })

const told = ({ kind, why }: ExchangeError): ExtendedError =>
  kind === 'invalid'
    ? invalid(why)
    : { code: kind === 'silent' ? EDE.NO_REACHABLE_AUTHORITY : EDE.NETWORK_ERROR, text: `upstream server: ${why}` }

/** True if the reply is to the question, and has an rcode that is no answer. */
const isRefusal = ({ id, question, rcode }: UpstreamReply, asked: UpstreamQuery['question']): boolean =>
  id === 0 &&
  question.key === asked.key &&
  question.type === asked.type &&
  question.class === asked.class &&
  rcode !== RCODE.NOERROR &&
  rcode !== RCODE.NXDOMAIN &&
  rcode !== RCODE.YXDOMAIN

/**
 * RFC 8914 §4.2, §4.6 to §4.13: the upstream found the signatures invalid. One that does not look at them must not be
 * asked.
 */
const isBogus = ({ options: { ede } }: UpstreamReply): boolean =>
  ede !== undefined && (ede.code === 1 || ede.code === 2 || (ede.code >= 5 && ede.code <= 12))
