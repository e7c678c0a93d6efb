import { err, ok, type Result } from '../../result.ts'
import {
  CATALOG_KEY,
  type Catalog,
  type DEV,
  EMPTY_CATALOG,
  type Publication,
  parseCatalog,
  parseEntry,
  planPublish,
  type Standing,
  ZONE_KEY_PREFIX,
  zoneKey,
} from '../../store/index.ts'
import type { PublishKv, Row } from '../kv/kv.ts'
import { CompiledInKv } from './compiled-in-kv.ts'

/** The result of publishing: the origins by outcome, and the number of KV operations. */
export type Published = {
  readonly changed: readonly string[]
  /** Zones whose catalog entry is current, but whose text in KV was damaged or deleted by hand. */
  readonly repaired: readonly string[]
  readonly unchanged: readonly string[]
  readonly removed: readonly string[]
  /** Zones of the catalog that are not published now; they are left unchanged. */
  readonly kept: readonly string[]
  readonly writes: number
  readonly deletes: number
  /** Zones whose serial is below the published one: secondaries and people expect it to grow. */
  readonly older: readonly OlderSerial[]
}

type OlderSerial = { readonly origin: string; readonly serial: number; readonly published: number }

type Plan = Extract<Awaited<ReturnType<typeof planPublish>>, { ok: true }>['value']

/** The expected result of publishing, and the plan for it. */
type Planned = { readonly published: Published; readonly plan: Plan }

export type PublishOptions = {
  /** True if zones of the catalog that are not published now are removed. */
  readonly prune: boolean
  /** Set for `npm start`, which marks the zones that it publishes and prunes only those. */
  readonly by?: typeof DEV
  /** Milliseconds since the epoch. */
  readonly now?: number
  /** Called after each part is written, with the number of values. */
  readonly onProgress?: (done: number, of: number) => void
}

/**
 * Brings KV up to date with the zones: it writes documents and compiled zones, then the catalog that names them, and
 * then deletes what nothing has named for long. After an error the catalog is unchanged or complete: publish again.
 */
export async function publish(
  zones: readonly Publication[],
  kv: PublishKv,
  options: PublishOptions,
): Promise<Result<Published>> {
  const planned = await planPublication(zones, kv, options)
  return planned.ok ? carryOut(planned.value, kv, options.onProgress) : planned
}

/** Reads KV and plans the writes, without writing. */
export async function planPublication(
  zones: readonly Publication[],
  kv: PublishKv,
  { prune, by, now = Date.now() }: PublishOptions,
): Promise<Result<Planned>> {
  const catalog = await readCatalog(kv)
  if (!catalog.ok) return catalog
  const standing = await readStanding(zones, catalog.value, kv, now)
  if (!standing.ok) return err(`the zones in KV could not be read, so nothing was written: ${standing.error}`)
  const planned = await planPublish(zones, catalog.value, {
    prunes: (entry) => prune && (by === undefined || entry.by === by),
    standing: standing.value,
    now,
    ...(by && { by }),
  })
  if (!planned.ok) return planned
  const { puts, deletes, ...outcome } = planned.value
  const older = zones.flatMap(({ origin, serial }): OlderSerial[] => {
    const published = catalog.value.zones.get(origin)?.serial
    return published !== undefined && isOlder(serial, published) ? [{ origin, serial, published }] : []
  })
  const published = { ...outcome, older, writes: puts.length, deletes: deletes.length }
  return ok({ published, plan: planned.value })
}

/** Compares serials by RFC 1982: they wrap around. */
const isOlder = (serial: number, than: number): boolean => serial !== than && (than - serial) >>> 0 < 2 ** 31

export async function carryOut(
  { published, plan: { puts, deletes } }: Planned,
  kv: PublishKv,
  onProgress: (done: number, of: number) => void = () => {},
): Promise<Result<Published>> {
  const listing = puts.filter(({ key }) => key === CATALOG_KEY)
  const bodies = puts.filter(({ key }) => key !== CATALOG_KEY)
  let done = 0
  for (const part of inParts(bodies)) {
    const written = await kv.put(part)
    if (!written.ok) {
      return err(`${written.error}; ${done} of ${bodies.length} values were written and the catalog is unchanged`)
    }
    done += part.length
    onProgress(done, bodies.length)
  }
  if (listing.length > 0) {
    const written = await kv.put(listing)
    if (!written.ok) return err(`${written.error}; the zones were written, but the catalog was not: publish again`)
  }
  if (deletes.length > 0) {
    const deleted = await kv.delete(deletes)
    if (!deleted.ok) {
      return err(`${deleted.error}; all zones are published, but old keys are still in KV: publish again`)
    }
  }
  return ok(published)
}

/** Reads the catalog. A missing one is empty; one that is damaged or cannot be read is an error. */
async function readCatalog(kv: PublishKv): Promise<Result<Catalog>> {
  const text = await kv.get(CATALOG_KEY)
  if (!text.ok) return err(`the catalog in KV could not be read, so nothing was written: ${text.error}`)
  if (text.value === undefined) return ok(EMPTY_CATALOG)
  const catalog = parseCatalog(text.value)
  if (catalog.ok) return catalog
  const way =
    'the cron rebuilds it within five minutes, or ' +
    `put a valid one back, or delete the key "${CATALOG_KEY}" of KV to start from an empty one`
  return err(`the catalog in KV is damaged, so nothing was written: ${catalog.error}; ${way}`)
}

/** Reads the published texts, because a person may have changed them behind the catalog and the metadata. */
async function readStanding(
  zones: readonly Publication[],
  catalog: Catalog,
  kv: PublishKv,
  now: number,
): Promise<Result<Standing>> {
  const keys = await kv.list(ZONE_KEY_PREFIX)
  if (!keys.ok) return keys
  const compiled = await CompiledInKv.list(kv)
  if (!compiled.ok) return compiled
  const texts = await kv.getAll(zones.map(({ origin }) => zoneKey(origin)))
  if (!texts.ok) return texts
  const originOf = (key: string): string => key.slice(ZONE_KEY_PREFIX.length)
  const lost = compiled.value.lost(catalog, now)
  const known = new Map(zones.map(({ origin, text }) => [origin, text]))
  const isDoubtful = (origin: string): boolean =>
    catalog.refused.has(origin) || texts.value.get(zoneKey(origin)) !== known.get(origin)
  try {
    return ok({
      texts: new Map(Array.from(texts.value, ([key, text]) => [originOf(key), text])),
      keys: new Map(keys.value.map(({ name, metadata }) => [originOf(name), parseEntry(metadata)?.hash])),
      compiled: await compiled.value.servedOf(
        catalog,
        zones.map(({ origin }) => origin),
        isDoubtful,
      ),
      lost,
      swept: await compiled.value.swept(catalog, now),
    })
  } catch (error) {
    return err((error as Error).message)
  }
}

/** Small enough to show progress and for one upload, and large enough to need few uploads. */
const PART_ROWS = 200
const PART_CHARACTERS = 20_000_000

function inParts(rows: readonly Row[]): Row[][] {
  const parts: Row[][] = []
  let characters = 0
  for (const row of rows) {
    const part = parts.at(-1)
    characters += row.value.length
    if (part && part.length < PART_ROWS && characters <= PART_CHARACTERS) part.push(row)
    else {
      parts.push([row])
      characters = row.value.length
    }
  }
  return parts
}
