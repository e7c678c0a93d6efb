import { type Address, type RangeTable, toWords, unmapped } from '../net/index.ts'
import type { Layout } from './format.ts'

/** An address as look-ups use it: one in ::ffff:0:0/96 is the IPv4 address that it maps, with an offset of 96 bits. */
export type Key = { readonly family: 1 | 2; readonly words: Uint32Array; readonly offset: 0 | 96 }

export function keyOf(address: Address): Key {
  if (address.family === 1) return { family: 1, words: toWords(address.bytes, new Uint32Array(1)), offset: 0 }
  const mapped = unmapped(address)
  if (mapped) return { family: 1, words: toWords(mapped.bytes, new Uint32Array(1)), offset: 96 }
  return { family: 2, words: toWords(address.bytes, new Uint32Array(4)), offset: 0 }
}

/** The sorted ranges of one family. Each ends before the first address of the next. */
type Ranges = {
  readonly length: number
  /** The number of leading 32-bit numbers of a first address that may be other than zero. */
  readonly words: number
  /** Returns the 32-bit number at index `at` of a range's first address. */
  word(range: number, at: number): number
  /** Returns the range that contains the key. */
  find(key: Uint32Array): number
}

/** The ranges of the database in their stored form, where ranges share the top of their first addresses. */
export class Table implements Ranges {
  readonly length: number
  readonly words: 1 | 2 | 4
  private readonly tops: Uint32Array
  private readonly ends: Uint32Array
  private readonly lows: Uint16Array
  private readonly places: Uint16Array
  private readonly more: Uint8Array | undefined
  /** The number of 16-bit units of a first address behind its top. */
  private readonly units: number
  /** The group of ranges with one top that was read last: a scan goes from range to range. */
  private group = 0

  constructor(layout: Layout, family: 1 | 2) {
    this.tops = family === 1 ? layout.tops4 : layout.tops6
    this.ends = family === 1 ? layout.ends4 : layout.ends6
    this.lows = family === 1 ? layout.lows4 : layout.lows6
    this.places = family === 1 ? layout.places4 : layout.places6
    this.more = family === 1 ? layout.more4 : layout.more6
    this.length = this.places.length
    this.units = this.lows.length / this.length
    this.words = family === 1 ? 1 : this.units <= 2 ? 2 : 4
  }

  locationOf(range: number): number {
    const { places, more } = this
    return more ? (places[range] as number) | ((more[range] as number) << 16) : (places[range] as number)
  }

  word(range: number, at: number): number {
    if (this.words === 1) return ((this.topOf(range) << 16) | this.unit(range, 0)) >>> 0
    return at === 0 ? this.topOf(range) : ((this.unit(range, 2 * at - 2) << 16) | this.unit(range, 2 * at - 1)) >>> 0
  }

  find(key: Uint32Array): number {
    const { tops, ends, words } = this
    const top = words === 1 ? (key[0] as number) >>> 16 : (key[0] as number)
    const group = lastWhere(0, tops.length - 1, (i) => (tops[i] as number) <= top)
    const last = (ends[group] as number) - 1
    if (tops[group] !== top) return last
    // An address before the group's first range belongs to the range before it. The very first range starts at zero.
    const before = group === 0 ? 0 : (ends[group - 1] as number) - 1
    return lastWhere(before, last, (range) => this.isUpTo(range, key))
  }

  /** Returns true if the first address of a range is not above a key with the same top. */
  private isUpTo(range: number, key: Uint32Array): boolean {
    const first = this.words === 1 ? 1 : 2
    for (let i = 0; i < this.units; i++) {
      const at = first + i
      const keyUnit = ((key[at >> 1] as number) >>> (at & 1 ? 0 : 16)) & 0xffff
      const difference = this.unit(range, i) - keyUnit
      if (difference !== 0) return difference < 0
    }
    return true
  }

  private unit(range: number, at: number): number {
    return at < this.units ? (this.lows[range * this.units + at] as number) : 0
  }

  private topOf(range: number): number {
    const { ends, group } = this
    const isIn = (i: number): boolean => range < (ends[i] as number) && (i === 0 || range >= (ends[i - 1] as number))
    if (!isIn(group)) {
      const near = range >= (ends[group] as number) ? group + 1 : group - 1
      const isNear = near >= 0 && near < ends.length && isIn(near)
      this.group = isNear ? near : lastWhere(0, ends.length - 1, (i) => i === 0 || (ends[i - 1] as number) <= range)
    }
    return this.tops[this.group] as number
  }
}

/** The networks of a policy in one family. */
export class Networks implements Ranges {
  readonly length: number
  readonly words: number
  private readonly table: RangeTable

  constructor(table: RangeTable) {
    this.table = table
    this.length = table.decider.length
    this.words = table.words
  }

  /** Returns the index of the network that decides in a range, or -1. */
  decider(range: number): number {
    return this.table.decider[range] as number
  }

  word(range: number, at: number): number {
    return this.table.starts[range * this.words + at] as number
  }

  find(key: Uint32Array): number {
    return lastWhere(0, this.length - 1, (range) => {
      for (let at = 0; at < this.words; at++) {
        const difference = this.word(range, at) - (key[at] as number)
        if (difference !== 0) return difference < 0
      }
      return true
    })
  }
}

/**
 * Returns the last number from `first` to `last` that passes a test, by binary search: `first` passes, and no number
 * passes behind one that fails.
 */
function lastWhere(first: number, last: number, passes: (number: number) => boolean): number {
  let low = first
  let high = last
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (passes(middle)) low = middle
    else high = middle - 1
  }
  return low
}

/** Compares the first addresses of two ranges, which may have different widths. */
export function compareStarts(a: Ranges, i: number, b: Ranges, j: number): number {
  const widest = Math.max(a.words, b.words)
  for (let at = 0; at < widest; at++) {
    const difference = a.word(i, at) - b.word(j, at)
    if (difference !== 0) return difference
  }
  return 0
}

/** Returns the first address of a range, as `width` 32-bit numbers. */
export const startOf = (ranges: Ranges, range: number, width: number): Uint32Array =>
  Uint32Array.from({ length: width }, (_, at) => ranges.word(range, at))
