import { compileZone, countProbes } from '../zone/index.ts'
import {
  CATALOG_KEY,
  type Catalog,
  EMPTY_CATALOG,
  formatCatalog,
  hashText,
  isSameEntry,
  originKey,
  parseCatalog,
  parseEntry,
  parseJson,
  ZONE_KEY_PREFIX,
  type ZoneEntry,
} from './shapes.ts'

/** What reconciling needs of Workers KV. */
export type KvStore = {
  get(key: string, type: 'text'): Promise<string | null>
  put(key: string, value: string): Promise<void>
  list(options: { prefix: string; cursor?: string }): Promise<KvPage>
}
type KvPage = {
  readonly keys: readonly { readonly name: string; readonly metadata?: unknown }[]
  readonly list_complete: boolean
  readonly cursor?: string
}

/** Origins by what became of them. `refused`: a document under its key is no valid zone, and was not taken up. */
type Reconciliation = {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly missing: readonly string[]
  readonly removed: readonly string[]
  readonly refused: readonly { readonly origin: string; readonly why: string }[]
}

/**
 * Brings the catalog in line with the zone keys, for zones that were put or deleted by hand. It writes only on a
 * change. A listing can lag behind: a zone goes only when it was found missing twice.
 */
export async function reconcile(kv: KvStore): Promise<Reconciliation> {
  const catalog = await readCatalog(kv)
  const entries = new Map<string, ZoneEntry>()
  const result = {
    added: [] as string[],
    changed: [] as string[],
    missing: [] as string[],
    removed: [] as string[],
    refused: [] as { origin: string; why: string }[],
  }
  for await (const { name, metadata } of zoneKeys(kv)) {
    const origin = name.slice(ZONE_KEY_PREFIX.length)
    const known = catalog.zones.get(origin)
    const found = parseEntry(metadata) ?? (await readEntry(kv, name, origin))
    if (typeof found === 'string') {
      result.refused.push({ origin, why: found })
      if (known) entries.set(origin, known)
    } else {
      const { serial, hash, probes, asks } = found
      entries.set(origin, { serial, hash, ...(probes !== undefined && { probes }), ...(asks && { asks }) })
      if (!known) result.added.push(origin)
      else if (known.missing || !isSameEntry(known, found)) result.changed.push(origin)
    }
  }
  for (const [origin, entry] of catalog.zones) {
    if (entries.has(origin)) continue
    result[entry.missing ? 'removed' : 'missing'].push(origin)
    if (!entry.missing) entries.set(origin, { ...entry, missing: true })
  }
  if (result.added.length + result.changed.length + result.missing.length + result.removed.length > 0) {
    await kv.put(CATALOG_KEY, formatCatalog({ zones: entries }))
  }
  return result
}

/** A catalog that cannot be read is made anew from the keys. */
async function readCatalog(kv: KvStore): Promise<Catalog> {
  const parsed = parseCatalog((await kv.get(CATALOG_KEY, 'text')) ?? '')
  return parsed.ok ? parsed.value : EMPTY_CATALOG
}

async function* zoneKeys(kv: KvStore): AsyncGenerator<KvPage['keys'][number]> {
  let page = await kv.list({ prefix: ZONE_KEY_PREFIX })
  yield* page.keys
  while (!page.list_complete && page.cursor) {
    page = await kv.list({ prefix: ZONE_KEY_PREFIX, cursor: page.cursor })
    yield* page.keys
  }
}

/** The entry of a document without metadata, put by hand; or why it is none. */
async function readEntry(kv: KvStore, key: string, origin: string): Promise<ZoneEntry | string> {
  const text = await kv.get(key, 'text')
  if (text === null) return 'the key is listed, but could not be read'
  const compiled = compileZone(parseJson(text))
  if (!compiled.ok) return `${compiled.error[0]?.path.join('.')}: ${compiled.error[0]?.message}`
  const { document, zone } = compiled.value
  if (zone.origin.key !== originKey(origin)) return `the document is of another zone, ${document.origin}`
  const probes = countProbes(zone)
  const { serial, asksTargets } = zone
  return { serial, hash: await hashText(text), ...(probes > 0 && { probes }), ...(asksTargets && { asks: true }) }
}
