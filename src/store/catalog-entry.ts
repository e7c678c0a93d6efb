import { type Fields, hasFields, isNumber, isObject, isText, only, optional, readFields } from './fields.ts'

/**
 * The zones that are published: the one switch. Isolates serve the compiled zone that an entry names by its hash,
 * whatever stands under the zone's own key. A name outside the catalog costs no KV read. Maps are by origin:
 * `example.com`.
 */
export type Catalog = {
  readonly zones: ReadonlyMap<string, ZoneEntry>
  /** Keys in KV that are not served as they are, for people. */
  readonly refused: ReadonlyMap<string, Refusal>
  /** Zones that were removed a short time ago: a key that is still there must not bring them back. */
  readonly removed: ReadonlyMap<string, Removal>
  /** Compiled zones that no entry names any more, by the hashes of their heads, and since when, in milliseconds. */
  readonly dropped: ReadonlyMap<string, Dropped>
}

export const EMPTY_CATALOG: Catalog = { zones: new Map(), refused: new Map(), removed: new Map(), dropped: new Map() }

/** A compiled zone that nothing names any more. `at`: milliseconds since the epoch. */
export type Dropped = { readonly origin: string; readonly at: number }

/**
 * An entry of the catalog, and the metadata of the zone's own key. Hashes are SHA-256: `hash` of the document, `zone`
 * of the head of the compiled zone, `checks` of its checks.
 */
export type ZoneEntry = {
  readonly serial: number
  readonly hash: string
  readonly zone: string
  readonly checks?: string | undefined
  /** The number of its parts; 0 if it is left out: then all of it is in its head. */
  readonly parts?: number | undefined
  /** Set if an answer depends on health, or on locations: an isolate reads these beside the zone. */
  readonly health?: true | undefined
  readonly places?: true | undefined
  /** The number of the pieces of its document; 0 if it is left out. */
  readonly pieces?: number | undefined
  /** Its size, for people. */
  readonly size?: ZoneSize | undefined
  /** The number of targets that its checks have; 0 if it is left out. */
  readonly probes?: number | undefined
  /** Set if its scripts compute checks out of queries. */
  readonly asks?: true | undefined
  /** The hash of its keys, if its answers are signed. */
  readonly dnssec?: string | undefined
  /** The document that counted before, and its compiled zone. An isolate that cannot load `zone` serves that one. */
  readonly previous?: string | undefined
  readonly previousZone?: string | undefined
  /** The publisher: `DEV`, `API` or `KV`; left out for `publish`. */
  readonly by?: string | undefined
  /** Since when this version counts, in milliseconds since the epoch. An earlier version leaves it out. */
  readonly since?: number | undefined
  /** Set when the zone's key was not found, to the time: the zone is removed if it is still not found minutes later. */
  readonly missing?: number | undefined
  /**
   * Set when the zone's key still had the document before, to the time: it counts if it is found again minutes later.
   */
  readonly behind?: number | undefined
}

/**
 * The records of a zone, the octets of all values of the compiled zone, and of those that a new isolate reads before
 * its first answer at most: the head and the largest part.
 */
export type ZoneSize = readonly [records: number, octets: number, first: number]

/** The publisher that follows zone files on a machine of one's own. It removes only zones that it published. */
export const DEV = 'dev'

/** The control API: a ledger has the zone's history. */
export const API = 'api'

/** A person who put the document into KV. */
export const KV = 'kv'

/** The reason why a key is not served, and since when, in milliseconds since the epoch. */
export type Refusal = { readonly why: string; readonly since: number }

/** The hashes of a removed zone. `at` is when it was removed, in milliseconds since the epoch. */
export type Removal = Pick<ZoneEntry, 'hash' | 'zone' | 'previous' | 'previousZone' | 'dnssec'> & {
  readonly at: number
}

export const ENTRY: Fields<ZoneEntry> = {
  serial: isNumber,
  hash: isText,
  zone: isText,
  checks: optional(isText),
  parts: optional(isNumber),
  pieces: optional(isNumber),
  size: optional((value) => Array.isArray(value) && value.length === 3 && value.every(isNumber)),
  health: optional(only(true)),
  places: optional(only(true)),
  probes: optional(isNumber),
  asks: optional(only(true)),
  dnssec: optional(isText),
  previous: optional(isText),
  previousZone: optional(isText),
  by: optional(isText),
  since: optional(isNumber),
  missing: optional(isNumber),
  behind: optional(isNumber),
}
const REFUSAL: Fields<Refusal> = { why: isText, since: isNumber }
export const NOT_A_CATALOG = 'the catalog is not JSON of the shape { "zones": { origin: { serial, hash, zone } } }'

export const isEntry = (value: unknown): value is ZoneEntry => hasFields(value, ENTRY)

/** Reads the refusals of a catalog by origin, without damaged ones. */
export const refusalsIn = (value: unknown): Map<string, Refusal> => mapOf(value, REFUSAL)?.sound ?? new Map()

/** Reads a map by origin. Any origin may be a key, "constructor" and "__proto__" included. */
export function mapOf<T>(value: unknown, fields: Fields<T>): { sound: Map<string, T>; bad: number } | undefined {
  if (!isObject(value)) return undefined
  const sound = new Map<string, T>()
  let bad = 0
  for (const [key, one] of Object.entries(value)) {
    const read = readFields(one, fields)
    if (read) sound.set(key, read)
    else bad++
  }
  return { sound, bad }
}
