import { type Address, addressBits, type Family, formatPrefix, type Prefix } from '../../net/index.ts'

/** The addresses from `start` up to `end`, without it, and their common value. */
export type Span<T> = { readonly start: bigint; readonly end: bigint; readonly value: T }

/** The value for all clients of the network around one, and the steps that the look-up took. */
export type Found<T> = {
  readonly value: T
  readonly scope: number
  readonly steps: number
  /** True if code may have read all of the address: then the next address may be by itself, too. */
  readonly readsAll?: boolean
}

/** The steps that are left, or the networks that may be listed. */
export type Budget = { left: number }

/** ::ffff:0:0/96: clients in it count as IPv4 clients. */
const MAPPED = { start: 0xffffn << 32n, end: 0x10000n << 32n }

/**
 * Walks through all addresses of a family: from each client behind the network around it. Neighbours with the same value
 * are one span.
 * @param isSame compares values
 * @param maxSingles the addresses after each other that are looked up by themselves where code reads all of them
 * @param within the addresses to walk through; all of the family by default
 * @returns the spans, and if they are whole
 */
export function partition<T>(
  family: Family,
  look: (client: Address) => Found<T>,
  isSame: (a: T, b: T) => boolean,
  budget: Budget,
  maxSingles: number,
  within: Pick<Span<T>, 'start' | 'end'> = { start: 0n, end: 1n << BigInt(addressBits(family)) },
): { readonly spans: readonly Span<T>[]; readonly isWhole: boolean } {
  const bits = addressBits(family)
  const limit = within.end
  const spans: { start: bigint; end: bigint; value: T }[] = []
  let singles = 0
  for (let at = within.start; at < limit; ) {
    const last = spans.at(-1)
    if (family === 2 && last && at >= MAPPED.start && at < MAPPED.end) {
      last.end = least(MAPPED.end, limit)
      at = last.end
      continue
    }
    if (budget.left <= 0 || singles > maxSingles) return { spans, isWhole: false }
    const { value, scope, steps, readsAll = false } = look(toAddress(family, at))
    budget.left -= steps
    singles = readsAll ? singles + 1 : 0
    const size = 1n << BigInt(bits - scope)
    const end = least((at & ~(size - 1n)) + size, limit)
    if (last && isSame(last.value, value)) last.end = end
    else spans.push({ start: at, end, value })
    at = end
  }
  return { spans, isWhole: true }
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

/** Returns the address with that number. */
export function toAddress(family: Family, number: bigint): Address {
  const bytes = new Uint8Array(addressBits(family) / 8)
  let left = number
  // Words of 32 bits: large numbers are slow.
  for (let at = bytes.length - 4; at >= 0; at -= 4) {
    const word = Number(left & 0xffffffffn)
    bytes[at] = word >>> 24
    bytes[at + 1] = word >>> 16
    bytes[at + 2] = word >>> 8
    bytes[at + 3] = word
    left >>= 32n
  }
  return { family, bytes }
}

/** Yields the fewest networks that are the addresses from `start` up to `end`, without it, as text. */
export function* prefixes(family: Family, { start, end }: Pick<Span<unknown>, 'start' | 'end'>): Generator<string> {
  const bits = addressBits(family)
  for (let at = start; at < end; ) {
    let length = bits
    let size = 1n
    while (length > 0 && (at & (2n * size - 1n)) === 0n && at + 2n * size <= end) {
      size *= 2n
      length--
    }
    const prefix: Prefix = { ...toAddress(family, at), length }
    yield formatPrefix(prefix)
    at += size
  }
}
