import type { NameKey } from '../dns/index.ts'

/**
 * Bob Jenkins' 1996 hash ("lookup2", public domain) with initial value 0, which PowerDNS calls burtle and uses for all
 * its hashed picks: the same clients must land on the same members there and here.
 */
export function burtle(bytes: Uint8Array): number {
  let a = 0x9e3779b9
  let b = 0x9e3779b9
  let c = 0
  let at = 0
  let left = bytes.length
  const byte = (i: number): number => bytes[at + i] ?? 0
  const word = (i: number): number => byte(i) | (byte(i + 1) << 8) | (byte(i + 2) << 16) | (byte(i + 3) << 24)
  const mix = (): void => {
    a = (a - b - c) ^ (c >>> 13)
    b = (b - c - a) ^ (a << 8)
    c = (c - a - b) ^ (b >>> 13)
    a = (a - b - c) ^ (c >>> 12)
    b = (b - c - a) ^ (a << 16)
    c = (c - a - b) ^ (b >>> 5)
    a = (a - b - c) ^ (c >>> 3)
    b = (b - c - a) ^ (a << 10)
    c = (c - a - b) ^ (b >>> 15)
  }
  for (; left >= 12; left -= 12) {
    a = (a + word(0)) | 0
    b = (b + word(4)) | 0
    c = (c + word(8)) | 0
    mix()
    at += 12
  }
  // Beyond the end `byte` is zero. The lowest octet of c is kept for the length.
  a = (a + word(0)) | 0
  b = (b + word(4)) | 0
  c = (c + bytes.length + (byte(8) << 8) + (byte(9) << 16) + (byte(10) << 24)) | 0
  mix()
  return c >>> 0
}

/** PowerDNS hashes the wire form in lower case, length octets and the root's zero included. */
export const nameHash = (name: NameKey): number => burtle(Uint8Array.from(name, (c) => c.charCodeAt(0)))

/** Bucket counts of libstdc++'s unordered_map as it doubles: it grows when one element more than buckets comes in. */
const BUCKETS = [13, 29, 59, 127, 257, 541, 1109, 2357, 5087, 10_273, 20_753, 42_043, 85_229, 172_933, 351_061]

/**
 * The order in which PowerDNS walks a weighted table of `length` entries (indices from 0): it keeps the table in an
 * unordered_map of libstdc++, where a new entry goes to the front, and growing turns the order round first.
 */
export function unorderedMapOrder(length: number): number[] {
  let order: number[] = []
  let from = 0
  for (const buckets of [...BUCKETS, Number.POSITIVE_INFINITY]) {
    const to = Math.min(length, buckets)
    const added: number[] = []
    for (let i = to - 1; i >= from; i--) added.push(i)
    order = [...added, ...order]
    if (to === length) return order
    order.reverse()
    from = to
  }
  return order
}
