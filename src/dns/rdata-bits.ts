import { ok } from '../result.ts'
import { readNumber, toOctets } from './integers.ts'
import { type Decoded, fail, type Layout, type RdataField } from './layout.ts'
import type { Field } from './presentation.ts'
import { code, hexadecimal, ipv4, mnemonic, name, parseNumber, u8, u16, u32 } from './rdata-fields.ts'
import { parseType, typeName } from './types.ts'

/** Types with sets of types or ports, and those about a zone: CSYNC (RFC 7477), WKS (RFC 1035), ZONEMD, DSYNC. */

/** Services of RFC 1010 that zone files write by name. The others have numbers only. */
const PORTS: ReadonlyMap<string, number> = new Map([
  ['ftp', 21],
  ['ssh', 22],
  ['telnet', 23],
  ['smtp', 25],
  ['time', 37],
  ['domain', 53],
  ['tftp', 69],
  ['finger', 79],
  ['http', 80],
  ['pop3', 110],
  ['sunrpc', 111],
  ['nntp', 119],
  ['ntp', 123],
  ['imap', 143],
  ['snmp', 161],
  ['https', 443],
])

/** RFC 1035 §3.4.2: one bit for each port, after the address and the protocol. */
const ports: RdataField = {
  label: '[<port> …]',
  takes: 'any',
  encode: (fields, from) => {
    const numbers: number[] = []
    for (let i = from; i < fields.length; i++) {
      const { text } = fields[i] as Field
      const port = PORTS.get(text.toLowerCase())
      const parsed = port === undefined ? parseNumber(text, 65_535) : ok(port)
      if (!parsed.ok) return fail(parsed.error, i)
      numbers.push(parsed.value)
    }
    return ok(bitsOf(numbers))
  },
  decode: (bytes, at) => {
    const bits = bytes.subarray(at)
    if (bits.length > 8192 || bits.at(-1) === 0) return undefined
    return { text: numbersOf(bits).join(' '), end: bytes.length }
  },
}

/** Sets a bit for each number. The first bit is number 0; the last octet is not 0. */
function bitsOf(numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(numbers.length === 0 ? 0 : (Math.max(...numbers) >> 3) + 1)
  for (const number of numbers) bytes[number >> 3] = (bytes[number >> 3] as number) | (128 >> (number & 7))
  return bytes
}

function numbersOf(bytes: Uint8Array): number[] {
  const numbers: number[] = []
  bytes.forEach((byte, i) => {
    for (let bit = 0; bit < 8; bit++) if (byte & (128 >> bit)) numbers.push(8 * i + bit)
  })
  return numbers
}

export const WKS: Layout = {
  fields: [
    ipv4,
    code(
      'protocol',
      1,
      new Map([
        ['TCP', 6],
        ['UDP', 17],
      ]),
    ),
    ports,
  ],
}

/** RFC 4034 §4.1.2: blocks of 256 types, each with its number, its length and one bit for each type. */
const types: RdataField = {
  label: '[<type> …]',
  takes: 'any',
  encode: (fields, from) => {
    const blocks = new Map<number, number[]>()
    for (let i = from; i < fields.length; i++) {
      const type = parseType((fields[i] as Field).text)
      if (!type.ok) return fail(type.error, i)
      const block = type.value >> 8
      blocks.set(block, [...(blocks.get(block) ?? []), type.value & 255])
    }
    const octets: number[] = []
    for (const [block, numbers] of [...blocks].sort(([a], [b]) => a - b)) {
      const bits = bitsOf(numbers)
      octets.push(block, bits.length, ...bits)
    }
    return ok(Uint8Array.from(octets))
  },
  decode: (bytes, at) => {
    const texts: string[] = []
    let last = -1
    let end = at
    while (end < bytes.length) {
      const block = decodeBlock(bytes, end, last)
      if (!block) return undefined
      texts.push(block.text)
      last = bytes[end] as number
      end = block.end
    }
    return { text: texts.join(' '), end }
  },
}

/** @param last the number of the block before: blocks must ascend */
function decodeBlock(bytes: Uint8Array, at: number, last: number): Decoded | undefined {
  const [block = 0, length = 0] = bytes.subarray(at)
  const end = at + 2 + length
  const bits = bytes.subarray(at + 2, end)
  if (block <= last || length === 0 || length > 32 || end > bytes.length || bits.at(-1) === 0) return undefined
  return {
    text: numbersOf(bits)
      .map((number) => typeName(256 * block + number))
      .join(' '),
    end,
  }
}

export const CSYNC: Layout = { fields: [u32('serial'), u16('flags'), types] }

/** Name and length in octets of each digest (RFC 8976 §2.2.3). */
const ZONE_DIGESTS: ReadonlyMap<number, readonly [string, number]> = new Map([
  [1, ['SHA-384', 48]],
  [2, ['SHA-512', 64]],
])
/** The minimum length of a digest by another algorithm. */
const MIN_DIGEST_BYTES = 12

export const ZONEMD: Layout = {
  fields: [u32('serial'), u8('scheme'), u8('hash algorithm'), hexadecimal('digest')],
  check: (bytes) => {
    const [hash, octets] = ZONE_DIGESTS.get(bytes[5] as number) ?? []
    const found = bytes.length - 6
    if (octets === undefined ? found >= MIN_DIGEST_BYTES : found === octets) return undefined
    const wanted = octets === undefined ? `${MIN_DIGEST_BYTES} or more` : `${octets}, so ${2 * octets} digits`
    return { message: `a ${hash ?? 'ZONEMD'} digest of ${found} octets; expected ${wanted}`, field: 3 }
  },
}

const rrtype: RdataField = {
  label: '<type>',
  takes: 'one',
  encode: (fields, at) => {
    const type = parseType((fields[at] as Field).text)
    return type.ok ? ok(toOctets(type.value, 2)) : fail(type.error, at)
  },
  decode: (bytes, at) =>
    at + 2 > bytes.length ? undefined : { text: typeName(readNumber(bytes, at, 2)), end: at + 2 },
}

/** RFC 9859: the target of notifications. The scheme is printed as in the RFC's examples. */
export const DSYNC: Layout = {
  fields: [
    rrtype,
    mnemonic(code('scheme', 1, new Map([['NOTIFY', 1]])), new Map([['NOTIFY', 1]])),
    u16('port'),
    name('target'),
  ],
}
