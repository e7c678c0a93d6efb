/** Reads stored zones as docs/zone-format.md says. It shares no code with src, and trusts the octets. */

export type Value = { readonly kind: number; readonly version: number; readonly sections: readonly Buffer[] }
export type ReadRrset = {
  readonly type: number
  readonly ttl: number
  readonly minTtl?: number
  readonly answer: Answer
}
type Answer = { readonly address: string } | { readonly records: readonly number[] } | { readonly policy: number }
export type ReadNode = {
  readonly name: string
  readonly cut?: number
  readonly dname?: number
  readonly wildcard?: number
  readonly rrsets: readonly ReadRrset[]
}
export type ReadRecord = {
  readonly data: string
  readonly auto: boolean
  readonly names: number[]
  readonly text: string
}

export function unpack(octets: Uint8Array): Value {
  const bytes = Buffer.from(octets)
  const word = (i: number): number => bytes.readUInt32LE(4 * i)
  if (bytes.subarray(0, 4).toString() !== 'GSLZ') throw new Error('magic')
  if (word(3) !== bytes.length) throw new Error('length')
  const [a, b] = sums(bytes)
  if (word(4) !== a || word(5) !== b) throw new Error('sums')
  let at = 4 * (7 + word(6))
  const sections = Array.from({ length: word(6) }, (_, i) => {
    const section = bytes.subarray(at, at + word(7 + i))
    at += section.length + ((4 - (section.length % 4)) % 4)
    return section
  })
  if (at !== bytes.length) throw new Error('end')
  return { version: word(1), kind: word(2), sections }
}

/** Writes a value, with the sums that belong to it. */
export function pack({ version, kind, sections }: Value): Uint8Array {
  const words = [0, version, kind, 0, 0, 0, sections.length, ...sections.map(({ length }) => length)]
  const header = Buffer.alloc(4 * words.length)
  words.forEach((word, i) => {
    header.writeUInt32LE(word, 4 * i)
  })
  header.write('GSLZ')
  const padded = sections.map((section) => Buffer.concat([section, Buffer.alloc((4 - (section.length % 4)) % 4)]))
  const bytes = Buffer.concat([header, ...padded])
  bytes.writeUInt32LE(bytes.length, 12)
  sums(bytes).forEach((sum, i) => {
    bytes.writeUInt32LE(sum, 16 + 4 * i)
  })
  return Uint8Array.from(bytes)
}

function sums(bytes: Buffer): readonly [number, number] {
  let [a, b] = [2_166_136_261n, 2_654_435_761n]
  for (let at = 24; at < bytes.length; at += 4) {
    const word = BigInt(bytes.readUInt32LE(at))
    a = ((a ^ word) * 16_777_619n) % WRAP
    b = (((((b << 5n) | (b >> 27n)) % WRAP) ^ word) * 2_246_822_507n) % WRAP
  }
  return [Number(a), Number(b)]
}

const WRAP = 2n ** 32n

/** The hash of a name in front of its origin. */
export function hashOf(octets: readonly number[], seed: number): number {
  let hash = BigInt(seed)
  for (const octet of octets) hash = ((hash ^ BigInt(octet)) * 16_777_619n) % WRAP
  return Number(hash ^ (hash >> 15n))
}

/** The sort text of labels, that of the name itself first. */
export const sortTextOf = (labels: readonly string[]): string =>
  [...labels]
    .reverse()
    .map((label) => label.replaceAll('\x01', '\x01\x02').replaceAll('\0', '\x01\x01'))
    .join('\0')

/** Names and tables: the sections from `slots` on. */
export class Names {
  private readonly sections: readonly Buffer[]

  constructor(sections: readonly Buffer[]) {
    this.sections = sections
  }

  get size(): number {
    return ((this.sections[0] as Buffer).length - 4) / 8
  }

  /** @param name what is in front of the origin, in wire form */
  find(name: string): ReadNode | undefined {
    const [slots] = this.sections as [Buffer]
    const hash = hashOf([...Buffer.from(name, 'latin1')], slots.readUInt32LE(0))
    for (let probe = 0; probe < 128; probe++) {
      const pair = 4 + 8 * ((hash + probe) % this.size)
      const place = slots.readUInt32LE(pair + 4)
      if (place === 0) return undefined
      if (slots.readUInt32LE(pair) === hash && this.at(place - 1).name === name) return this.at(place - 1)
    }
    return undefined
  }

  at(place: number): ReadNode {
    const bytes = this.sections[1] as Buffer
    const read = cursor(bytes, place)
    const name = read.octets(read.number(1)).toString('latin1')
    const flags = read.number(1)
    const [cut, dname, wildcard] = [1, 2, 4].map((flag) => (flags & flag ? read.number(4) : undefined))
    const rrsets = Array.from({ length: read.number(2) }, () => {
      const type = read.number(2)
      const first = read.number(4)
      const minTtl = first >= 2 ** 31 ? read.number(4) : undefined
      const ttl = first % 2 ** 31
      return { type, ttl, ...(minTtl !== undefined && { minTtl }), answer: answerAt(read, type) }
    })
    const refers = { ...(cut !== undefined && { cut }), ...(dname !== undefined && { dname }) }
    return { name, ...refers, ...(wildcard !== undefined && { wildcard }), rrsets }
  }

  record(number: number): ReadRecord {
    const [, , offsets, data] = this.sections as [Buffer, Buffer, Buffer, Buffer]
    const read = cursor(data, offsets.readUInt32LE(4 * number))
    const length = read.number(2)
    const flags = read.number(1)
    const names = Array.from({ length: read.number(1) }, () => read.number(2))
    const octets = read.octets(length).toString('hex')
    return { data: octets, auto: flags === 1, names, text: read.octets(read.number(4)).toString() }
  }

  policy(number: number): unknown {
    const [, , , , ends, data] = this.sections as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer]
    const from = number === 0 ? 0 : ends.readUInt32LE(4 * (number - 1))
    return JSON.parse(data.subarray(from, ends.readUInt32LE(4 * number)).toString())
  }

  array(number: number): Buffer {
    const [places, data] = this.sections.slice(6) as [Buffer, Buffer]
    const at = places.readUInt32LE(8 * number)
    return data.subarray(at, at + places.readUInt32LE(8 * number + 4))
  }

  texts(number: number): string[] {
    const list = this.array(number)
    const count = list.readUInt32LE(0)
    const end = (i: number): number => 4 + 4 * count + (i < 0 ? 0 : list.readUInt32LE(4 + 4 * i))
    return Array.from({ length: count }, (_, i) => list.subarray(end(i - 1), end(i)).toString())
  }
}

type Cursor = { number(octets: 1 | 2 | 4): number; octets(length: number): Buffer }

function cursor(bytes: Buffer, from: number): Cursor {
  let at = from
  return {
    number: (octets) => {
      at += octets
      return bytes.readUIntLE(at - octets, octets)
    },
    octets: (length) => {
      at += length
      return bytes.subarray(at - length, at)
    },
  }
}

function answerAt(read: Cursor, type: number): Answer {
  const form = read.number(1)
  if (form === 1) return { address: read.octets(type === 1 ? 4 : 16).toString('hex') }
  if (form === 2) return { records: Array.from({ length: read.number(2) }, () => read.number(4)) }
  if (form === 3) return { policy: read.number(4) }
  throw new Error(`form ${form}`)
}
