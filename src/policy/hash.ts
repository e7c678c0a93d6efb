import type { NameKey } from '../dns/query-path.ts'
import { MAX_NAME_BYTES } from '../limits.ts'

/**
 * Bob Jenkins' 1996 hash ("lookup2", public domain) with initial value 0, which PowerDNS calls burtle and uses for all
 * its hashed picks: the same clients must land on the same members there and here.
 */
export function burtle(bytes: Uint8Array): number {
  return mixed(INITIAL, bytes, 0, bytes.length, bytes.length)
}

/** The octets that are mixed at once. */
export const BLOCK = 12
const GOLDEN = 0x9e3779b9
/** The state before the first octet. */
export const INITIAL = Int32Array.of(GOLDEN, GOLDEN, 0)

/**
 * Mixes octets into a state: whole blocks of 12, and the rest behind them.
 * @param length the number of all octets; -1: only whole blocks are mixed, and `into` gets the state
 * @returns the hash
 */
export function mixed(
  state: Int32Array,
  bytes: Uint8Array,
  from: number,
  to: number,
  length: number,
  into?: Int32Array,
): number {
  let a = state[0] as number
  let b = state[1] as number
  let c = state[2] as number
  for (let at = from; ; at += BLOCK) {
    const isLast = to - at < BLOCK
    if (isLast && length < 0) break
    a = (a + word(bytes, at, to)) | 0
    b = (b + word(bytes, at + 4, to)) | 0
    // The lowest octet of c is kept for the length.
    c = (c + (isLast ? length + (word(bytes, at + 8, to) << 8) : word(bytes, at + 8, to))) | 0
    a = (a - b - c) ^ (c >>> 13)
    b = (b - c - a) ^ (a << 8)
    c = (c - a - b) ^ (b >>> 13)
    a = (a - b - c) ^ (c >>> 12)
    b = (b - c - a) ^ (a << 16)
    c = (c - a - b) ^ (b >>> 5)
    a = (a - b - c) ^ (c >>> 3)
    b = (b - c - a) ^ (a << 10)
    c = (c - a - b) ^ (b >>> 15)
    if (isLast) break
  }
  if (into) {
    into[0] = a
    into[1] = b
    into[2] = c
  }
  return c >>> 0
}

/** Reads four octets, the lowest first. Octets from `to` on are zero. */
function word(bytes: Uint8Array, at: number, to: number): number {
  if (at + 4 <= to) {
    return (
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    )
  }
  let value = 0
  for (let i = at; i < to; i++) value |= (bytes[i] as number) << (8 * (i - at))
  return value
}

/** PowerDNS hashes the wire form in lower case, length octets and the root's zero included. */
export function nameHash(name: NameKey): number {
  for (let i = 0; i < name.length; i++) NAME[i] = name.charCodeAt(i)
  return mixed(INITIAL, NAME, 0, name.length, name.length)
}

/** The octets of the name of the moment. */
const NAME = new Uint8Array(MAX_NAME_BYTES)

/** Bucket counts of libstdc++'s unordered_map as it doubles: it grows when it gets one element more than buckets. */
const BUCKETS = [13, 29, 59, 127, 257, 541, 1109, 2357, 5087, 10_273, 20_753, 42_043, 85_229, 172_933, 351_061]

/**
 * Returns the order in which PowerDNS reads a weighted table of `length` entries (indices from 0): the table is an
 * unordered_map of libstdc++, which puts a new entry at the front, and reverses the order first if it grows.
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
