import { MAX_SWEPT_ZONES } from '../limits.ts'
import { readHead } from '../zone/query-path.ts'
import type { Catalog, Dropped } from './catalog.ts'
import { REMOVED_MS } from './conclude.ts'
import { headKey, partKey } from './shapes.ts'

/** Reads a binary value of KV, or undefined if it is not there. Rejects if KV fails. */
type ReadOctets = (key: string) => Promise<Uint8Array | undefined>

export type Swept = {
  /** The keys to delete. */
  readonly deletes: readonly string[]
  /** The compiled zones that are left for later. */
  readonly dropped: ReadonlyMap<string, Dropped>
}

/**
 * Finds the values of compiled zones that nothing has named for ten minutes. A part that a zone in service has, too,
 * stays.
 * @param now milliseconds since the epoch
 */
export async function sweep(read: ReadOctets, catalog: Catalog, now: number): Promise<Swept> {
  const dropped = new Map(catalog.dropped)
  const due = [...dropped].filter(([, { at }]) => now - at >= REMOVED_MS || at > now).slice(0, MAX_SWEPT_ZONES)
  const deletes: string[] = []
  for (const [hash, { origin }] of due) {
    const own = await valuesOf(read, hash)
    const served = new Set<string>()
    if (own.length > 0) {
      for (const other of servedOf(catalog, origin)) for (const key of await valuesOf(read, other)) served.add(key)
      for (const [other, drop] of dropped) {
        if (drop.origin === origin && other !== hash) for (const key of await valuesOf(read, other)) served.add(key)
      }
    }
    deletes.push(...own.filter((key) => !served.has(key)), headKey(hash))
    dropped.delete(hash)
  }
  return { deletes, dropped }
}

function servedOf({ zones, removed }: Catalog, origin: string): string[] {
  const versions = [zones.get(origin), removed.get(origin)]
  return versions.flatMap((version) => [version?.zone, version?.previousZone].filter((hash) => hash !== undefined))
}

/** Returns the keys that a head names. One that is gone or damaged names none. */
async function valuesOf(read: ReadOctets, hash: string): Promise<string[]> {
  const octets = await read(headKey(hash))
  const head = octets && readHead(octets)
  if (!head?.ok) return []
  const { parts, checks } = head.value
  return [...parts, ...(checks === null ? [] : [checks])].map(partKey)
}
