import { type Catalog, EMPTY_CATALOG, formatCatalog, parseCatalog } from './catalog.ts'
import { type Conclusion, Conclusions, type Put, type Reconciliation } from './conclude.ts'
import { type KvLook, look } from './look.ts'
import { MIN_CACHE_TTL_SECONDS } from './refreshed.ts'
import { CATALOG_KEY } from './shapes.ts'
import { type Swept, sweep } from './sweep.ts'
import { zonesByHeads } from './zone-keys.ts'

/** The operations of Workers KV that reconciling needs. */
export type KvStore = KvLook & {
  get(key: string, options: { type: 'arrayBuffer'; cacheTtl: number }): Promise<ArrayBuffer | null>
  put(key: string, value: Put['value'], options?: { metadata: Put['metadata'] }): Promise<void>
  delete(key: string): Promise<void>
}

/** The cron reconciles this often: soon enough for zones put by hand, and well below the 1,000 lists a day. */
export const RECONCILE_MS = 300_000

/** A publisher that writes the catalog meanwhile wins: then reconciling starts again. */
const ATTEMPTS = 2

/**
 * Brings the catalog in line with the zone keys, for zones that were put or deleted by hand. It validates each document
 * that it adopts. It writes only on a change: first compiled zones, then the catalog. Then it deletes what nothing has
 * named for long.
 * @param now milliseconds since the epoch
 */
export async function reconcile(kv: KvStore, now: number): Promise<{ catalog: Catalog; result: Reconciliation }> {
  for (let attempt = 1; ; attempt++) {
    const text = await catalogText(kv)
    const { catalog, isChanged, deletes, result } = await conclusionsOf(kv, text, now)
    if (!isChanged) return { catalog, result }
    if (attempt < ATTEMPTS && (await catalogText(kv)) !== text) continue
    await kv.put(CATALOG_KEY, formatCatalog(catalog))
    for (const key of deletes) await kv.delete(key)
    return { catalog, result }
  }
}

const catalogText = async (kv: KvLook): Promise<string | null> =>
  (await kv.getWithMetadata(CATALOG_KEY, { type: 'text', cacheTtl: MIN_CACHE_TTL_SECONDS })).value

/** Rebuilds a catalog that cannot be read from the zones' keys and from the valid documents. */
async function conclusionsOf(
  kv: KvStore,
  text: string | null,
  now: number,
): Promise<Conclusion & Pick<Swept, 'deletes'>> {
  const parsed = parseCatalog(text ?? '')
  const before = parsed.ok ? parsed.value : { ...EMPTY_CATALOG, zones: await zonesByHeads(kv) }
  const conclusions = new Conclusions(before, now)
  for await (const finding of look(kv, before, Math.floor(now / RECONCILE_MS))) {
    for (const { key, value, metadata } of conclusions.take(finding)) await kv.put(key, value, { metadata })
  }
  const conclusion = conclusions.end()
  const { deletes, dropped } = await sweep((key) => octetsOf(kv, key), conclusion.catalog, now)
  // A damaged catalog is written again, even if it is now empty.
  const isLost = !parsed.ok && (text !== null || conclusion.catalog.zones.size > 0)
  const isChanged = conclusion.isChanged || isLost || deletes.length > 0
  return { ...conclusion, catalog: { ...conclusion.catalog, dropped }, isChanged, deletes }
}

async function octetsOf(kv: KvStore, key: string): Promise<Uint8Array | undefined> {
  const value = await kv.get(key, { type: 'arrayBuffer', cacheTtl: MIN_CACHE_TTL_SECONDS })
  return value === null ? undefined : new Uint8Array(value)
}
