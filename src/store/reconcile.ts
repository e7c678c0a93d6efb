import { type Catalog, type DocumentMetadata, EMPTY_CATALOG, formatCatalog, parseCatalog } from './catalog.ts'
import { type Conclusion, Conclusions, type Reconciliation } from './conclude.ts'
import { type KvLook, look } from './look.ts'
import { MIN_CACHE_TTL_SECONDS } from './refreshed.ts'
import { CATALOG_KEY } from './shapes.ts'
import { zonesByDocuments } from './zone-keys.ts'

/** The operations of Workers KV that reconciling needs. */
export type KvStore = KvLook & {
  put(key: string, value: string, options?: { metadata: DocumentMetadata }): Promise<void>
  delete(key: string): Promise<void>
}

/** The cron reconciles this often: soon enough for zones put by hand, and well below the 1,000 lists a day. */
export const RECONCILE_MS = 300_000

/** A publisher that writes the catalog meanwhile wins: then reconciling starts again. */
const ATTEMPTS = 2

/**
 * Brings the catalog in line with the zone keys, for zones that were put or deleted by hand. It validates each document
 * that it adopts. It writes only on a change: first the documents that isolates read, then the catalog. Then it deletes.
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
async function conclusionsOf(kv: KvStore, text: string | null, now: number): Promise<Conclusion> {
  const parsed = parseCatalog(text ?? '')
  const before = parsed.ok ? parsed.value : { ...EMPTY_CATALOG, zones: await zonesByDocuments(kv) }
  const conclusions = new Conclusions(before, now)
  for await (const finding of look(kv, before, Math.floor(now / RECONCILE_MS))) {
    const put = conclusions.take(finding)
    if (put) await kv.put(put.key, put.value, { metadata: put.metadata })
  }
  const conclusion = conclusions.end()
  // A damaged catalog is written again, even if it is now empty.
  const isLost = !parsed.ok && (text !== null || conclusion.catalog.zones.size > 0)
  return { ...conclusion, isChanged: conclusion.isChanged || isLost }
}
