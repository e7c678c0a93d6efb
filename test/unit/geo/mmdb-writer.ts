import { type Prefix, parsePrefix } from '../../../src/net/index.ts'
import { must } from '../support.ts'

/**
 * A writer of the MaxMind DB file format, version 2.0 (https://maxmind.github.io/MaxMind-DB/), for small databases:
 * search tree, 16 zero octets, data, marker, metadata. Of networks inside each other the longest counts.
 */
export type MmdbOptions = {
  readonly ipVersion?: 4 | 6
  readonly recordSize?: 24 | 28 | 32
  readonly type?: string
  /** IPv4 stands at ::/96; MaxMind's files point there from these as well. */
  readonly aliases?: readonly string[]
}

export function writeMmdb(networks: readonly (readonly [string, unknown])[], options: MmdbOptions = {}): Buffer {
  const { ipVersion = 6, recordSize = 24, type = 'Test-City', aliases = [] } = options
  const data = new DataSection()
  const tree = new Tree()
  const sorted = networks
    .map(([text, value]) => ({ bits: bitsOf(written(text), ipVersion), at: data.add(value) }))
    .sort((a, b) => a.bits.length - b.bits.length)
  for (const { bits, at } of sorted) tree.insert(bits, { data: at })
  for (const alias of aliases) tree.alias(bitsOf(written(alias), ipVersion), '0'.repeat(96))
  const metadata = {
    binary_format_major_version: new Uint(2, 5),
    binary_format_minor_version: new Uint(0, 5),
    build_epoch: new Uint(1_760_000_000, 9),
    database_type: type,
    description: { en: 'made by a test' },
    ip_version: new Uint(ipVersion, 5),
    languages: ['en'],
    node_count: new Uint(tree.nodes.length, 6),
    record_size: new Uint(recordSize, 5),
  }
  const marker = Buffer.concat([Buffer.from([0xab, 0xcd, 0xef]), Buffer.from('MaxMind.com')])
  return Buffer.concat([tree.encode(recordSize), Buffer.alloc(16), data.bytes(), marker, encode(metadata)])
}

/** Parses a network as written: a network in ::ffff:0:0/96 stays IPv6. */
const written = (text: string): Prefix => must(parsePrefix(text, 'as written'))

/** As `1011…`; an IPv4 network in an IPv6 tree is below ::/96. */
function bitsOf({ family, bytes, length }: Prefix, ipVersion: 4 | 6): string {
  if (family === 2 && ipVersion === 4) throw new Error('an IPv6 network in a tree for IPv4')
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (family === 1 && ipVersion === 6 ? '0'.repeat(96) : '') + bits.slice(0, length)
}

// --- search tree ----------------------------------------------------------------------------------------------------

type Slot = { readonly node: number } | { readonly data: number } | undefined

class Tree {
  readonly nodes: [Slot, Slot][] = [[undefined, undefined]]

  insert(bits: string, value: Slot): void {
    if (bits === '') {
      this.nodes[0] = [value, value]
      return
    }
    const node = this.nodes[this.descend(bits.slice(0, -1))] as [Slot, Slot]
    node[Number(bits.at(-1))] = value
  }

  alias(bits: string, to: string): void {
    this.insert(bits, { node: this.descend(to) })
  }

  /** The node at a path; what is a leaf on the way is split. */
  private descend(bits: string): number {
    let at = 0
    for (const bit of bits) {
      const node = this.nodes[at] as [Slot, Slot]
      const slot = node[Number(bit)]
      if (slot && 'node' in slot) at = slot.node
      else {
        const next = this.nodes.push([slot, slot]) - 1
        node[Number(bit)] = { node: next }
        at = next
      }
    }
    return at
  }

  encode(recordSize: 24 | 28 | 32): Buffer {
    const count = this.nodes.length
    const value = (slot: Slot): number => (!slot ? count : 'node' in slot ? slot.node : count + 16 + slot.data)
    return Buffer.concat(this.nodes.map(([left, right]) => records(value(left), value(right), recordSize)))
  }
}

function records(left: number, right: number, size: 24 | 28 | 32): Buffer {
  const bytes = Buffer.alloc(size / 4)
  if (size === 32) {
    bytes.writeUInt32BE(left, 0)
    bytes.writeUInt32BE(right, 4)
  } else {
    bytes.writeUIntBE(left & 0xffffff, 0, 3)
    bytes.writeUIntBE(right & 0xffffff, size === 24 ? 3 : 4, 3)
    if (size === 28) bytes[3] = ((left >> 24) << 4) | (right >> 24)
  }
  return bytes
}

// --- data section ---------------------------------------------------------------------------------------------------

/** Each value once, however many networks have it. Country codes stand alone, and records point to them. */
class DataSection {
  private readonly parts: Buffer[] = []
  private readonly places = new Map<string, number>()
  private length = 0

  add(value: unknown): number {
    return this.place(JSON.stringify(value), () => encode(value, (text) => this.shared(text)))
  }

  bytes(): Buffer {
    return Buffer.concat(this.parts)
  }

  private shared(text: string): Buffer | undefined {
    return /^[A-Z]{2}$/.test(text) ? pointer(this.place(text, () => encode(text))) : undefined
  }

  private place(key: string, write: () => Buffer): number {
    const known = this.places.get(key)
    if (known !== undefined) return known
    // The target of a pointer is written before the pointer.
    const part = write()
    const at = this.length
    this.places.set(key, at)
    this.parts.push(part)
    this.length += part.length
    return at
  }
}

/** An unsigned number of a certain type: 5 is of 16 bits, 6 of 32, 9 of 64. */
class Uint {
  readonly value: number
  readonly type: 5 | 6 | 9
  constructor(value: number, type: 5 | 6 | 9) {
    this.value = value
    this.type = type
  }
}

/** Floating-point numbers in MaxMind's files, whole degrees too. */
const ANGLES = new Set(['latitude', 'longitude'])

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return sized(3, bytes)
}

function encode(value: unknown, shared: (text: string) => Buffer | undefined = () => undefined): Buffer {
  if (value instanceof Uint) return unsigned(value)
  if (typeof value === 'string') return shared(value) ?? sized(2, Buffer.from(value))
  if (typeof value === 'boolean') return control(14, value ? 1 : 0)
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return unsigned(new Uint(value, 6))
  if (typeof value === 'number') return double(value)
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map((v) => encode(v, shared))])
  const entries = Object.entries(value as object)
  return Buffer.concat([
    control(7, entries.length),
    ...entries.flatMap(([key, inner]) => [
      encode(key, shared),
      ANGLES.has(key) && typeof inner === 'number' ? double(inner) : encode(inner, shared),
    ]),
  ])
}

function unsigned({ value, type }: Uint): Buffer {
  const hex = value === 0 ? '' : value.toString(16)
  return sized(type, Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex'))
}

const sized = (type: number, bytes: Uint8Array): Buffer => Buffer.concat([control(type, bytes.length), bytes])

/** Type in three bits, or above 7 in an octet of its own; size in five, or up to three octets more. */
function control(type: number, size: number): Buffer {
  const [low, more] =
    size < 29
      ? [size, []]
      : size < 285
        ? [29, [size - 29]]
        : size < 65_821
          ? [30, [(size - 285) >> 8, (size - 285) & 255]]
          : [31, [(size - 65_821) >> 16, ((size - 65_821) >> 8) & 255, (size - 65_821) & 255]]
  return Buffer.from(type < 8 ? [(type << 5) | low, ...more] : [low, type - 7, ...more])
}

/** To a place in the data section, in four octets. */
function pointer(at: number): Buffer {
  const bytes = Buffer.alloc(5)
  bytes[0] = 0b0011_1000
  bytes.writeUInt32BE(at, 1)
  return bytes
}
