import { type Name, type NameKey, type Query, Question, type Rrset, TYPE } from '../dns/index.ts'
import { MAX_ALIAS_ADDRESSES, MAX_FORWARD_CHAIN } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import type { Upstreams } from './ask-upstreams.ts'
import type { WaitUntil } from './io.ts'
import { localAnswer } from './local-names.ts'
import { UpstreamQuery } from './upstream-query.ts'

/** The addresses of a name at the end of its chain: none if it does not exist. */
type FoundAddresses = {
  readonly addresses: readonly string[]
  /** Seconds: the smallest TTL of the chain and the addresses, or that of the negative answer. */
  readonly ttl: number
  /** The host of the upstream server that told the last of it. */
  readonly from: string
}

/**
 * Asks upstream servers for the addresses of a name, whoever may ask for it: without a Client Subnet option. It keeps
 * no reply, so that a change shows at once. Never rejects.
 * @param type A or AAAA
 */
export async function findAddresses(
  start: Name,
  type: number,
  upstreams: Upstreams,
  waitUntil: WaitUntil,
): Promise<Result<FoundAddresses>> {
  const met = new Set<NameKey>()
  let name = start
  let ttl = Number.POSITIVE_INFINITY
  for (let hops = 0; hops <= MAX_FORWARD_CHAIN && !met.has(name.key); ) {
    met.add(name.key)
    const local = localAnswer(name, type)
    if (local)
      return ok(found(local.answer, type, Math.min(ttl, ...ttlsOf([...local.answer, ...local.authority])), HERE))
    const asked = await upstreams.ask(new UpstreamQuery(PLAIN, questionFor(name, type), name, undefined), waitUntil)
    if (!asked.ok) return err(asked.error.ede.text)
    const { checked, host } = asked.value
    const { answer, next, names } = checked
    const isAnswered = answer.some((rrset) => rrset.type === type)
    ttl = Math.min(ttl, ...(isAnswered || next ? ttlsOf(answer) : [checked.ttl]))
    if (!next) return ok(found(answer, type, ttl, host))
    hops += names.length - 1
    name = next
  }
  return err(`its CNAME chain is a loop, or longer than ${MAX_FORWARD_CHAIN} names`)
}

/** The origin of what is answered here, and by no upstream server. */
const HERE = 'here'

const ttlsOf = (rrsets: readonly Rrset[]): number[] => rrsets.map(({ ttl }) => ttl)

function found(answer: readonly Rrset[], type: number, ttl: number, from: string): FoundAddresses {
  const all = answer.flatMap((rrset) => (rrset.type === type ? rrset.rdatas.map(({ text }) => text) : []))
  return { addresses: [...new Set(all)].sort().slice(0, MAX_ALIAS_ADDRESSES), ttl, from }
}

/** A query without EDNS: nothing of it depends on a client. */
const PLAIN: Query = {
  ...{ id: 0, opcode: 0, recursionDesired: true, checkingDisabled: false },
  ...{ question: undefined, edns: undefined, error: undefined },
}

const HEADER_BYTES = 12
const CLASS_IN = 1

function questionFor({ wire }: Name, type: number): Question {
  const message = new Uint8Array(HEADER_BYTES + wire.length + 4)
  message.set(wire, HEADER_BYTES)
  message.set([type >> 8, type & 255, 0, CLASS_IN], HEADER_BYTES + wire.length)
  return new Question(message, HEADER_BYTES + wire.length)
}

/** Returns the number of a type of addresses. */
export const addressType = (type: 'A' | 'AAAA'): number => (type === 'A' ? TYPE.A : TYPE.AAAA)
