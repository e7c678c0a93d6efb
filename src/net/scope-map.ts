import { type Address, addressBits, type Family, unmapped } from './address.ts'
import type { Prefix } from './prefix.ts'
import { commonBits, toWords } from './words.ts'

/**
 * Finds the network that decides for a client, and the exact scope of that decision (RFC 7871 §7.2.1), without a tree.
 *
 * The networks cut the address space into disjoint ranges. One network decides in each range, or none. Neighbouring
 * ranges with the same outcome form a run. The exact scope of a client in a run from s to e is the shortest prefix that
 * contains the client and neither s-1 nor e+1: one bit more than the client has in common with either, whichever is
 * longer. A fully merged binary tree has its leaf at the same depth, but needs a node for every bit of every network.
 */
export type ScopeMap = { readonly v4: RangeTable; readonly v6: RangeTable }

/** The sorted ranges of one family. Each address is `words` unsigned 32-bit numbers, in network order. */
export type RangeTable = {
  readonly words: 1 | 4
  /** The first address of each range. Range 0 starts at zero. */
  readonly starts: Uint32Array
  /** Every 64th of them: a search of many ranges begins here, where the processor has all of it at hand. */
  readonly samples: Uint32Array
  /** The index of the network that decides in each range, or -1. */
  readonly decider: Int32Array
  /** The run that each range belongs to. */
  readonly run: Uint32Array
  /** The first range of each run. */
  readonly runFirst: Uint32Array
}

/** The index of the network that decides (-1: none), and the scope prefix length in bits of the client's family. */
type ScopeMatch = { readonly index: number; readonly scope: number }

/** The network that wins where several contain the client: the first in the list (a view), or the longest. */
export type Precedence = 'first' | 'longest'

/**
 * @param outcomes one number for each network. Networks with the same number give the same answer, so that a border
 *   between them limits no scope.
 * @param none the number for clients that no network contains
 */
export function buildScopeMap(
  networks: readonly Prefix[],
  precedence: Precedence,
  outcomes: readonly number[],
  none: number,
): ScopeMap {
  const outcome = (index: number): number => (index < 0 ? none : (outcomes[index] ?? none))
  return {
    v4: buildTable(networks, 1, precedence, outcome),
    v6: buildTable(networks, 2, precedence, outcome),
  }
}

/** Returns the map of the same networks with other outcomes, which are any values here. */
export function withOutcomes({ v4, v6 }: ScopeMap, outcomes: readonly unknown[], none: unknown): ScopeMap {
  const outcome = (index: number): unknown => (index < 0 ? none : (outcomes[index] ?? none))
  return { v4: { ...v4, ...runsOf(v4.decider, outcome) }, v6: { ...v6, ...runsOf(v6.decider, outcome) } }
}

/** Looks up a client in ::ffff:0:0/96 as the IPv4 address that it maps; its scope still counts IPv6 bits. */
export function lookupScope(map: ScopeMap, client: Address): ScopeMatch {
  if (client.family === 1) return lookup(map.v4, client.bytes)
  const mapped = unmapped(client)
  if (!mapped) return lookup(map.v6, client.bytes)
  const match = lookup(map.v4, mapped.bytes)
  return { index: match.index, scope: match.scope + 96 }
}

// --- look-up --------------------------------------------------------------------------------------------------------

function lookup(table: RangeTable, bytes: Uint8Array): ScopeMatch {
  const { words, starts, samples, decider, run, runFirst } = table
  const key = toWords(bytes, KEYS[words])
  const from = SAMPLED * lastUpTo(key, samples, 0, samples.length / words - 1)
  const range = lastUpTo(key, starts, from, Math.min(from + SAMPLED, decider.length) - 1)
  const index = decider[range] as number
  // As many runs as ranges are one for each, in the same order.
  const isOwn = runFirst.length === decider.length
  const found = isOwn ? range : (run[range] as number)
  const first = isOwn ? range : (runFirst[found] as number)
  const before = found === 0 ? -1 : commonBits(starts, first * words, key, words, true)
  const next = isOwn ? range + 1 : runFirst[found + 1]
  const isLast = next === undefined || next === decider.length
  const after = isLast ? -1 : commonBits(starts, next * words, key, words, false)
  return { index, scope: Math.max(before, after) + 1 }
}

/** The number of ranges that a sample stands for: 64 addresses of IPv4 are four cache lines. */
const SAMPLED = 64

/** Returns every 64th address. */
export function samplesOf(starts: Uint32Array, words: 1 | 4): Uint32Array {
  const count = Math.ceil(starts.length / words / SAMPLED)
  const samples = new Uint32Array(count * words)
  for (let i = 0; i < count; i++) {
    for (let word = 0; word < words; word++) samples[i * words + word] = starts[i * SAMPLED * words + word] as number
  }
  return samples
}

/** Returns the index of the last address that is not above the key, among those of two indexes and between them. */
function lastUpTo(key: Uint32Array, starts: Uint32Array, from: number, to: number): number {
  let low = from
  let high = to
  if (key.length === 1) {
    const [address = 0] = key
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] as number) <= address) low = middle
      else high = middle - 1
    }
    return low
  }
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (compare(starts, middle * key.length, key) <= 0) low = middle
    else high = middle - 1
  }
  return low
}

/** The key of the current look-up, one array for each family. A look-up is synchronous, so that reuse is safe. */
const KEYS = { 1: new Uint32Array(1), 4: new Uint32Array(4) } as const

function compare(starts: Uint32Array, at: number, key: Uint32Array): number {
  for (let i = 0; i < key.length; i++) {
    const difference = (starts[at + i] as number) - (key[i] as number)
    if (difference !== 0) return difference
  }
  return 0
}

// --- construction ---------------------------------------------------------------------------------------------------

type Span = { readonly start: bigint; readonly end: bigint; readonly length: number; readonly index: number }

function buildTable(
  networks: readonly Prefix[],
  family: Family,
  precedence: Precedence,
  outcome: (index: number) => number,
): RangeTable {
  const spans = sortedSpans(networks, family)
  const starts: bigint[] = []
  const deciders: number[] = []
  const emit = (start: bigint, index: number): void => {
    // A range with the same start as the last one is nested in it, and replaces it.
    if (starts.at(-1) === start) {
      starts.pop()
      deciders.pop()
    }
    if (deciders.length > 0 && deciders.at(-1) === index) return
    starts.push(start)
    deciders.push(index)
  }

  const limit = 1n << BigInt(addressBits(family))
  emit(0n, -1)
  const open: { end: bigint; decider: number }[] = []
  const closeUntil = (start: bigint): void => {
    for (let top = open.at(-1); top && top.end <= start; top = open.at(-1)) {
      open.pop()
      if (top.end < limit) emit(top.end, open.at(-1)?.decider ?? -1)
    }
  }
  for (const span of spans) {
    closeUntil(span.start)
    const outer = open.at(-1)?.decider ?? -1
    const decider = outer < 0 || precedence === 'longest' ? span.index : Math.min(outer, span.index)
    emit(span.start, decider)
    open.push({ end: span.end, decider })
  }
  closeUntil(limit)
  return pack(starts, deciders, family === 1 ? 1 : 4, outcome)
}

/** Sorts by start, wider first. Of equal networks only the first in the list can ever decide. */
function sortedSpans(networks: readonly Prefix[], family: Family): Span[] {
  const bits = addressBits(family)
  const spans: Span[] = []
  networks.forEach((network, index) => {
    if (network.family !== family) return
    let start = 0n
    for (const byte of network.bytes) start = (start << 8n) | BigInt(byte)
    spans.push({ start, end: start + (1n << BigInt(bits - network.length)), length: network.length, index })
  })
  spans.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : a.length - b.length || a.index - b.index))
  return spans.filter((span, i) => {
    const previous = spans[i - 1]
    return !previous || previous.start !== span.start || previous.length !== span.length
  })
}

function pack(
  starts: readonly bigint[],
  deciders: readonly number[],
  words: 1 | 4,
  outcome: (index: number) => number,
): RangeTable {
  const packed = new Uint32Array(starts.length * words)
  starts.forEach((start, i) => {
    for (let w = 0; w < words; w++)
      packed[i * words + w] = Number((start >> BigInt(32 * (words - 1 - w))) & 0xffffffffn)
  })
  const decider = Int32Array.from(deciders)
  return { words, starts: packed, samples: samplesOf(packed, words), decider, ...runsOf(decider, outcome) }
}

/** Joins neighbouring ranges with the same outcome. */
function runsOf(decider: Int32Array, outcome: (index: number) => unknown): Pick<RangeTable, 'run' | 'runFirst'> {
  const run = new Uint32Array(decider.length)
  const runFirst: number[] = []
  decider.forEach((index, i) => {
    const joins = i > 0 && outcome(index) === outcome(decider[i - 1] as number)
    if (!joins) runFirst.push(i)
    run[i] = runFirst.length - 1
  })
  return { run, runFirst: Uint32Array.from(runFirst) }
}
