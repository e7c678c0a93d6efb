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

/**
 * The reason why a walk ended early: no steps are left, code reads too many addresses one by one, or spans are too
 * many.
 */
export type Cut = 'steps' | 'addresses' | 'spans'

/** ::ffff:0:0/96: clients in it count as IPv4 clients. */
const MAPPED = { start: 0xffffn << 32n, end: 0x10000n << 32n }

/**
 * Walks through all addresses of a family: from each client behind the network around it. Neighbours with the same
 * value are one span.
 * @param isSame compares values
 * @param maxSingles the addresses after each other that are looked up by themselves where code reads all of them
 * @param options `within`: the addresses to walk through, all of the family by default; `coarse`: networks of this
 * length
 *   that have several values get this one, and are not looked into; `most`: the spans that are listed at most
 * @returns the spans, and why they are not all
 */
export function partition<T>(
  family: Family,
  look: (client: Address) => Found<T>,
  isSame: (a: T, b: T) => boolean,
  budget: Budget,
  maxSingles: number,
  options: {
    readonly within?: Pick<Span<T>, 'start' | 'end'> | undefined
    readonly coarse?: { readonly length: number; readonly value: T } | undefined
    readonly most?: number
  } = {},
): { readonly spans: readonly Span<T>[]; readonly cut?: Cut } {
  const bits = addressBits(family)
  const { within = { start: 0n, end: 1n << BigInt(bits) }, coarse, most = Number.POSITIVE_INFINITY } = options
  const cellSize = 1n << BigInt(bits - Math.min(bits, coarse?.length ?? bits))
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
    if (spans.length > most) break
    if (budget.left <= 0) return { spans, cut: 'steps' }
    if (singles > maxSingles) return { spans, cut: 'addresses' }
    const { value, scope, steps, readsAll = false } = look(toAddress(family, at))
    budget.left -= steps
    singles = readsAll ? singles + 1 : 0
    const size = 1n << BigInt(bits - scope)
    const end = least((at & ~(size - 1n)) + size, limit)
    const cell = at & ~(cellSize - 1n)
    if (coarse && last && cell < at && !isSame(last.value, value)) {
      at = least(cell + cellSize, limit)
      singles = 0
      endBefore(spans, cell > within.start ? cell : within.start)
      add(spans, { start: cell > within.start ? cell : within.start, end: at, value: coarse.value }, isSame)
      continue
    }
    add(spans, { start: at, end, value }, isSame)
    at = end
  }
  return spans.length > most ? { spans: spans.slice(0, most), cut: 'spans' } : { spans }
}

/** Adds a span behind the last one, or to it. */
function add<T>(
  spans: { start: bigint; end: bigint; value: T }[],
  span: Span<T>,
  isSame: (a: T, b: T) => boolean,
): void {
  const last = spans.at(-1)
  if (last && isSame(last.value, span.value)) last.end = span.end
  else spans.push({ ...span })
}

/** Leaves out all addresses from one on. */
function endBefore(spans: { start: bigint; end: bigint }[], end: bigint): void {
  for (let last = spans.at(-1); last && last.start >= end; last = spans.at(-1)) spans.pop()
  const last = spans.at(-1)
  if (last && last.end > end) last.end = end
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
