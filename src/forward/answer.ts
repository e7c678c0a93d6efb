import {
  type Ecs,
  type ExtendedError,
  encodeReply,
  type Name,
  type NameKey,
  NO_RECORDS,
  type Query,
  type Question,
  RCODE,
  type Response,
  type Rrset,
  TYPE,
} from '../dns/index.ts'
import { MAX_FORWARD_CHAIN } from '../limits.ts'
import { compose, flagsOf, responseOf, secondsOf } from './compose.ts'
import { EDE } from './ede.ts'
import { type Forwarder, type Found, QUERY_MS } from './forwarder.ts'
import type { WaitUntil } from './io.ts'
import { localAnswer } from './local-names.ts'
import { passedSubnet, type SubnetPassing, UpstreamQuery } from './upstream-query.ts'

/** A query that our zones do not answer to the end. */
type Beyond = {
  readonly query: Query
  readonly question: Question
  /** The name that our zones know nothing of: the question's, or one that a chain or a delegation led to. */
  readonly name: Name
  /** The answer of our zones. */
  readonly own: Response
  /** True if the format of the reply needs its content, too. */
  readonly needsContent: boolean
}

/** A reply, and the seconds for which caches may keep it. */
export type Forwarded = {
  readonly message: Uint8Array
  readonly response: Response
  readonly seconds: number
}

export type Forwarding = {
  /** The record of the endpoint, for clients that look for an encrypted resolver. */
  readonly designated?: Rrset | undefined
  readonly forwarder: Forwarder
  readonly passing: SubnetPassing
  readonly clock: () => number
}

/**
 * Answers a name outside our zones that is answered here all the same: for what no server of the Internet has a word
 * in.
 * @returns undefined for other names
 */
export function answerLocally(
  { query, question, name, own }: Beyond,
  designated: Rrset | undefined,
): Forwarded | undefined {
  const local = own.rcode === RCODE.REFUSED ? localAnswer(name, question.type, designated) : undefined
  return local && forwarded(query, { ...local, scope: own.scope }, undefined)
}

/**
 * Answers a query through the upstreams: at once if the whole answer is in memory.
 * @param started milliseconds since the epoch, when the query came
 */
export function answerBeyond(
  beyond: Beyond,
  forwarding: Forwarding,
  started: number,
  waitUntil: WaitUntil,
): Forwarded | Promise<Forwarded> {
  const { query, question, name, own } = beyond
  const { forwarder, passing } = forwarding
  const ecs = passedSubnet(query.edns?.ecs, passing)
  if (own.answer.length === 0) {
    const kept = forwarder.inMemory(new UpstreamQuery(query, question, name, ecs), started, waitUntil)
    if (kept && !kept.next) return alone({ kept, isStale: false }, beyond, started)
  }
  return new Chase(beyond, ecs, forwarding, started + QUERY_MS, waitUntil).run()
}

/** Follows a chain of names, of which each upstream's reply may have a part. */
class Chase {
  private readonly parts: Response[] = []
  private readonly names = new Set<NameKey>()
  private hops: number
  private isAuthentic = true
  private readonly beyond: Beyond
  private readonly ecs: Ecs | undefined
  private readonly forwarding: Forwarding
  private readonly deadline: number
  private readonly waitUntil: WaitUntil

  constructor(beyond: Beyond, ecs: Ecs | undefined, forwarding: Forwarding, deadline: number, waitUntil: WaitUntil) {
    this.beyond = beyond
    this.ecs = ecs
    this.forwarding = forwarding
    this.deadline = deadline
    this.waitUntil = waitUntil
    this.hops = beyond.own.answer.filter(({ type }) => type !== TYPE.RRSIG).length
  }

  async run(): Promise<Forwarded> {
    const { query, question, own } = this.beyond
    const { forwarder, clock, designated } = this.forwarding
    let { name } = this.beyond
    for (;;) {
      this.names.add(name.key)
      // A delegation in a published zone wins over names that are local otherwise.
      const isDelegated = own.authority.length > 0 && name === this.beyond.name
      const local = isDelegated ? undefined : localAnswer(name, question.type, designated)
      if (local) return this.finish(local)
      const asked = new UpstreamQuery(query, question, name, this.ecs)
      const outcome = await forwarder.find(asked, this.deadline, this.waitUntil)
      if (!outcome.ok) return this.fail(outcome.error)
      const found = outcome.value
      const { kept } = found
      this.hops += kept.hops
      if (this.hops > MAX_FORWARD_CHAIN || (kept.next && this.names.has(kept.next.key))) return this.fail(ENDLESS)
      if (this.parts.length === 0 && own.answer.length === 0 && !kept.next) {
        return alone(found, this.beyond, clock())
      }
      this.isAuthentic &&= kept.authentic
      const part = responseOf(found, clock())
      if (!kept.next) return this.finish(part)
      this.parts.push(part)
      name = kept.next
    }
  }

  /** Puts the parts together: the rcode and the proofs are those of the last name (RFC 6604 §3). */
  private finish(last: Response): Forwarded {
    const { query, own } = this.beyond
    const parts = [own, ...this.parts, last]
    const ede = parts.map((part) => part.ede).findLast((error, i) => i > 0 && error !== undefined)
    const response: Response = {
      ...{ rcode: last.rcode, authority: last.authority, additional: last.additional },
      // The flag is about the first owner (RFC 1034 §4.3.2, RFC 1035 §4.1.1).
      authoritative: own.answer.length > 0 && own.authoritative,
      answer: parts.flatMap((part) => part.answer),
      scope: Math.max(...parts.map((part) => part.scope)),
      ...(ede && { ede }),
    }
    return forwarded(query, response, own.answer.length === 0 && this.isAuthentic)
  }

  /** Our part of a chain stays an answer, which no cache may keep. */
  private fail(ede: ExtendedError): Forwarded {
    const { query, own } = this.beyond
    const response: Response =
      own.answer.length > 0 ? { ...own, ede } : { ...NO_RECORDS, rcode: RCODE.SERVFAIL, scope: own.scope, ede }
    return { ...forwarded(query, response, false), seconds: 0 }
  }
}

const ENDLESS: ExtendedError = {
  code: EDE.OTHER,
  text: `the CNAME chain is a loop, or longer than ${MAX_FORWARD_CHAIN} names`,
}

/** Answers with one reply of an upstream. */
function alone(found: Found, { query, own, needsContent }: Beyond, now: number): Forwarded {
  const message = compose(found, query, now)
  const seconds = secondsOf(found, now)
  if (!needsContent) return { message, response: NO_CONTENT, seconds }
  const response = responseOf(found, now)
  return { message, response: { ...response, scope: Math.max(response.scope, own.scope) }, seconds }
}

/** The content of a reply that goes out as the message that it is. */
const NO_CONTENT: Response = { ...NO_RECORDS, rcode: RCODE.NOERROR }

/** @param isAuthentic undefined if recursion has no part in it */
function forwarded(query: Query, content: Response, isAuthentic: boolean | undefined): Forwarded {
  const { message, response } = encodeReply(query, content)
  if (isAuthentic !== undefined) message[3] = ((message[3] as number) & 0x0f) | flagsOf(query, isAuthentic)
  const ttls = [...response.answer, ...response.authority, ...response.additional].map(({ ttl }) => ttl)
  return { message, response, seconds: ttls.length > 0 ? Math.min(...ttls) : 0 }
}
