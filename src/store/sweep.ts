import { readHead } from '../zone/query-path.ts'
import type { Catalog, Dropped } from './catalog.ts'
import { REMOVED_MS } from './conclude.ts'
import { headKey, partKey } from './shapes.ts'

/** The values that a head of KV names. */
export type HeadValues = {
  /** False if the head is not in KV. */
  readonly isThere: boolean
  /** The keys of its parts, and of its checks; none if the head is damaged. */
  readonly keys: readonly string[]
}

/** Returns what the head with this hash names. Rejects if KV fails. */
type ValuesOf = (hash: string) => Promise<HeadValues>

/** The limits of one sweep. */
type SweepLimits = { readonly zones: number; readonly reads: number; readonly keys: number }

export type Swept = {
  /** The keys to delete, in this order: a head goes after what it names, so that a sweep that breaks off goes on. */
  readonly deletes: readonly string[]
  /** The compiled zones whose heads have gone: the catalog need not remember them. */
  readonly gone: readonly string[]
}

/**
 * Finds the values of compiled zones that nothing has named for ten minutes. A value that another version of the zone
 * has, too, stays. What one sweep deletes, the next one finds gone.
 * @param now milliseconds since the epoch
 */
export async function sweep(
  valuesOf: ValuesOf,
  { zones, removed, dropped }: Pick<Catalog, 'zones' | 'removed' | 'dropped'>,
  now: number,
  limits: SweepLimits,
): Promise<Swept> {
  const read = new Map<string, HeadValues>()
  const valuesIn = async (hash: string): Promise<HeadValues> => {
    const values = read.get(hash) ?? (await valuesOf(hash))
    read.set(hash, values)
    return values
  }
  const due = [...dropped].filter(([, { at }]) => isOld(at, now)).sort(([, a], [, b]) => a.at - b.at)
  const going = new Set<string>()
  const deletes: string[] = []
  const gone: string[] = []
  for (const [hash, { origin }] of due.slice(0, limits.zones)) {
    const others = [...servedOf({ zones, removed }, origin), ...droppedOf(dropped, origin)].filter(
      (other) => other !== hash && !going.has(other),
    )
    if (others.filter((other) => !read.has(other)).length + 1 > limits.reads - read.size) break
    const { isThere, keys } = await valuesIn(hash)
    if (!isThere) {
      gone.push(hash)
      going.add(hash)
      continue
    }
    const shared = new Set<string>()
    if (keys.length > 0) for (const other of others) for (const key of (await valuesIn(other)).keys) shared.add(key)
    const own = keys.filter((key) => !shared.has(key))
    if (deletes.length + own.length + 1 > limits.keys) continue
    deletes.push(...own, headKey(hash))
    going.add(hash)
  }
  return { deletes, gone }
}

/** Returns true for a time ten minutes ago. One that is far ahead counts as old: the clock was wrong. */
const isOld = (at: number, now: number): boolean => now - at >= REMOVED_MS || at > now + REMOVED_MS

/** The compiled zones of an origin that the catalog names. */
export function servedOf({ zones, removed }: Pick<Catalog, 'zones' | 'removed'>, origin: string): string[] {
  const versions = [zones.get(origin), removed.get(origin)]
  return versions.flatMap((version) => [version?.zone, version?.previousZone].filter((hash) => hash !== undefined))
}

const droppedOf = (dropped: ReadonlyMap<string, Dropped>, of: string): string[] =>
  [...dropped].filter(([, { origin }]) => origin === of).map(([hash]) => hash)

/** Returns what a head names. @param octets undefined if the head is not in KV */
export function valuesIn(octets: Uint8Array | undefined): HeadValues {
  const head = octets && readHead(octets)
  if (!head?.ok) return { isThere: octets !== undefined, keys: [] }
  const { parts, checks } = head.value
  return { isThere: true, keys: [...parts, ...(checks === null ? [] : [checks])].map(partKey) }
}
