/**
 * Reads an address as unsigned 32-bit numbers in network order: one for IPv4, four for IPv6.
 * @param into receives as many words as it has room for; two take the first half of an IPv6 address
 */
export function toWords(bytes: Uint8Array, into: Uint32Array): Uint32Array {
  for (let i = 0; i < into.length; i++) {
    const at = i * 4
    into[i] =
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)
  }
  return into
}

/**
 * Counts the leading bits that the key has in common with the address at `at`.
 * @param predecessor compares with the address just before it instead
 */
export function commonBits(
  starts: Uint32Array,
  at: number,
  key: Uint32Array,
  words: number,
  predecessor: boolean,
): number {
  for (let i = 0; i < words; i++) {
    let word = starts[at + i] as number
    if (predecessor && restIsZero(starts, at + i + 1, at + words)) word = (word - 1) >>> 0
    const difference = (word ^ (key[i] as number)) >>> 0
    if (difference !== 0) return i * 32 + Math.clz32(difference)
  }
  return words * 32
}

function restIsZero(starts: Uint32Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (starts[i] !== 0) return false
  return true
}
