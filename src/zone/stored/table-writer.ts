import type { Rdata } from '../../dns/query-path.ts'
import type { Keeper } from '../../policy/index.ts'
import { Octets } from './octet-writer.ts'
import { HAS_AUTO_HINTS } from './tables.ts'
import { octetsOf } from './write-value.ts'

/** Writes what policies and rrsets refer to by number: the same thing once. */
export class TableWriter implements Keeper {
  private readonly rdataAt: number[] = []
  private readonly rdatas = new Octets()
  private readonly rdataNumbers = new Map<string, number>()
  private readonly policyEnds: number[] = []
  private readonly policies = new Octets()
  private readonly policyNumbers = new Map<string, number>()
  private readonly arrayAt: number[] = []
  private readonly arrays = new Octets()
  private readonly arrayNumbers = new Map<string, number>()

  /** @param json of a policy, as `JSON.stringify` writes it */
  policy(json: string): number {
    return numbered(this.policyNumbers, json, () => {
      this.policies.utf8(json)
      return this.policyEnds.push(this.policies.length) - 1
    })
  }

  rdata({ bytes, blank, names, text }: Rdata): number {
    const octets = blank ?? bytes
    const places = blank ? [] : names.map(({ at }) => at)
    const id = `${blank ? 'auto ' : ''}${places} ${idOf(octets)}`
    return numbered(this.rdataNumbers, id, () => {
      const at = this.rdatas.length
      this.rdatas.u16(octets.length)
      this.rdatas.u8(blank ? HAS_AUTO_HINTS : 0)
      this.rdatas.u8(places.length)
      for (const place of places) this.rdatas.u16(place)
      this.rdatas.all(octets)
      const lengthAt = this.rdatas.length
      this.rdatas.u32(0)
      this.rdatas.patch(lengthAt, this.rdatas.utf8(text))
      return this.rdataAt.push(at) - 1
    })
  }

  words(values: Uint32Array): number {
    return this.octets(octetsOf(values))
  }

  octets(bytes: Uint8Array): number {
    return numbered(this.arrayNumbers, idOf(bytes), () => {
      this.arrays.align()
      this.arrayAt.push(this.arrays.length, bytes.length)
      this.arrays.all(bytes)
      return this.arrayAt.length / 2 - 1
    })
  }

  texts(list: readonly string[]): number {
    const octets = new Octets()
    octets.u32(list.length)
    for (const _ of list) octets.u32(0)
    let end = 0
    for (const [i, text] of list.entries()) {
      end += octets.utf8(text)
      octets.patch(4 + 4 * i, end)
    }
    return this.octets(octets.written)
  }

  /** The octets written so far. */
  get length(): number {
    const numbers = this.rdataAt.length + this.policyEnds.length + this.arrayAt.length
    return this.rdatas.length + this.policies.length + this.arrays.length + 4 * numbers
  }

  /** In the order in which `Tables` reads them. */
  get sections(): readonly Uint8Array[] {
    const numbers = (list: readonly number[]) => octetsOf(Uint32Array.from(list))
    return [
      numbers(this.rdataAt),
      this.rdatas.written,
      numbers(this.policyEnds),
      this.policies.written,
      numbers(this.arrayAt),
      this.arrays.written,
    ]
  }
}

/** Windows-1252 has a character for each octet. */
const octetDecoder = new TextDecoder('latin1')

/** Returns a text that no other octets have. The decoder is faster for many of them, and takes long to begin. */
function idOf(octets: Uint8Array): string {
  if (octets.length > SHORT) return octetDecoder.decode(octets)
  let id = ''
  for (let i = 0; i < octets.length; i++) id += String.fromCharCode(octets[i] as number)
  return id
}

const SHORT = 32

function numbered(numbers: Map<string, number>, id: string, add: () => number): number {
  const known = numbers.get(id)
  if (known !== undefined) return known
  const number = add()
  numbers.set(id, number)
  return number
}
