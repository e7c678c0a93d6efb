import { type Address, type RangeTable, toWords, unmapped } from '../net/index.ts'

/** Sorted ranges of one family, and the number of the place of each. */
export type Table = {
  readonly words: 1 | 2 | 4
  readonly starts: Uint32Array
  readonly places: Uint16Array | Uint32Array
}

/** An address as it is looked up: one in ::ffff:0:0/96 as the IPv4 address that it maps, `offset` bits deeper. */
export type Key = { readonly family: 1 | 2; readonly words: Uint32Array; readonly offset: 0 | 96 }

export function keyOf(address: Address): Key {
  if (address.family === 1) return { family: 1, words: toWords(address.bytes, new Uint32Array(1)), offset: 0 }
  const mapped = unmapped(address)
  if (mapped) return { family: 1, words: toWords(mapped.bytes, new Uint32Array(1)), offset: 96 }
  return { family: 2, words: toWords(address.bytes, new Uint32Array(4)), offset: 0 }
}

type Starts = Pick<Table | RangeTable, 'words' | 'starts'>

/** The range that holds the key. */
export function rangeOf({ starts, words }: Starts, key: Uint32Array): number {
  let low = 0
  let high = starts.length / words - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (compareToKey(starts, middle * words, words, key) <= 0) low = middle
    else high = middle - 1
  }
  return low
}

/** What a start leaves out is zero, which no key is below. */
function compareToKey(starts: Uint32Array, at: number, words: number, key: Uint32Array): number {
  for (let i = 0; i < words; i++) {
    const difference = (starts[at + i] as number) - (key[i] as number)
    if (difference !== 0) return difference
  }
  return 0
}

/** The starts of two ranges, which may be of different widths. */
export function compareStarts(a: Starts, i: number, b: Starts, j: number): number {
  const widest = Math.max(a.words, b.words)
  for (let k = 0; k < widest; k++) {
    const left = k < a.words ? (a.starts[i * a.words + k] as number) : 0
    const right = k < b.words ? (b.starts[j * b.words + k] as number) : 0
    if (left !== right) return left - right
  }
  return 0
}

/** The start of a range in as many numbers as the key has. */
export function startOf({ starts, words }: Starts, index: number, width: number): Uint32Array {
  const start = new Uint32Array(width)
  start.set(starts.subarray(index * words, (index + 1) * words))
  return start
}
