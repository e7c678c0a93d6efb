import { err, ok, type Result } from '../../result.ts'
import {
  CATALOG_KEY,
  type Catalog,
  type DEV,
  DOCUMENT_KEY_PREFIX,
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

/** What publishing did: origins by what happened to them, and how many operations it cost. */
export type Published = {
  readonly changed: readonly string[]
  /** The catalog was right, and what stood in KV was not: broken or deleted by hand. */
  readonly repaired: readonly string[]
  readonly unchanged: readonly string[]
  readonly removed: readonly string[]
  /** In the catalog, and not among the zones given: they stay as they are. */
  readonly kept: readonly string[]
  readonly writes: number
  readonly deletes: number
  /** Zones whose serial is below the published one: secondaries and people take the higher one for the newer. */
  readonly older: readonly OlderSerial[]
}

export type OlderSerial = { readonly origin: string; readonly serial: number; readonly published: number }

type Plan = Extract<Awaited<ReturnType<typeof planPublish>>, { ok: true }>['value']

/** The result that publishing is going to have, and the plan for it. */
export type Planned = { readonly published: Published; readonly plan: Plan }

export type PublishOptions = {
  /** Whether zones of the catalog that are not given go. */
  readonly prune: boolean
  /** Set for `npm start`: it prunes only what it published itself, and marks that. */
  readonly by?: typeof DEV
  /** Milliseconds since the epoch. */
  readonly now?: number
  /** Told after each part that is written, in documents: two for each zone. */
  readonly onProgress?: (done: number, of: number) => void
}

/**
 * Brings KV up to date with the zones: first what is new, then the catalog that lists it, then deletes of what the
 * catalog no longer lists. On an error the catalog is as it was, or complete: publishing again goes on from there.
 */
export async function publish(
  zones: readonly Publication[],
  kv: PublishKv,
  options: PublishOptions,
): Promise<Result<Published>> {
  const planned = await planPublication(zones, kv, options)
  return planned.ok ? carryOut(planned.value, kv, options.onProgress) : planned
}

/** Reads what stands in KV, and writes nothing. */
export async function planPublication(
  zones: readonly Publication[],
  kv: PublishKv,
  { prune, by, now = Date.now() }: PublishOptions,
): Promise<Result<Planned>> {
  const catalog = await readCatalog(kv)
  if (!catalog.ok) return catalog
  const standing = await readStanding(zones, kv)
  if (!standing.ok) return err(`the zones in KV could not be read, so nothing was written: ${standing.error}`)
  const planned = await planPublish(zones, catalog.value, {
    prunes: (entry) => prune && (by === undefined || entry.by === by),
    standing: standing.value,
    now,
    ...(by && { by }),
  })
  if (!planned.ok) return planned
  const { puts, deletes, ...told } = planned.value
  const older = zones.flatMap(({ origin, serial }): OlderSerial[] => {
    const published = catalog.value.zones.get(origin)?.serial
    return published !== undefined && isOlder(serial, published) ? [{ origin, serial, published }] : []
  })
  const published = { ...told, older, writes: puts.length, deletes: deletes.length }
  return ok({ published, plan: planned.value })
}

/** RFC 1982: serials go round. */
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
      return err(`${written.error}; ${done} of ${bodies.length} documents were written and the catalog is as it was`)
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
      return err(`${deleted.error}; all zones are as they are to be, but old keys are still there: publish again`)
    }
  }
  return ok(published)
}

/** An absent catalog is an empty one; one that was not read, or is damaged, is never taken for that. */
async function readCatalog(kv: PublishKv): Promise<Result<Catalog>> {
  const text = await kv.get(CATALOG_KEY)
  if (!text.ok) return err(`the catalog in KV could not be read, so nothing was written: ${text.error}`)
  if (text.value === undefined) return ok(EMPTY_CATALOG)
  const catalog = parseCatalog(text.value)
  if (catalog.ok) return catalog
  const way =
    'the cron makes it anew within five minutes, or ' +
    `put a good one back, or delete the key "${CATALOG_KEY}" of KV to start from an empty one`
  return err(`the catalog in KV is damaged, so nothing was written: ${catalog.error}; ${way}`)
}

/** Texts are compared, not only what the catalog and metadata say of them: a person can have put something else. */
async function readStanding(zones: readonly Publication[], kv: PublishKv): Promise<Result<Standing>> {
  const keys = await kv.list(ZONE_KEY_PREFIX)
  if (!keys.ok) return keys
  const documents = await kv.list(DOCUMENT_KEY_PREFIX)
  if (!documents.ok) return documents
  const texts = await kv.getAll(zones.map(({ origin }) => zoneKey(origin)))
  if (!texts.ok) return texts
  const originOf = (key: string): string => key.slice(ZONE_KEY_PREFIX.length)
  return ok({
    texts: new Map(Array.from(texts.value, ([key, text]) => [originOf(key), text])),
    keys: new Map(keys.value.map(({ name, metadata }) => [originOf(name), parseEntry(metadata)?.hash])),
    documents: new Set(documents.value.map(({ name }) => name)),
  })
}

/** Small enough to show progress and for one upload, large enough that few uploads do. */
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
