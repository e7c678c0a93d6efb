import { MAX_KEPT_NODE_BYTES, MAX_KEPT_ZONE_BYTES } from '../../limits.ts'
import type { Compiled, Source, ZoneEntry, ZoneSize } from '../../store/index.ts'
import type { LocalZone } from '../../zone/index.ts'

/**
 * CPU of an isolate to check and open what it reads: nanoseconds an octet for SHA-256, and microseconds a part, whose
 * border and hash stand in the head. Measured in Node 24 on a server of 2026 with zones of 100,000 and 1,000,000
 * addresses: 0.7 to 0.8, and at most 9.
 */
const LOAD_NS_AN_OCTET = 0.8
const LOAD_US_A_PART = 9

/** Decoded names take about ten times their stored octets: see `MAX_KEPT_NODES`. */
const DECODED_RATIO = 10

/** The size of a zone. `entry` is that of the catalog. */
type CostedZone = { readonly entry: CostedEntry; readonly probes: readonly CostedProbe[] }

type CostedEntry = Pick<ZoneEntry, 'parts' | 'pieces' | 'checks'> & { readonly size: ZoneSize }

/** A target to probe. `interval`: seconds; infinite if the application reports it. */
export type CostedProbe = { readonly id: string; readonly interval: number }

/** The cost of a zone. */
export type ZoneCosts = {
  readonly records: number
  /** Octets of the compiled zone in KV, and the number of its parts. */
  readonly octets: number
  readonly parts: number
  /** Octets of an isolate's memory at most, when all of the zone is asked for: an estimate. */
  readonly memory: number
  /** Milliseconds of CPU until a new isolate can answer: an estimate. */
  readonly loadMs: number
  /** KV writes of its first publishing, the catalog among them. */
  readonly kvWrites: number
  readonly targets: number
  readonly probesAMinute: number
}

export function costsOf({ entry, probes }: CostedZone): ZoneCosts {
  const [records, octets, first] = entry.size
  const { parts = 0, pieces = 0, checks } = entry
  const values = ['head', 'zone', 'catalog', ...(checks === undefined ? [] : ['checks'])].length
  return {
    records,
    octets,
    parts,
    memory: Math.min(octets, MAX_KEPT_ZONE_BYTES) + DECODED_RATIO * Math.min(octets, MAX_KEPT_NODE_BYTES),
    loadMs: (first * LOAD_NS_AN_OCTET) / 1e6 + (parts * LOAD_US_A_PART) / 1e3,
    kvWrites: values + parts + pieces,
    targets: new Set(probes.map(({ id }) => id)).size,
    probesAMinute: probesAMinute(probes),
  }
}

/** Returns the costs of a zone that is about to be published. */
export const costsOfValues = (
  { size, parts, checks }: Compiled,
  { pieces }: Source,
  probes: readonly CostedProbe[],
): ZoneCosts => costsOf({ entry: { size, parts, checks, pieces: pieces.size }, probes })

/** Returns the probes that are due in a minute. A target counts once, whichever zones check it. */
export function probesAMinute(probes: readonly CostedProbe[]): number {
  const distinct = new Map(probes.map(({ id, interval }) => [id, interval]))
  let sum = 0
  for (const interval of distinct.values()) sum += 60 / interval
  return sum
}

/** Returns what is counted of the checks of a zone. */
export const costedProbes = ({ conditions }: Pick<LocalZone, 'conditions'>): CostedProbe[] =>
  conditions.map(({ probe: { id, interval, action } }) => ({
    id,
    interval: action.kind === 'push' ? Number.POSITIVE_INFINITY : interval,
  }))
