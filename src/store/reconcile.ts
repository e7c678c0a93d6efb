import { type Catalog, EMPTY_CATALOG, formatCatalog, parseCatalog } from './catalog.ts'
import { type Conclusion, Conclusions, type Put, type Reconciliation } from './conclude.ts'
import { type KvLook, look } from './look.ts'
import { MIN_CACHE_TTL_SECONDS } from './refreshed.ts'
import { CATALOG_KEY } from './shapes.ts'

/** What reconciling needs of Workers KV. */
export type KvStore = KvLook & {
  put(key: string, value: string): Promise<void>
  delete(key: string): Promise<void>
}

/** How often the cron reconciles: often enough for what is put by hand, and it spares the 1,000 lists a day. */
export const RECONCILE_MS = 300_000

/** A publisher that writes the catalog meanwhile has the last word: then everything is looked at again. */
const ATTEMPTS = 2

/**
 * Brings the catalog in line with the zone keys, for zones that were put or deleted by hand. It validates what it takes
 * up, and writes only on a change: first the documents that isolates read, then the catalog, and then it deletes.
 * @param now milliseconds since the epoch
 */
export async function reconcile(kv: KvStore, now: number): Promise<{ catalog: Catalog; result: Reconciliation }> {
  for (let attempt = 1; ; attempt++) {
    const text = await catalogText(kv)
    const { catalog, isChanged, deletes, result } = await conclusionsOf(kv, catalogOf(text), now, (put) =>
      kv.put(put.key, put.value),
    )
    // A catalog that is damaged is written anew though it would come out empty.
    const isDamaged = text !== null && !parseCatalog(text).ok
    if (!isChanged && !isDamaged) return { catalog, result }
    if (attempt < ATTEMPTS && (await catalogText(kv)) !== text) continue
    await kv.put(CATALOG_KEY, formatCatalog(catalog))
    for (const key of deletes) await kv.delete(key)
    return { catalog, result }
  }
}

/** A catalog that cannot be read is made anew from the keys. */
function catalogOf(text: string | null): Catalog {
  const parsed = parseCatalog(text ?? '')
  return parsed.ok ? parsed.value : EMPTY_CATALOG
}

const catalogText = async (kv: KvLook): Promise<string | null> =>
  (await kv.getWithMetadata(CATALOG_KEY, { type: 'text', cacheTtl: MIN_CACHE_TTL_SECONDS })).value

async function conclusionsOf(
  kv: KvLook,
  before: Catalog,
  now: number,
  write: (put: Put) => Promise<void>,
): Promise<Conclusion> {
  const conclusions = new Conclusions(before, now)
  for await (const finding of look(kv, before, Math.floor(now / RECONCILE_MS))) {
    const put = conclusions.take(finding)
    if (put) await write(put)
  }
  return conclusions.end()
}
