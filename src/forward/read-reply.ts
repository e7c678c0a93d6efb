import { type Rdata, type Rrset, rdataFromWire, TYPE } from '../dns/index.ts'
import { MAX_FORWARD_RECORDS, MAX_FORWARD_TTL, MAX_MESSAGE_BYTES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { type ReplyOptions, readOptions } from './reply-options.ts'
import { readName } from './wire-name.ts'
import { readRdata } from './wire-rdata.ts'

/** A reply as an upstream sent it: its header, its question, its records with their names in full. */
export type UpstreamReply = {
  readonly id: number
  readonly rcode: number
  readonly authentic: boolean
  readonly recursionAvailable: boolean
  readonly question: { readonly key: string; readonly type: number; readonly class: number }
  readonly answer: readonly Rrset[]
  readonly authority: readonly Rrset[]
  readonly additional: readonly Rrset[]
  readonly options: ReplyOptions
}

const HEADER_BYTES = 12
const NO_OPTIONS: ReplyOptions = { ede: undefined, scope: 0, hasSubnet: false, others: new Uint8Array() }

/** Reads a reply strictly (RFC 1035 §4.1, RFC 6891): one question, and no octet that belongs to no record. */
export function readReply(message: Uint8Array): Result<UpstreamReply> {
  if (message.length < HEADER_BYTES) return err('the reply is shorter than a header')
  if (message.length > MAX_MESSAGE_BYTES) return err('the reply is longer than a message')
  const flags = uint16(message, 2)
  if ((flags & 0x8000) === 0) return err('the reply is a query')
  if ((flags & 0x7800) !== 0) return err('the reply is to another operation')
  if ((flags & 0x0200) !== 0) return err('the reply is truncated')
  if (uint16(message, 4) !== 1) return err('the reply has not exactly one question')
  const asked = readName(message, HEADER_BYTES)
  if (!asked || asked.end + 4 > message.length) return err('the question of the reply cannot be read')
  const question = { key: asked.name.key, type: uint16(message, asked.end), class: uint16(message, asked.end + 2) }
  const reader = new RecordReader(message, asked.end + 4)
  const answer = reader.section(uint16(message, 6))
  const authority = answer && reader.section(uint16(message, 8))
  const additional = authority && reader.section(uint16(message, 10), true)
  if (!answer || !authority || !additional) return err(reader.why)
  if (reader.at !== message.length) return err('octets follow the last record of the reply')
  const { options, rcodeAbove } = reader
  return ok({
    ...{ id: uint16(message, 0), rcode: (flags & 15) | (rcodeAbove << 4) },
    ...{ authentic: (flags & 0x0020) !== 0, recursionAvailable: (flags & 0x0080) !== 0 },
    ...{ question, answer, authority, additional, options: options ?? NO_OPTIONS },
  })
}

class RecordReader {
  at: number
  options: ReplyOptions | undefined
  /** The upper eight bits of the rcode (RFC 6891 §6.1.3). */
  rcodeAbove = 0
  why = 'a record of the reply cannot be read'
  private readonly message: Uint8Array
  private left = MAX_FORWARD_RECORDS

  constructor(message: Uint8Array, at: number) {
    this.message = message
    this.at = at
  }

  /** Reads as many records. Neighbours of one owner, type and TTL are one rrset. */
  section(count: number, mayHaveOptions = false): Rrset[] | undefined {
    const rrsets: (Rrset & { rdatas: Rdata[] })[] = []
    for (let i = 0; i < count; i++) {
      if (this.left-- === 0) return this.fail(`the reply has more than ${MAX_FORWARD_RECORDS} records`)
      const record = this.record(mayHaveOptions)
      if (record === undefined) return undefined
      if (record === 'options') continue
      const last = rrsets.at(-1)
      if (last && isSameRrset(last, record)) last.rdatas.push(...record.rdatas)
      else rrsets.push({ ...record, rdatas: [...record.rdatas] })
    }
    return rrsets
  }

  private record(mayHaveOptions: boolean): Rrset | 'options' | undefined {
    const { message } = this
    const named = readName(message, this.at)
    if (!named || named.end + 10 > message.length) return undefined
    const { name: owner, end } = named
    const type = uint16(message, end)
    const start = end + 10
    const to = start + uint16(message, end + 8)
    if (to > message.length) return undefined
    this.at = to
    if (type === TYPE.OPT) {
      if (!mayHaveOptions || this.options || owner.key.length > 1) return this.fail('an OPT record is misplaced')
      this.rcodeAbove = message[end + 4] as number
      this.options = readOptions(message, start, to)
      return this.options ? 'options' : this.fail('an EDNS option of the reply cannot be read')
    }
    const bytes = readRdata(message, type, start, to)
    if (!bytes) return undefined
    const ttl = ttlAt(message, end + 4)
    return { owner, type, class: uint16(message, end + 2), ttl, rdatas: [rdataFromWire(type, bytes)] }
  }

  private fail(why: string): undefined {
    this.why = why
    return undefined
  }
}

const isSameRrset = (a: Rrset, b: Rrset): boolean =>
  a.type === b.type && a.class === b.class && a.ttl === b.ttl && a.owner.key === b.owner.key

/** RFC 2181 §8: a TTL with its top bit set is 0. */
function ttlAt(message: Uint8Array, at: number): number {
  const ttl = uint16(message, at) * 65_536 + uint16(message, at + 2)
  return ttl >= 2 ** 31 ? 0 : Math.min(ttl, MAX_FORWARD_TTL)
}

export const uint16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
