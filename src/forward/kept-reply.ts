import { type ExtendedError, encodeReply, type Name, type Query, type Response } from '../dns/index.ts'
import { MAX_FORWARD_KEPT_BYTES } from '../limits.ts'
import type { Checked } from './check-reply.ts'
import type { UpstreamReply } from './read-reply.ts'
import { uint16 } from './read-reply.ts'
import { behindName, type UpstreamQuery } from './upstream-query.ts'

/** A reply of an upstream as it is kept: a message of ours without an OPT record, and what is written around it. */
export type Kept = {
  readonly message: Uint8Array
  /** The offsets of the TTLs in the message. */
  readonly ttlsAt: readonly number[]
  /** The smallest of these TTLs, in seconds. */
  readonly ttl: number
  /** Milliseconds since the epoch, when the reply came. */
  readonly since: number
  readonly rcode: Checked['rcode']
  readonly authentic: boolean
  readonly ede: ExtendedError | undefined
  /** The scope prefix length of the answer, at most the source prefix length that was sent. */
  readonly scope: number
  /** EDNS options that go to the client as they are. */
  readonly options: Uint8Array
  /** The number of names behind the question's that the answer has passed. */
  readonly hops: number
  /** The name to ask for next: the reply ends in the middle of a chain. */
  readonly next: Name | undefined
}

/** Returns undefined if the reply, which an upstream may have compressed better, does not fit a message. */
export function keptOf(reply: UpstreamReply, checked: Checked, query: UpstreamQuery, now: number): Kept | undefined {
  const { rcode, answer, authority, additional, ttl, names, next } = checked
  const response: Response = { rcode, authoritative: false, answer, authority, additional, scope: 0 }
  const encoded = encodeReply(questionAlone(query), response)
  if (!encoded.fits) return undefined
  // Replies share buffers, of which one that is kept would hold all.
  const message = encoded.message.slice()
  const { ede, hasSubnet, scope, others } = reply.options
  return {
    ...{ message, ttlsAt: ttlsIn(message, query.question.nameEnd + 4), ttl, since: now, rcode },
    ...{ authentic: reply.authentic, ede, options: query.isCommon ? NOTHING : others },
    scope: hasSubnet && query.ecs ? Math.min(scope, query.ecs.sourcePrefixLength) : 0,
    ...{ hops: names.length - 1, next },
  }
}

const NOTHING = new Uint8Array()

/** A query without EDNS, so that its reply has no OPT record. */
const questionAlone = ({ question, checkingDisabled }: UpstreamQuery): Query => ({
  ...{ id: 0, opcode: 0, recursionDesired: true, checkingDisabled, question },
  ...{ edns: undefined, error: undefined },
})

function ttlsIn(message: Uint8Array, from: number): number[] {
  const offsets: number[] = []
  for (let at = from; at < message.length; ) {
    const end = behindName(message, at)
    offsets.push(end + 4)
    at = end + 10 + uint16(message, end + 8)
  }
  return offsets
}

/** RFC 2308 §7, RFC 1035 §7.4: a reply whose TTL is 0 counts for the clients that wait for it. */
export const isKeepable = ({ ttl, message }: Kept, { isCommon }: UpstreamQuery): boolean =>
  isCommon && ttl > 0 && message.length <= MAX_FORWARD_KEPT_BYTES

/** The octets that a kept reply takes: its message, and the objects around it. */
export const sizeOf = ({ message, ttlsAt, ede, options }: Kept): number =>
  message.length + 8 * ttlsAt.length + options.length + 2 * (ede?.text.length ?? 0) + OBJECTS_BYTES

/** Measured by the bench of a million names: objects, the buffer's own, and the place in the map. */
const OBJECTS_BYTES = 600
