import { err, ok, type Result } from '../../result.ts'
import {
  API,
  CATALOG_KEY,
  type Catalog,
  type DEV,
  DNSSEC_KEY_PREFIX,
  EMPTY_CATALOG,
  HEAD_KEY_PREFIX,
  hashText,
  keySetPointers,
  lostKeySets,
  type Publication,
  type PublishPlan,
  parseCatalog,
  parseEntry,
  parsePartMetadata,
  planPublish,
  SOURCE_KEY_PREFIX,
  type Standing,
  ZONE_KEY_PREFIX,
  type ZoneWrites,
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
  /** The writes for zones that changed, or are repaired, by origin. */
  readonly zoneWrites: ReadonlyMap<string, ZoneWrites>
  /** Zones whose serial is below the published one: secondaries and people expect it to grow. */
  readonly older: readonly OlderSerial[]
  /** Zones that the API wrote, and that these replace or remove. */
  readonly overApi: readonly ApiZone[]
  /** Zones that the API wrote, and that are not published over it. */
  readonly held: readonly ApiZone[]
}

/**
 * A zone that the control API wrote. `since` when its version counts, in milliseconds since the epoch, if that is
 * known.
 */
export type ApiZone = { readonly origin: string; readonly since: number | undefined }

type OlderSerial = { readonly origin: string; readonly serial: number; readonly published: number }

/** The expected result of publishing, and the plan for it. */
type Planned = { readonly published: Published; readonly plan: PublishPlan }

export type PublishOptions = {
  /** True if zones of the catalog that are not published now are removed. */
  readonly prune: boolean
  /** Set for `npm start`, which marks the zones that it publishes and prunes only those. */
  readonly by?: typeof DEV
  /** Returns true for a zone that is not published over what the API wrote. */
  readonly holds?: (origin: string) => boolean
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
  given: readonly Publication[],
  kv: PublishKv,
  { prune, by, holds = () => false, now = Date.now() }: PublishOptions,
): Promise<Result<Planned>> {
  const catalog = await readCatalog(kv)
  if (!catalog.ok) return catalog
  const held = await heldOf(given, catalog.value, holds)
  const zones = given.filter(({ origin }) => !held.has(origin))
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
  const written = [...catalog.value.zones].filter(([, entry]) => entry.by === API)
  const byApi = (origins: readonly string[]): ApiZone[] =>
    written.flatMap(([origin, { since }]) => (origins.includes(origin) ? [{ origin, since }] : []))
  const published = {
    ...{ ...outcome, older, writes: puts.length, deletes: deletes.length },
    kept: outcome.kept.filter((origin) => !held.has(origin)),
    overApi: byApi([...outcome.changed, ...outcome.removed]),
    held: byApi([...held]),
  }
  return ok({ published, plan: planned.value })
}

/** Returns the zones with another document than the API wrote, where that one stays. */
async function heldOf(
  zones: readonly Publication[],
  catalog: Catalog,
  holds: (origin: string) => boolean,
): Promise<ReadonlySet<string>> {
  const held = new Set<string>()
  for (const { origin, source } of zones) {
    const known = catalog.zones.get(origin)
    if (known?.by !== API || !holds(origin)) continue
    if ((await hashText((await source()).text)) !== known.hash) held.add(origin)
  }
  return held
}

/** Compares serials by RFC 1982: they wrap around. */
export const isOlder = (serial: number, than: number): boolean => serial !== than && (than - serial) >>> 0 < 2 ** 31

export async function carryOut(
  { published, plan: { puts, deletes } }: Planned,
  kv: PublishKv,
  onProgress: (done: number, of: number) => void = () => {},
): Promise<Result<Published>> {
  const listing = puts.filter(({ key }) => key === CATALOG_KEY)
  const bodies = puts.filter(({ key }) => key !== CATALOG_KEY)
  // The rows of one call are written in any order, and a head says that its parts are there.
  const isNaming = ({ key }: Row): boolean => key.startsWith(HEAD_KEY_PREFIX) || key.startsWith(ZONE_KEY_PREFIX)
  const parts = [...inParts(bodies.filter((row) => !isNaming(row))), ...inParts(bodies.filter(isNaming))]
  let done = 0
  for (const part of parts) {
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
  for (let i = 0; i < deletes.length; i += PART_ROWS) {
    const deleted = await kv.delete(deletes.slice(i, i + PART_ROWS))
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
  const pieces = await kv.list(SOURCE_KEY_PREFIX)
  if (!pieces.ok) return pieces
  const keySets = await kv.list(DNSSEC_KEY_PREFIX)
  if (!keySets.ok) return keySets
  const origins = zones.map(({ origin }) => origin)
  const texts = await readHashes(kv, origins)
  if (!texts.ok) return texts
  const written = new Map(
    keys.value.map(({ name, metadata }) => [name.slice(ZONE_KEY_PREFIX.length), parseEntry(metadata)?.hash]),
  )
  const isDoubtful = (origin: string): boolean =>
    catalog.refused.has(origin) || texts.value.get(origin) !== catalog.zones.get(origin)?.hash
  try {
    return ok({
      texts: texts.value,
      keys: written,
      compiled: await compiled.value.servedOf(catalog, origins, isDoubtful),
      pieces: new Map(pieces.value.map(({ name, metadata }) => [name, parsePartMetadata(metadata)])),
      lost: compiled.value.lost(catalog, now),
      keySets: new Map(Array.from(keySetPointers(keySets.value), ([origin, { hash }]) => [origin, hash])),
      swept: [...(await compiled.value.swept(catalog, now)), ...lostKeySets(keySets.value, catalog, now)],
    })
  } catch (error) {
    return err((error as Error).message)
  }
}

/** Texts that are in memory at once. */
const READ_TEXTS = 100

/** Returns the hashes of the texts under the keys of zones, by origin. */
async function readHashes(kv: PublishKv, origins: readonly string[]): Promise<Result<Map<string, string>>> {
  const hashes = new Map<string, string>()
  for (let i = 0; i < origins.length; i += READ_TEXTS) {
    const texts = await kv.getAll(origins.slice(i, i + READ_TEXTS).map(zoneKey))
    if (!texts.ok) return texts
    for (const [key, text] of texts.value) hashes.set(key.slice(ZONE_KEY_PREFIX.length), await hashText(text))
  }
  return ok(hashes)
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
