import { MAX_SWEPT_KEYS, MAX_SWEPT_READS, MAX_SWEPT_ZONES } from '../limits.ts'
import { type Catalog, EMPTY_CATALOG, formatCatalog, parseCatalog } from './catalog.ts'
import { type Conclusion, Conclusions, type Put, type Reconciliation } from './conclude.ts'
import { DNSSEC_KEY_PREFIX, parseKeySetPointer, withKeySets } from './key-sets.ts'
import { DEFAULT_LOOK, type KvLook, type LookOptions, look, readEach } from './look.ts'
import { MIN_CACHE_TTL_SECONDS } from './refreshed.ts'
import { CATALOG_KEY, dnssecKey, headKey } from './shapes.ts'
import { type HeadValues, type Swept, sweep, valuesIn } from './sweep.ts'
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

type Reconciled = {
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
  /** Returns false if what nothing names must stay, after the look: somebody may be about to name it. */
  readonly sweeps?: () => boolean
  /** Reads the catalog, or null; by default from KV. */
  readonly readCatalog?: () => Promise<string | null>
  /** Writes the catalog; by default straight into KV. */
  readonly writeCatalog?: (catalog: Catalog) => Promise<unknown>
  /** As in `Conclusions.end`. */
  readonly isNew?: (origin: string) => boolean
}

/**
 * Brings the catalog in line with the zone keys, for zones that were put or deleted by hand. Each document that it
 * adopts was validated. It writes only on a change: first compiled zones, then the catalog. Before that it deletes what
 * nothing has named for long, in the catalog that it read or in the one that it writes.
 * @param now milliseconds since the epoch
 */
export async function reconcile(kv: KvStore, now: number, options: ReconcileOptions = {}): Promise<Reconciled> {
  const readCatalog = options.readCatalog ?? (() => catalogText(kv))
  const writeCatalog = options.writeCatalog ?? ((catalog) => kv.put(CATALOG_KEY, formatCatalog(catalog)))
  for (let attempt = 1; ; attempt++) {
    const text = await readCatalog()
    const { catalog, isChanged, deletes, result } = await conclusionsOf(kv, text, now, options)
    if (!isChanged && deletes.length === 0) return { catalog, isChanged, result }
    const isMine = (await readCatalog()) === text
    if (attempt < ATTEMPTS && !isMine) continue
    // Somebody who wrote the catalog meanwhile may have named what was to go.
    if (isMine) for (const key of deletes) await kv.delete(key)
    if (isChanged) await writeCatalog(catalog)
    return { catalog, isChanged, result }
  }
}

export const catalogText = async (kv: KvLook): Promise<string | null> =>
  (await kv.getWithMetadata(CATALOG_KEY, { type: 'text', cacheTtl: MIN_CACHE_TTL_SECONDS })).value

const SWEEP_LIMITS = { zones: MAX_SWEPT_ZONES, reads: MAX_SWEPT_READS, keys: MAX_SWEPT_KEYS }

/** Rebuilds a catalog that cannot be read from the zones' keys and from the heads. */
async function conclusionsOf(
  kv: KvStore,
  text: string | null,
  now: number,
  { origins: originsOf, sweeps = () => true, isNew, ...options }: ReconcileOptions,
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
  const { catalog, isChanged, result } = conclusions.end(!origins, isNew)
  // A zone that is new, or of a catalog that is lost, may have keys.
  const keyless = result.added.filter((origin) => catalog.zones.get(origin)?.dnssec === undefined)
  const keyed = withKeySets(catalog, await keySetsOf(kv, parsed.ok ? keyless : [...catalog.zones.keys()]))
  const { deletes, gone } = sweeps()
    ? await sweep((hash) => valuesOf(kv, hash), catalog, now, SWEEP_LIMITS)
    : { deletes: [], gone: [] }
  const dropped = new Map(catalog.dropped)
  for (const hash of gone) dropped.delete(hash)
  // A damaged catalog is written again, even if it is now empty.
  const isLost = !parsed.ok && (text !== null || catalog.zones.size > 0)
  return { catalog: { ...keyed, dropped }, isChanged: isChanged || isLost || gone.length > 0, result, deletes }
}

/** Reads which keys zones have. @throws if KV fails: a signed zone without its keys is bogus */
async function keySetsOf(kv: KvStore, origins: readonly string[]): Promise<[string, string | null][]> {
  const found: [string, string | null][] = []
  for await (const [key, stored] of readEach(kv, origins.map(dnssecKey))) {
    if (!stored) throw new Error(`KV did not give out "${key}"`)
    const pointer = parseKeySetPointer(stored.metadata)
    found.push([key.slice(DNSSEC_KEY_PREFIX.length), pointer?.hash ?? null])
  }
  return found
}

const NOTHING = {
  catalog: EMPTY_CATALOG,
  isChanged: false,
  deletes: [],
  result: { added: [], changed: [], missing: [], removed: [], refused: [] },
}

async function valuesOf(kv: KvStore, hash: string): Promise<HeadValues> {
  const value = await kv.get(headKey(hash), { type: 'arrayBuffer', cacheTtl: MIN_CACHE_TTL_SECONDS })
  return valuesIn(value === null ? undefined : new Uint8Array(value))
}
