import { MAX_COMPRESSION_NAMES, MAX_MESSAGE_BYTES, REPLY_PADDING_BLOCK } from '../limits.ts'
import { type Ecs, ecsOctets } from './ecs.ts'
import type { Rdata } from './layout.ts'
import type { Name, NameKey } from './name.ts'
import { HEADER_BYTES, OPTION, type Query, type QueryEdns, type Question } from './query.ts'
import { type ExtendedError, failure, RCODE, type Rcode } from './rcode.ts'
import { Slab } from './slab.ts'
import { CLASS, TYPE } from './types.ts'

/** The records of one owner and type (RFC 2181 §5). `ttl` is in seconds. */
export type Rrset = {
  readonly owner: Name
  readonly type: number
  readonly class?: number
  readonly ttl: number
  readonly rdatas: readonly Rdata[]
  /** True if all names in the data are known to be below the owner: then fewer octets of them have to be compared. */
  readonly isNamedBelow?: boolean
}

/** The content of a reply, before it becomes a message. */
export type Response = {
  readonly rcode: Rcode
  readonly authoritative: boolean
  readonly answer: readonly Rrset[]
  readonly authority: readonly Rrset[]
  readonly additional: readonly Rrset[]
  /** The prefix length, in bits of the client's family, for which the answer is valid (RFC 7871 §7.2.1). */
  readonly scope: number
  readonly ede?: ExtendedError
}

export const NO_RECORDS = { authoritative: false, answer: [], authority: [], additional: [], scope: 0 } as const

/** A message and its content. If the records do not fit, `fits` is false and the content is SERVFAIL. */
type Encoded = { readonly message: Uint8Array; readonly response: Response; readonly fits: boolean }

/**
 * Encodes the reply message. It compresses names where RFC 3597 §4 allows, copies the question byte for byte, and has
 * OPT if and only if the query had one. There is no truncation over HTTP: an answer that does not fit is SERVFAIL.
 * Additional records that do not fit are left out.
 */
export function encodeReply(query: Query, response: Response): Encoded {
  const written = write(query, response)
  if (written >= 0) return { message: copyOfOut(written), response: withAdditional(response, added), fits: true }
  const tooLarge = { ...NO_RECORDS, scope: response.scope, ...failure({ kind: 'too-large' }) }
  return { message: copyOfOut(write(query, tooLarge)), response: tooLarge, fits: false }
}

/** Returns the response with the first `count` rrsets of its additional section. */
function withAdditional(response: Response, count: number): Response {
  const { additional } = response
  return additional.length === count ? response : { ...response, additional: additional.slice(0, count) }
}

/** The number of additional rrsets in OUT. */
let added = 0

/** The buffer of every reply, which is copied out at the end. Encoding is synchronous, so that one is enough. */
const OUT_WORDS = new Int32Array((MAX_MESSAGE_BYTES + 3) >> 2)
const OUT = new Uint8Array(OUT_WORDS.buffer, 0, MAX_MESSAGE_BYTES)

const REPLIES = new Slab()

/** Returns a copy of the first octets of OUT. */
const copyOfOut = (length: number): Uint8Array => REPLIES.copy(OUT_WORDS, length)

const UTF8 = new TextEncoder()

/** The payload size in OPT. It has no meaning over HTTP (RFC 8484 §5.1: only the message format limits the size). */
const UDP_PAYLOAD_BYTES = 1232

/** Octets that are reserved for the OPT record with its options, but for padding. */
const OPT_ROOM = 11 + 4 + 20 + 4 + 2 + 300 + 4

/** Writes the message to OUT. Returns its length, or -1 if the records do not fit. */
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
  let at = question ? copy(question.message, HEADER_BYTES, question.nameEnd + 4, HEADER_BYTES) : HEADER_BYTES
  NAMES.begin(question)
  at = writeSection(at, response.answer, 6)
  if (at >= 0) at = writeSection(at, response.authority, 8)
  // Most replies have no additional records, and so skip the loop.
  added = 0
  if (response.additional.length === 0) put16(10, 0)
  else if (at >= 0) at = writeAdditional(at, response.additional)
  if (at < 0 || !query.edns) return at
  put16(10, (((OUT[10] as number) << 8) | (OUT[11] as number)) + 1)
  return writeOpt(at, query.edns, response)
}

/**
 * Writes a section. Returns its end, or -1 if it does not fit.
 * @param countAt the offset of the section's count in the header
 */
function writeSection(start: number, rrsets: readonly Rrset[], countAt: number): number {
  let at = start
  let count = 0
  for (const rrset of rrsets) {
    for (const rdata of rrset.rdatas) {
      if (at + rrset.owner.key.length + 10 + rdata.bytes.length > OUT.length - OPT_ROOM) return -1
      at = writeRecord(at, rrset, rdata)
      count++
    }
  }
  put16(countAt, count)
  return at
}

/** Writes as many whole rrsets as fit. Returns the end. */
function writeAdditional(start: number, rrsets: readonly Rrset[]): number {
  let at = start
  let count = 0
  for (const rrset of rrsets) {
    const end = writeSection(at, [rrset], 10)
    if (end < 0) break
    at = end
    count += rrset.rdatas.length
    added++
  }
  put16(10, count)
  return at
}

function writeRecord(start: number, rrset: Rrset, rdata: Rdata): number {
  const { bytes, names } = rdata
  let at = NAMES.write(rrset.owner, start)
  put16(at, rrset.type)
  put16(at + 2, rrset.class ?? CLASS.IN)
  put32(at + 4, rrset.ttl)
  const dataStart = at + 10
  at = names.length === 0 ? copy(bytes, 0, bytes.length, dataStart) : writeNames(dataStart, rrset, rdata, start)
  put16(dataStart - 2, at - dataStart)
  return at
}

/** Writes data that has names. @param ownerAt the place where the owner was written */
function writeNames(start: number, { owner, isNamedBelow }: Rrset, { bytes, names }: Rdata, ownerAt: number): number {
  const below = isNamedBelow ? owner.wire.length : 0
  const target = pointerAt(ownerAt)
  let at = start
  let copied = 0
  for (const { at: nameAt, name } of names) {
    at = NAMES.writeBelow(name, copy(bytes, copied, nameAt, at), below, target < 0 ? ownerAt : target)
    copied = nameAt + name.wire.length
  }
  return copy(bytes, copied, bytes.length, at)
}

/** Returns the target of the pointer there, or -1 if a label begins there. */
function pointerAt(at: number): number {
  const word = ((OUT[at] as number) << 8) | (OUT[at + 1] as number)
  return word < 0xc000 ? -1 : word & 0x3fff
}

/**
 * The names that the message already contains, for compression (RFC 1035 §4.1.4): the longest common ending of a name
 * with one of them becomes a pointer. The question's name comes first, and often there is no other.
 */
class NameTable {
  private question: NameKey | undefined
  private count = 0
  /** The octets of each name, as it was written somewhere, with the place of its first octet there. */
  private readonly octets: Uint8Array[] = []
  private readonly starts = new Int32Array(MAX_COMPRESSION_NAMES)
  private readonly lengths = new Int32Array(MAX_COMPRESSION_NAMES)
  /** The place of each name in the message. */
  private readonly offsets = new Int32Array(MAX_COMPRESSION_NAMES)
  /** The number of octets of each name that the message contains in full; a pointer replaces the rest. */
  private readonly written = new Int32Array(MAX_COMPRESSION_NAMES)

  /** Starts a message with this question. */
  begin(question: Question | undefined): void {
    this.question = question?.key
    this.count = 0
    if (!question) return
    const length = question.nameEnd - HEADER_BYTES
    this.remember(question.message, HEADER_BYTES, length, HEADER_BYTES, length)
  }

  /** Writes the name at `start`. Returns its end. */
  write(name: Name, start: number): number {
    return this.writeBelow(name, start, 0, 0)
  }

  /**
   * Does the same for a name that is below one of `below` octets, which the message contains at `at`; 0 if none is
   * known.
   */
  writeBelow(name: Name, start: number, below: number, at: number): number {
    if (name.key === this.question && name.key.length > 1) return put16(start, 0xc000 | HEADER_BYTES)
    return this.search(name, start, below, at)
  }

  private search(name: Name, start: number, below: number, at: number): number {
    const { wire } = name
    const isKnown = below > 1 && at < 0x4000
    let left = isKnown ? below : 1
    let pointer = isKnown ? at : 0
    for (let i = 0; i < this.count; i++) {
      const length = this.lengths[i] as number
      // The target of a CNAME is the owner of what follows.
      if (this.octets[i] === wire && length === wire.length && (this.offsets[i] as number) < 0x4000) {
        return put16(start, 0xc000 | (this.offsets[i] as number))
      }
      const common = commonEnding(wire, this.octets[i] as Uint8Array, this.starts[i] as number, length, left)
      if (common <= left) continue
      const from = length - common
      const offset = (this.offsets[i] as number) + from
      if (from >= (this.written[i] as number) || offset >= 0x4000) continue
      left = common
      pointer = offset
    }
    const from = wire.length - left
    const end = copy(wire, 0, from, start)
    this.remember(wire, 0, wire.length, start, pointer > 0 ? from : wire.length)
    if (pointer > 0) return put16(end, 0xc000 | pointer)
    OUT[end] = 0
    return end + 1
  }

  private remember(octets: Uint8Array, start: number, length: number, offset: number, written: number): void {
    if (written === 0 || this.count === MAX_COMPRESSION_NAMES) return
    this.octets[this.count] = octets
    this.starts[this.count] = start
    this.lengths[this.count] = length
    this.offsets[this.count] = offset
    this.written[this.count] = written
    this.count++
  }
}

/** The name table of the current message; one is enough, as for OUT. */
const NAMES = new NameTable()

/**
 * Returns the number of octets of the longest ending of whole labels that two names have in common, the root's
 * included. Letter case does not matter.
 * @param b the octets of the other name in [start, start + length)
 * @param least 1 is returned if no more octets than these are the same
 */
function commonEnding(a: Uint8Array, b: Uint8Array, start: number, length: number, least: number): number {
  const shift = start + length - a.length
  if (least >= length || least >= a.length || !isSame(a[a.length - 1 - least], b[start + length - 1 - least])) return 1
  const first = Math.max(0, start - shift)
  let same = a.length - 1
  while (same > first && isSame(a[same - 1], b[same - 1 + shift])) same--
  // An octet of a label may look like a length: only a walk from the front finds the labels.
  let atA = 0
  let atB = start
  while (atA < same || atA + shift !== atB) {
    if (atA + shift <= atB) atA += (a[atA] as number) + 1
    else atB += (b[atB] as number) + 1
  }
  return a.length - atA
}

/** Returns true if two octets are the same, but for letter case. */
function isSame(a: number | undefined, b: number | undefined): boolean {
  if (a === b) return true
  const lower = (a as number) | 0x20
  return lower === ((b as number) | 0x20) && lower >= 0x61 && lower <= 0x7a
}

function writeOpt(start: number, edns: QueryEdns, response: Response): number {
  OUT[start] = 0
  put16(start + 1, TYPE.OPT)
  put16(start + 3, UDP_PAYLOAD_BYTES)
  OUT[start + 5] = response.rcode >> 4
  OUT[start + 6] = 0
  put16(start + 7, edns.compactOk ? 0xc000 : edns.dnssecOk ? 0x8000 : 0)
  const optionsStart = start + 11
  let at = optionsStart
  // RFC 7871 §7.2: the reply has the option if the query had it, with the same family, source and address.
  if (edns.ecs && response.rcode !== RCODE.FORMERR) at = writeEcs(at, edns.ecs, response.scope)
  if (response.ede) at = writeEde(at, response.ede)
  if (edns.padded) at = writePadding(at)
  put16(start + 9, at - optionsStart)
  return at
}

function writeEcs(at: number, ecs: Ecs, scope: number): number {
  const octets = ecsOctets(ecs.sourcePrefixLength)
  put16(at, OPTION.ECS)
  put16(at + 2, 4 + octets)
  put16(at + 4, ecs.family)
  OUT[at + 6] = ecs.sourcePrefixLength
  OUT[at + 7] = ecs.sourcePrefixLength === 0 ? 0 : scope
  return ecs.address ? copy(ecs.address.bytes, 0, octets, at + 8) : at + 8
}

function writeEde(at: number, ede: ExtendedError): number {
  // encodeInto stops before a character that does not fit, so that the text stays UTF-8 (RFC 8914 §2).
  const { written } = UTF8.encodeInto(ede.text, OUT.subarray(at + 6, at + 206))
  put16(at, OPTION.EDE)
  put16(at + 2, 2 + written)
  put16(at + 4, ede.code)
  return at + 6 + written
}

/** Pads the message to a multiple of the block (RFC 8467 §4.1), or to the largest message. */
function writePadding(at: number): number {
  const used = at + 4
  const length = Math.min((REPLY_PADDING_BLOCK - (used % REPLY_PADDING_BLOCK)) % REPLY_PADDING_BLOCK, OUT.length - used)
  put16(at, OPTION.PADDING)
  put16(at + 2, length)
  OUT.fill(0, used, used + length)
  return used + length
}

/** Copies bytes[from, to) to `at` and returns their end. Most are so few that a loop is faster than `set`. */
function copy(bytes: Uint8Array, from: number, to: number, at: number): number {
  for (let i = from; i < to; i++) OUT[at + i - from] = bytes[i] as number
  return at + to - from
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
