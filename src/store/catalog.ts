import { MAX_REFUSED_ZONES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { dateText } from '../time.ts'
import {
  type Catalog,
  type Dropped,
  ENTRY,
  mapOf,
  NOT_A_CATALOG,
  type Removal,
  refusalsIn,
  type ZoneEntry,
} from './catalog-entry.ts'
import { type Fields, isNumber, isObject, isText, optional, readFields } from './fields.ts'
import { parseJson } from './shapes.ts'

// A query does not need this part of the catalog: its writers, and the readers of all of it.

export * from './catalog-entry.ts'

/** A zone as the API tells of it. */
export type PublishedZone = Pick<ZoneEntry, 'serial' | 'parts' | 'pieces' | 'size' | 'probes' | 'by'> & {
  readonly origin: string
  /** ISO 8601. */
  readonly since?: string | undefined
}

/** Returns what the API tells of zones. */
export const publishedZones = (zones: Catalog['zones']): PublishedZone[] =>
  Array.from(zones, ([origin, { serial, parts, pieces, size, probes, by, since }]) => ({
    ...{ origin, serial, parts, pieces, size, probes, by },
    // A time that no date can be is left out.
    since: dateText(since),
  }))

const REMOVAL: Fields<Removal> = {
  hash: isText,
  zone: isText,
  previous: optional(isText),
  previousZone: optional(isText),
  dnssec: optional(isText),
  at: isNumber,
}
const DROPPED: Fields<Dropped> = { origin: isText, at: isNumber }

/**
 * Returns true if two entries say the same of a zone. The number of targets counts too: a Worker that knows nothing of
 * checks, to which one rolled back, leaves it out of the catalog, and without it nothing of the zone is probed.
 */
export const isSameEntry = (a: ZoneEntry, b: ZoneEntry): boolean =>
  a.hash === b.hash &&
  a.zone === b.zone &&
  a.checks === b.checks &&
  a.health === b.health &&
  a.places === b.places &&
  (a.probes ?? 0) === (b.probes ?? 0) &&
  a.asks === b.asks

/**
 * Returns what an entry says of the zone itself, and nothing of the catalog, or of its keys, which change by
 * themselves.
 */
export function ownOf(entry: ZoneEntry): ZoneEntry {
  const { serial, hash, zone, checks, parts, pieces, size, health, places, probes, asks } = entry
  return { serial, hash, zone, checks, parts, pieces, size, health, places, probes, asks }
}

/** Reads all of a catalog, for those who write the next one, and refuses it if one of its entries is damaged. */
export function parseCatalog(text: string): Result<Catalog> {
  const value = parseJson(text)
  const zones = isObject(value) ? mapOf(value.zones, ENTRY) : undefined
  if (!isObject(value) || zones === undefined || zones.bad > 0) {
    return err(NOT_A_CATALOG)
  }
  // These are notes: a damaged one is left out, and is no reason to serve nothing.
  const refused = refusalsIn(value.refused)
  const removed = mapOf(value.removed, REMOVAL)?.sound ?? new Map()
  const dropped = mapOf(value.dropped, DROPPED)?.sound ?? new Map()
  return ok({ zones: zones.sound, refused, removed, dropped })
}

export function formatCatalog({ zones, refused, removed, dropped }: Catalog): string {
  const told = [...refused].slice(0, MAX_REFUSED_ZONES)
  return JSON.stringify({
    zones: Object.fromEntries(zones),
    ...(told.length > 0 && { refused: Object.fromEntries(told) }),
    ...(removed.size > 0 && { removed: Object.fromEntries(removed) }),
    ...(dropped.size > 0 && { dropped: Object.fromEntries(dropped) }),
  })
}

/** The metadata of a compiled zone: whose it is, and when it was put, in milliseconds since the epoch. */
export type HeadMetadata = ZoneEntry & { readonly origin: string; readonly at: number }

const HEAD: Fields<HeadMetadata> = { ...ENTRY, origin: isText, at: isNumber }

export const parseHeadMetadata = (metadata: unknown): HeadMetadata | undefined => readFields(metadata, HEAD)

/** Returns what a key's metadata says of a zone, or undefined for a value that was put by hand. */
export const parseEntry = (metadata: unknown): ZoneEntry | undefined => readFields(metadata, ENTRY)
