import { type Catalog, EMPTY_CATALOG, formatCatalog, parseCatalog } from './catalog.ts'
import { type Conclusion, Conclusions, type Put, type Reconciliation } from './conclude.ts'
import { DEFAULT_LOOK, type KvLook, type LookOptions, look } from './look.ts'
import { MIN_CACHE_TTL_SECONDS } from './refreshed.ts'
import { CATALOG_KEY } from './shapes.ts'
import { type Swept, sweep } from './sweep.ts'
import { zonesByHeads } from './zone-keys.ts'

/** The operations of Workers KV that reconciling needs. */
export type KvStore = KvLook & {
  put(key: string, value: Put['value'], options?: { metadata: Put['metadata'] }): Promise<void>
  delete(key: string): Promise<void>
}

/** All zone keys are looked at this often where nobody counts lists. */
export const RECONCILE_MS = 300_000

/** A publisher that writes the catalog meanwhile wins: then reconciling starts again. */
const ATTEMPTS = 2

export type Reconciled = {
  readonly catalog: Catalog
  /** True if the catalog was written. */
  readonly isChanged: boolean
  readonly result: Reconciliation
}

export type ReconcileOptions = Partial<Omit<LookOptions, 'origins'>> & {
  /**
   * Names the zones to look at; the others stay as they are. If it gives undefined, all keys are listed. A catalog that
   * is lost, for which it gets undefined, stays lost without a list.
   */
  readonly origins?: (catalog: Catalog | undefined) => readonly string[] | undefined
  /** Reads the catalog, or null; by default from KV. */
  readonly readCatalog?: () => Promise<string | null>
}

/**
 * Brings the catalog in line with the zone keys, for zones that were put or deleted by hand. Each document that is adopted
 * was validated. It writes only on a change: first compiled zones, then the catalog. Then it deletes what nothing has
 * named for long.
 * @param now milliseconds since the epoch
 */
export async function reconcile(kv: KvStore, now: number, options: ReconcileOptions = {}): Promise<Reconciled> {
  const readCatalog = options.readCatalog ?? (() => catalogText(kv))
  for (let attempt = 1; ; attempt++) {
    const text = await readCatalog()
    const { catalog, isChanged, deletes, result } = await conclusionsOf(kv, text, now, options)
    if (!isChanged) return { catalog, isChanged, result }
    if (attempt < ATTEMPTS && (await readCatalog()) !== text) continue
    await kv.put(CATALOG_KEY, formatCatalog(catalog))
    for (const key of deletes) await kv.delete(key)
    return { catalog, isChanged, result }
  }
}

export const catalogText = async (kv: KvLook): Promise<string | null> =>
  (await kv.getWithMetadata(CATALOG_KEY, { type: 'text', cacheTtl: MIN_CACHE_TTL_SECONDS })).value

/** Rebuilds a catalog that cannot be read from the zones' keys and from the valid documents. */
async function conclusionsOf(
  kv: KvStore,
  text: string | null,
  now: number,
  { origins: originsOf, ...options }: ReconcileOptions,
): Promise<Conclusion & Pick<Swept, 'deletes'>> {
  const parsed = parseCatalog(text ?? '')
  const origins = originsOf?.(parsed.ok ? parsed.value : undefined)
  if (!parsed.ok && origins) return NOTHING
  const before = parsed.ok ? parsed.value : { ...EMPTY_CATALOG, zones: await zonesByHeads(kv) }
  const conclusions = new Conclusions(before, now)
  const turn = Math.floor(now / RECONCILE_MS)
  for await (const finding of look(kv, before, { ...DEFAULT_LOOK, turn, ...options, origins })) {
    for (const { key, value, metadata } of conclusions.take(finding)) await kv.put(key, value, { metadata })
  }
  const conclusion = conclusions.end(!origins)
  const { deletes, dropped } = await sweep(onceEach(kv), conclusion.catalog, now)
  // A damaged catalog is written again, even if it is now empty.
  const isLost = !parsed.ok && (text !== null || conclusion.catalog.zones.size > 0)
  const isChanged = conclusion.isChanged || isLost || deletes.length > 0
  return { ...conclusion, catalog: { ...conclusion.catalog, dropped }, isChanged, deletes }
}

const NOTHING = {
  catalog: EMPTY_CATALOG,
  isChanged: false,
  deletes: [],
  result: { added: [], changed: [], missing: [], removed: [], refused: [] },
}

/** Reads each key once: versions of one zone are compared with each other. */
function onceEach(kv: KvStore): (key: string) => Promise<Uint8Array | undefined> {
  const read = new Map<string, Promise<ArrayBuffer | null>>()
  return async (key) => {
    const reading = read.get(key) ?? kv.get(key, { type: 'arrayBuffer', cacheTtl: MIN_CACHE_TTL_SECONDS })
    read.set(key, reading)
    const value = await reading
    return value === null ? undefined : new Uint8Array(value)
  }
}
