import { MAX_SWEPT_KEYS, MAX_SWEPT_READS, MAX_SWEPT_ZONES } from '../limits.ts'
import { type Catalog, EMPTY_CATALOG, formatCatalog, parseCatalog } from './catalog.ts'
import { type Conclusion, Conclusions, type Put, type Reconciliation } from './conclude.ts'
import { type KvLook, look } from './look.ts'
import { MIN_CACHE_TTL_SECONDS } from './refreshed.ts'
import { CATALOG_KEY, headKey } from './shapes.ts'
import { type HeadValues, type Swept, sweep, valuesIn } from './sweep.ts'
import { zonesByHeads } from './zone-keys.ts'

/** The operations of Workers KV that reconciling needs. */
export type KvStore = KvLook & {
  put(key: string, value: Put['value'], options?: { metadata: Put['metadata'] }): Promise<void>
  delete(key: string): Promise<void>
}

/** The cron reconciles this often: soon enough for zones put by hand, and well below the 1,000 lists a day. */
export const RECONCILE_MS = 300_000

/** A publisher that writes the catalog meanwhile wins: then reconciling starts again. */
const ATTEMPTS = 2

/**
 * Brings the catalog in line with the zone keys, for zones that were put or deleted by hand. It validates each document
 * that it adopts. It writes only on a change: first compiled zones, then the catalog. Before that it deletes what
 * nothing has named for long, in the catalog that it read or in the one that it writes.
 * @param now milliseconds since the epoch
 */
export async function reconcile(kv: KvStore, now: number): Promise<{ catalog: Catalog; result: Reconciliation }> {
  for (let attempt = 1; ; attempt++) {
    const text = await catalogText(kv)
    const { catalog, isChanged, deletes, result } = await conclusionsOf(kv, text, now)
    if (!isChanged && deletes.length === 0) return { catalog, result }
    const isMine = (await catalogText(kv)) === text
    if (attempt < ATTEMPTS && !isMine) continue
    // Somebody who wrote the catalog meanwhile may have named what was to go.
    if (isMine) for (const key of deletes) await kv.delete(key)
    if (isChanged) await kv.put(CATALOG_KEY, formatCatalog(catalog))
    return { catalog, result }
  }
}

const catalogText = async (kv: KvLook): Promise<string | null> =>
  (await kv.getWithMetadata(CATALOG_KEY, { type: 'text', cacheTtl: MIN_CACHE_TTL_SECONDS })).value

const SWEEP_LIMITS = { zones: MAX_SWEPT_ZONES, reads: MAX_SWEPT_READS, keys: MAX_SWEPT_KEYS }

/** Rebuilds a catalog that cannot be read from the zones' keys and from the heads. */
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
  const { catalog, isChanged, result } = conclusions.end()
  const { deletes, gone } = await sweep((hash) => valuesOf(kv, hash), catalog, now, SWEEP_LIMITS)
  const dropped = new Map(catalog.dropped)
  for (const hash of gone) dropped.delete(hash)
  // A damaged catalog is written again, even if it is now empty.
  const isLost = !parsed.ok && (text !== null || catalog.zones.size > 0)
  return { catalog: { ...catalog, dropped }, isChanged: isChanged || isLost || gone.length > 0, result, deletes }
}

async function valuesOf(kv: KvStore, hash: string): Promise<HeadValues> {
  const value = await kv.get(headKey(hash), { type: 'arrayBuffer', cacheTtl: MIN_CACHE_TTL_SECONDS })
  return valuesIn(value === null ? undefined : new Uint8Array(value))
}
