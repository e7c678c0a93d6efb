import { type ExtendedError, type Query, type Response, Slab, TYPE } from '../dns/index.ts'
import { MAX_MESSAGE_BYTES, REPLY_PADDING_BLOCK } from '../limits.ts'
import { type Found, staleError } from './forwarder.ts'
import { readReply, uint16 } from './read-reply.ts'
import { CODE } from './reply-options.ts'

/** Seconds for which a stale record counts (RFC 8767 §4). */
const STALE_TTL = 30

const REPLIES = new Slab()
const UTF8 = new TextEncoder()
const HEADER_BYTES = 12
const OPT_BYTES = 11
const UDP_PAYLOAD_BYTES = 1232

/** Returns the seconds for which a reply counts at the client. */
export const secondsOf = ({ kept, isStale }: Found, now: number): number =>
  isStale ? STALE_TTL : Math.max(0, kept.ttl - ageOf(kept, now))

/** Returns the seconds since a reply came. */
const ageOf = ({ since }: Found['kept'], now: number): number => Math.max(0, Math.floor((now - since) / 1000))

export const errorOf = ({ kept, isStale }: Found): ExtendedError | undefined => (isStale ? staleError(kept) : kept.ede)

/**
 * Writes the reply to a client out of the kept one: with the client's ID, question and flags, TTLs counted down, and an
 * OPT record of ours where the query has one (RFC 6891 §7). The records are copied as they are.
 */
export function compose(found: Found, query: Query, now: number): Uint8Array {
  const { kept } = found
  const { message, ttlsAt } = kept
  const opt = query.edns ? optOf(found, query.edns, message.length) : NO_OPT
  const out = REPLIES.take(message.length + opt.length)
  out.set(message)
  out.set(opt, message.length)
  const { id, question } = query
  if (question) for (let at = HEADER_BYTES; at < question.nameEnd; at++) out[at] = question.message[at] as number
  out[0] = id >> 8
  out[1] = id
  out[2] = 0x80 | (query.recursionDesired ? 1 : 0)
  out[3] = flagsOf(query, kept.authentic) | kept.rcode
  if (opt.length > 0) put16(out, 10, uint16(out, 10) + 1)
  const age = ageOf(kept, now)
  for (const at of ttlsAt) {
    const ttl = found.isStale ? STALE_TTL : Math.max(0, uint16(out, at) * 65_536 + uint16(out, at + 2) - age)
    put16(out, at, ttl >>> 16)
    put16(out, at + 2, ttl)
  }
  return out
}

/** RA, CD as it came, and AD where the upstream said so and the client understands it (RFC 6840 §5.8). */
export function flagsOf(query: Query, isAuthentic: boolean): number {
  const isAdWanted = query.edns?.dnssecOk || ((query.question?.message[3] ?? 0) & 0x20) !== 0
  return 0x80 | (isAuthentic && isAdWanted ? 0x20 : 0) | (query.checkingDisabled ? 0x10 : 0)
}

/** The content of a kept reply, with its TTLs counted down. */
export function responseOf(found: Found, now: number): Response {
  const { kept } = found
  const read = readReply(kept.message)
  if (!read.ok) throw new Error(`a kept reply cannot be read: ${read.error}`)
  const age = ageOf(kept, now)
  const ttl = (full: number): number => (found.isStale ? STALE_TTL : Math.max(0, full - age))
  const counted = (rrsets: Response['answer']) => rrsets.map((rrset) => ({ ...rrset, ttl: ttl(rrset.ttl) }))
  const { answer, authority, additional } = read.value
  const ede = errorOf(found)
  return {
    ...{ rcode: kept.rcode, authoritative: false, scope: kept.scope },
    ...{ answer: counted(answer), authority: counted(authority), additional: counted(additional) },
    ...(ede && { ede }),
  }
}

// --- the OPT record -------------------------------------------------------------------------------------------------

const NO_OPT = new Uint8Array()
/** Replies with this OPT are most: no option, no flag. */
const PLAIN_OPT = Uint8Array.from([0, 0, TYPE.OPT, UDP_PAYLOAD_BYTES >> 8, UDP_PAYLOAD_BYTES & 255, 0, 0, 0, 0, 0, 0])

function optOf(found: Found, edns: NonNullable<Query['edns']>, before: number): Uint8Array {
  const ede = errorOf(found)
  const { options: passed, scope } = found.kept
  if (!ede && !edns.ecs && !edns.padded && !edns.dnssecOk && passed.length === 0) return PLAIN_OPT
  const options: number[] = []
  if (edns.ecs) options.push(...subnetOption(edns.ecs, scope))
  if (ede) {
    const text = UTF8.encode(ede.text)
    options.push(...octets(CODE.EDE), ...octets(2 + text.length), ...octets(ede.code), ...text)
  }
  if (before + OPT_BYTES + options.length + passed.length + 4 <= MAX_MESSAGE_BYTES) options.push(...passed)
  if (edns.padded) {
    const used = before + OPT_BYTES + options.length + 4
    const rest = (REPLY_PADDING_BLOCK - (used % REPLY_PADDING_BLOCK)) % REPLY_PADDING_BLOCK
    const length = Math.min(rest, MAX_MESSAGE_BYTES - used)
    options.push(...octets(CODE.PADDING), ...octets(length), ...new Array<number>(length).fill(0))
  }
  const opt = new Uint8Array(OPT_BYTES + options.length)
  opt.set(PLAIN_OPT)
  if (edns.dnssecOk) opt[7] = 0x80
  put16(opt, 9, options.length)
  opt.set(options, OPT_BYTES)
  return opt
}

/** RFC 7871 §7.2.1: family, source and address of the query, and the scope of the answer. */
function subnetOption(ecs: NonNullable<NonNullable<Query['edns']>['ecs']>, scope: number): number[] {
  const { family, sourcePrefixLength, address } = ecs
  const network = address ? address.bytes.subarray(0, (sourcePrefixLength + 7) >> 3) : []
  const fields = [...octets(CODE.ECS), ...octets(4 + network.length), ...octets(family)]
  return [...fields, sourcePrefixLength, sourcePrefixLength === 0 ? 0 : scope, ...network]
}

const octets = (value: number): number[] => [value >> 8, value & 255]

function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8
  bytes[at + 1] = value
}
