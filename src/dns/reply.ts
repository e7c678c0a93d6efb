import { MAX_MESSAGE_BYTES, REPLY_PADDING_BLOCK } from '../limits.ts'
import { formatAddress } from '../net/index.ts'
import { type Ecs, ecsAddress } from './ecs.ts'
import { labelOffsets, type Name, type NameKey } from './name.ts'
import { OPTION, type Query } from './query.ts'
import { type ExtendedError, failure, RCODE, type Rcode } from './rcode.ts'
import type { Rdata } from './rdata.ts'
import { CLASS, TYPE } from './types.ts'

/** Records of one owner and type (RFC 2181 §5). `ttl` in seconds. */
export type Rrset = {
  readonly owner: Name
  readonly type: number
  readonly class?: number
  readonly ttl: number
  readonly rdatas: readonly Rdata[]
}

/** What to say to a query, before it is put into a message. */
export type Response = {
  readonly rcode: Rcode
  readonly authoritative: boolean
  readonly answer: readonly Rrset[]
  readonly authority: readonly Rrset[]
  readonly additional: readonly Rrset[]
  /** The prefix length, in bits of the client's family, for which the answer holds (RFC 7871 §7.2.1). */
  readonly scope: number
  readonly ede?: ExtendedError
}

export const NO_RECORDS = { authoritative: false, answer: [], authority: [], additional: [], scope: 0 } as const

/**
 * The reply message. Names are compressed where RFC 3597 §4 allows, the question is echoed byte for byte, and OPT
 * stands in it if and only if the query had one. There is no truncation over HTTP: what does not fit is SERVFAIL.
 */
export function encodeReply(query: Query, response: Response): Uint8Array {
  const written = write(query, response)
  if (written >= 0) return OUT.slice(0, written)
  return OUT.slice(0, write(query, { ...NO_RECORDS, ...failure({ kind: 'too-large' }) }))
}

/** Every reply is built here and copied out; a call never waits, so that one buffer is enough. */
const OUT = new Uint8Array(MAX_MESSAGE_BYTES)

const UTF8 = new TextEncoder()

/** Advertised in OPT; without meaning over HTTP (RFC 8484 §5.1 has no size limit but the message's own). */
const UDP_PAYLOAD_BYTES = 1232

/** Room that is kept for the OPT record with its options, padding aside. */
const OPT_ROOM = 11 + 4 + 20 + 4 + 2 + 300 + 4

/** Returns the length, or -1 if the records do not fit. */
function write(query: Query, response: Response): number {
  const { question } = query
  const flags =
    0x8000 |
    (query.opcode << 11) |
    (response.authoritative ? 0x0400 : 0) |
    (query.recursionDesired ? 0x0100 : 0) |
    (query.checkingDisabled ? 0x0010 : 0) |
    (response.rcode & 15)
  put16(0, query.id)
  put16(2, flags)
  put16(4, question ? 1 : 0)
  let at = 12
  if (question) {
    OUT.set(question.raw, at)
    at += question.raw.length
  }
  const names = new NameTable(question?.key)
  const end = OUT.length - OPT_ROOM
  let count = 0
  for (const [section, rrsets] of [response.answer, response.authority, response.additional].entries()) {
    count = 0
    for (const rrset of rrsets) {
      for (const rdata of rrset.rdatas) {
        if (at + rrset.owner.wire.length + 10 + rdata.bytes.length > end) return -1
        at = writeRecord(at, rrset, rdata, names)
        count++
      }
    }
    put16(6 + section * 2, count)
  }
  if (!query.edns) return at
  put16(10, count + 1)
  return writeOpt(at, query, response)
}

function writeRecord(start: number, rrset: Rrset, rdata: Rdata, names: NameTable): number {
  let at = names.write(rrset.owner, start)
  put16(at, rrset.type)
  put16(at + 2, rrset.class ?? CLASS.IN)
  put32(at + 4, rrset.ttl)
  const dataStart = at + 10
  at = dataStart
  let copied = 0
  for (const { at: nameAt, name } of rdata.names) {
    OUT.set(rdata.bytes.subarray(copied, nameAt), at)
    at = names.write(name, at + nameAt - copied)
    copied = nameAt + name.wire.length
  }
  if (copied === 0) OUT.set(rdata.bytes, at)
  else OUT.set(rdata.bytes.subarray(copied), at)
  at += rdata.bytes.length - copied
  put16(dataStart - 2, at - dataStart)
  return at
}

/** Where names already stand in the message (RFC 1035 §4.1.4). Filled only once a name other than the question's comes. */
class NameTable {
  private readonly question: NameKey | undefined
  private offsets: Map<NameKey, number> | undefined

  constructor(question: NameKey | undefined) {
    this.question = question
  }

  /** Writes the name at `at`, its longest known ending as a pointer. Returns where it ends. */
  write(name: Name, at: number): number {
    if (name.key === this.question && name.key.length > 1) return put16(at, 0xc00c)
    this.offsets ??= this.withQuestion()
    for (const offset of labelOffsets(name.key)) {
      const suffix = name.key.slice(offset)
      if (suffix.length === 1) break
      const known = this.offsets.get(suffix)
      if (known !== undefined) return put16(at, 0xc000 | known)
      if (at < 0x4000) this.offsets.set(suffix, at)
      const next = offset + 1 + suffix.charCodeAt(0)
      OUT.set(name.wire.subarray(offset, next), at)
      at += next - offset
    }
    OUT[at] = 0
    return at + 1
  }

  private withQuestion(): Map<NameKey, number> {
    const offsets = new Map<NameKey, number>()
    if (this.question === undefined) return offsets
    for (const offset of labelOffsets(this.question).slice(0, -1)) offsets.set(this.question.slice(offset), 12 + offset)
    return offsets
  }
}

function writeOpt(start: number, query: Query, response: Response): number {
  OUT[start] = 0
  put16(start + 1, TYPE.OPT)
  put16(start + 3, UDP_PAYLOAD_BYTES)
  OUT[start + 5] = response.rcode >> 4
  OUT[start + 6] = 0
  put16(start + 7, query.edns?.dnssecOk ? 0x8000 : 0)
  const optionsStart = start + 11
  let at = optionsStart
  // RFC 7871 §7.2: every reply has the option if the query had it; family, source and address as they came.
  if (query.edns?.ecs && response.rcode !== RCODE.FORMERR) at = writeEcs(at, query.edns.ecs, response.scope)
  if (response.ede) at = writeEde(at, response.ede)
  if (query.edns?.padded) at = writePadding(at)
  put16(start + 9, at - optionsStart)
  return at
}

function writeEcs(at: number, ecs: Ecs, scope: number): number {
  put16(at, OPTION.ECS)
  put16(at + 2, 4 + ecs.bytes.length)
  put16(at + 4, ecs.family)
  OUT[at + 6] = ecs.sourcePrefixLength
  OUT[at + 7] = ecs.sourcePrefixLength === 0 ? 0 : scope
  OUT.set(ecs.bytes, at + 8)
  return at + 8 + ecs.bytes.length
}

function writeEde(at: number, ede: ExtendedError): number {
  const text = UTF8.encode(ede.text).subarray(0, 200)
  put16(at, OPTION.EDE)
  put16(at + 2, 2 + text.length)
  put16(at + 4, ede.code)
  OUT.set(text, at + 6)
  return at + 6 + text.length
}

/** RFC 8467 §4.1: the whole message becomes a multiple of the block, if the largest message allows. */
function writePadding(at: number): number {
  const used = at + 4
  const length = Math.min((REPLY_PADDING_BLOCK - (used % REPLY_PADDING_BLOCK)) % REPLY_PADDING_BLOCK, OUT.length - used)
  put16(at, OPTION.PADDING)
  put16(at + 2, length)
  OUT.fill(0, used, used + length)
  return used + length
}

function put16(at: number, value: number): number {
  OUT[at] = value >> 8
  OUT[at + 1] = value
  return at + 2
}

function put32(at: number, value: number): void {
  put16(at, value >>> 16)
  put16(at + 2, value & 0xffff)
}

/** `192.0.2.0/24/16`: address, source and scope prefix length, as dig prints them. */
export function formatEcs(ecs: Ecs, scope: number): string {
  const address = ecsAddress(ecs)
  const text = address ? formatAddress(address) : ecs.family === 2 ? '::' : '0.0.0.0'
  return `${text}/${ecs.sourcePrefixLength}/${address ? scope : 0}`
}
