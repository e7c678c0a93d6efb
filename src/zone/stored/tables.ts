import { nameAt, type Rdata } from '../../dns/query-path.ts'
import { formatAddress } from '../../net/index.ts'
import type { Kept, TextList } from '../../policy/query-path.ts'
import { Damaged, parsedOf } from '../../stored-value.ts'
import { OctetReader } from './octets.ts'
import { wordsOf } from './value.ts'

/** The code that some zones need for their data, and most do not. */
export type RdataAids = {
  /** Decodes octets with hints that are `auto`. */
  readonly withHints?: ((blank: Uint8Array) => Rdata | undefined) | undefined
}

/**
 * The tables that policies and rrsets refer to by number: records, policies as JSON, arrays. All are views of octets.
 */
export class Tables implements Kept {
  private readonly rdataAt: Uint32Array
  private readonly rdatas: Uint8Array
  private readonly policyEnds: Uint32Array
  private readonly policies: Uint8Array
  private readonly arrayAt: Uint32Array
  private readonly arrays: Uint8Array
  private readonly aids: RdataAids

  constructor(sections: readonly Uint8Array[], aids: RdataAids) {
    const [rdataAt, rdatas, policyEnds, policies, arrayAt, arrays] = sections as readonly [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    this.rdataAt = wordsOf(rdataAt)
    this.rdatas = rdatas
    this.policyEnds = wordsOf(policyEnds)
    this.policies = policies
    this.arrayAt = wordsOf(arrayAt)
    this.arrays = arrays
    this.aids = aids
  }

  /** Returns the JSON of a policy. @throws `Damaged` */
  policy(number: number): unknown {
    return parsedOf(decoder.decode(this.policyOctets(number)))
  }

  /** The octets of the JSON of a policy: a measure of what it takes when it is decoded. */
  policyLength(number: number): number {
    return this.policyOctets(number).length
  }

  /** Returns the data of a record. @throws `Damaged`, also for names in it that are none */
  rdata(number: number): Rdata {
    const reader = new OctetReader(this.rdatas, atOf(this.rdataAt, number))
    const length = reader.u16()
    const flags = reader.u8()
    const names = Array.from({ length: reader.u8() }, () => reader.u16())
    const bytes = reader.take(length)
    if (flags & HAS_AUTO_HINTS) return this.withHints(bytes)
    return new StoredRdata(bytes, names, reader.take(reader.u32()))
  }

  words(number: number): Uint32Array {
    return wordsOf(this.octets(number))
  }

  octets(number: number): Uint8Array {
    const at = atOf(this.arrayAt, 2 * number)
    const length = atOf(this.arrayAt, 2 * number + 1)
    if (at % 4 !== 0 || at + length > this.arrays.length) throw new Damaged('an array inside its section')
    return this.arrays.subarray(at, at + length)
  }

  texts(number: number): TextList {
    return new StoredTexts(this.octets(number))
  }

  private policyOctets(number: number): Uint8Array {
    const from = number === 0 ? 0 : atOf(this.policyEnds, number - 1)
    const to = atOf(this.policyEnds, number)
    if (from > to || to > this.policies.length) throw new Damaged('a policy inside its section')
    return this.policies.subarray(from, to)
  }

  private withHints(blank: Uint8Array): Rdata {
    const rdata = this.aids.withHints?.(blank)
    if (!rdata) throw new Damaged('the data of a record')
    return rdata
  }
}

/** Set for data that each answer completes. */
export const HAS_AUTO_HINTS = 1

function atOf(ends: Uint32Array, number: number): number {
  const at = ends[number]
  if (at === undefined) throw new Damaged('a number of its tables')
  return at
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: false })

/** A record's data. Its text, which few answers need, is decoded when it is asked for. */
class StoredRdata implements Rdata {
  readonly bytes: Uint8Array
  readonly names: Rdata['names']
  private readonly textBytes: Uint8Array

  constructor(bytes: Uint8Array, names: readonly number[], textBytes: Uint8Array) {
    this.bytes = bytes
    this.names = names.length === 0 ? NO_NAMES : namesIn(bytes, names)
    this.textBytes = textBytes
  }

  get text(): string {
    return decoder.decode(this.textBytes)
  }
}

/** The data of an A or AAAA record, which stands beside its name. Its text is that of the address. */
export class AddressRdata implements Rdata {
  readonly bytes: Uint8Array
  readonly names = NO_NAMES

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get text(): string {
    return formatAddress({ family: this.bytes.length === 4 ? 1 : 2, bytes: this.bytes })
  }
}

const NO_NAMES: Rdata['names'] = []

/** Returns the names of a record, which follow each other. @throws `Damaged` */
function namesIn(bytes: Uint8Array, places: readonly number[]): Rdata['names'] {
  let end = 0
  return places.map((at) => {
    const name = at >= end ? nameAt(bytes, at) : undefined
    if (!name) throw new Damaged('names inside the data of a record')
    end = at + name.wire.length
    return { at, name }
  })
}

/** A list of texts: their number, the end of each, and UTF-8. */
class StoredTexts implements TextList {
  readonly length: number
  private readonly ends: Uint32Array
  private readonly octets: Uint8Array

  constructor(octets: Uint8Array) {
    const words = wordsOf(octets)
    this.length = Math.max(0, Math.min(words[0] ?? 0, words.length - 1))
    this.ends = words.subarray(1, 1 + this.length)
    this.octets = octets.subarray(4 + 4 * this.length)
  }

  at(index: number): string | undefined {
    const end = this.ends[index]
    if (end === undefined) return undefined
    return decoder.decode(this.octets.subarray(index === 0 ? 0 : this.ends[index - 1], end))
  }
}
