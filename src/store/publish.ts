import { ok, type Result } from '../result.ts'
import { API, type Catalog, type Dropped, formatCatalog, isSameEntry, type ZoneEntry } from './catalog.ts'
import { type Compiled, namesOf } from './compiled.ts'
import { drop, forgotten, type PartMetadata, removalOf, succeeding } from './conclude.ts'
import { CATALOG_KEY, hashText, zoneKey } from './shapes.ts'
import type { Source } from './source.ts'
import { lackingPuts, type PublishPut, writesOf, type ZoneWrites } from './zone-writes.ts'

/** A zone to be published. `origin` as in `zoneKey`; the others: see `ZoneEntry`. */
export type Publication = {
  readonly origin: string
  readonly serial: number
  readonly probes: number
  readonly asks?: boolean
  /** Writes the document. It is called when the turn of the zone comes, as is `compiled`: both take memory. */
  readonly source: () => Promise<Source>
  /** Writes the compiled zone. */
  readonly compiled: () => Promise<Compiled>
}

/** The keys and values that stand in KV, whatever the catalog says. */
export type Standing = {
  /** The hashes of the texts under the keys of the zones that are to be published, by origin. */
  readonly texts: ReadonlyMap<string, string>
  /** The hash in the metadata of each zone key, by its origin: undefined for a value that was put by hand. */
  readonly keys: ReadonlyMap<string, string | undefined>
  /**
   * The keys in KV of compiled zones that the catalog names. Others are written again, even if they are there: the cron
   * may be about to delete them.
   */
  readonly compiled: ReadonlySet<string>
  /** The keys in KV of pieces of documents, and whose they are. */
  readonly pieces: ReadonlyMap<string, PartMetadata>
  /** Compiled zones in KV that the catalog does not know: somebody who wrote them broke off. */
  readonly lost?: ReadonlyMap<string, Dropped>
  /** The hashes of the key sets of zones, by origin: a zone that comes back has its keys again. */
  readonly keySets?: ReadonlyMap<string, string>
  /** The keys that nothing has named for long, and that are to go. */
  readonly swept?: readonly string[]
}

type PlanOptions = {
  /** Returns true if this zone of the catalog, which is not among those given, is removed. By default none is. */
  readonly prunes?: (entry: ZoneEntry) => boolean
  /** Without it, what the catalog says is believed. */
  readonly standing?: Standing
  readonly by?: ZoneEntry['by']
  /** Milliseconds since the epoch. */
  readonly now?: number
}

/** The writes to KV: `puts` in order, what is named before what names it, the catalog last; then `deletes`. */
export type PublishPlan = {
  readonly puts: readonly PublishPut[]
  readonly deletes: readonly string[]
  /** Origins by what happens to them. `repaired`: the catalog was right, and what stood in KV was not. */
  readonly changed: readonly string[]
  readonly repaired: readonly string[]
  readonly unchanged: readonly string[]
  readonly removed: readonly string[]
  /** Zones of the catalog that are not among those given, and stay. */
  readonly kept: readonly string[]
  /** The writes for zones that changed, or are repaired, by origin. */
  readonly zoneWrites: ReadonlyMap<string, ZoneWrites>
}

/** A value without a name in the catalog is deleted so long after it was written: its publisher may not have ended. */
export const ORPHAN_MS = 3_600_000

/**
 * Plans what to write, only what differs from what is there: KV writes are few and billed. Wherever the writing breaks
 * off, the zones are as they were or as they are to be, and nothing that was removed comes back: see docs/storage.md.
 */
export async function planPublish(
  zones: readonly Publication[],
  catalog: Catalog,
  { prunes = () => false, standing, by, now = 0 }: PlanOptions = {},
): Promise<Result<PublishPlan>> {
  const entries = new Map(catalog.zones)
  const refused = new Map(catalog.refused)
  const removals = new Map(catalog.removed)
  const puts: PublishPut[] = []
  const dropped = new Map([...catalog.dropped, ...(standing?.lost ?? [])])
  const needed = new Set<string>()
  const told = { changed: [] as string[], repaired: [] as string[], unchanged: [] as string[], removed: [] as string[] }
  const zoneWrites = new Map<string, ZoneWrites>()
  let isNews = (standing?.lost?.size ?? 0) > 0
  for (const publication of zones) {
    const { origin } = publication
    const values = await valuesOf(publication)
    const { entry, source, compiled } = values
    for (const key of [...compiled.values.keys(), ...source.pieces.keys()]) needed.add(key)
    const known = catalog.zones.get(origin)
    const isSame = known !== undefined && isSameEntry(known, entry)
    const wasRefused = refused.delete(origin)
    const doubts = wasRefused || known?.missing !== undefined || known?.behind !== undefined
    const stands = standing?.texts.get(origin) === entry.hash && standing.keys.get(origin) === entry.hash
    const needsKey = standing ? !stands : !isSame || doubts
    const lacks = (there: Pick<ReadonlySet<string>, 'has'> | undefined) => (key: string) =>
      there ? !there.has(key) : needsKey
    const lacking = { piece: lacks(standing?.pieces), compiled: lacks(standing?.compiled), zone: needsKey }
    const own = lackingPuts(values, lacking, now)
    if (!own.ok) return own
    for (const put of own.value) puts.push(put)
    const isWritten = own.value.length > 0
    if (isWritten) zoneWrites.set(origin, writesOf(own.value, values))
    told[!isSame ? 'changed' : isWritten || doubts ? 'repaired' : 'unchanged'].push(origin)
    // An earlier version does not say how large the zone is. What the API wrote stays its own.
    const isTold = known?.size !== undefined && (known.by === by || known.by === API)
    if (isSame && !doubts && isTold) continue
    isNews = true
    const removal = removals.get(origin)
    removals.delete(origin)
    // A zone that was removed goes on from what it was then.
    const before = known ?? removal
    const dnssec = standing?.keySets?.get(origin)
    const next = succeeding({ ...entry, ...(dnssec !== undefined && { dnssec }) }, before)
    drop(dropped, origin, before, next, now)
    const since = known?.hash === entry.hash ? known.since : now
    entries.set(origin, { ...next, ...(by && { by }), ...(since !== undefined && { since }) })
  }
  const given = new Set(zones.map(({ origin }) => origin))
  const others = [...catalog.zones].filter(([origin]) => !given.has(origin))
  for (const [origin, entry] of others.filter(([, entry]) => prunes(entry))) {
    entries.delete(origin)
    refused.delete(origin)
    removals.set(origin, removalOf(entry, now))
    told.removed.push(origin)
  }
  // Keys of zones that an earlier publishing removed, and broke off before it deleted them.
  const left = [...catalog.removed].filter(
    ([origin, { hash }]) => !entries.has(origin) && standing?.keys.get(origin) === hash,
  )
  for (const [origin] of left) if (refused.delete(origin)) isNews = true
  const kept = others.map(([origin]) => origin).filter((origin) => entries.has(origin))
  const pieces = orphanedPieces(standing?.pieces ?? new Map(), needed, { catalog, kept, now })
  const swept = (standing?.swept ?? []).filter((key) => !needed.has(key))
  if (isNews || told.removed.length > 0) {
    for (const [origin, removal] of forgotten(removals, now, (origin) => standing?.keys.has(origin) ?? true)) {
      removals.delete(origin)
      drop(dropped, origin, removal, undefined, removal.at)
    }
    puts.push({ key: CATALOG_KEY, value: formatCatalog({ zones: entries, refused, removed: removals, dropped }) })
  }
  const deletes = [...told.removed, ...left.map(([origin]) => origin)].map(zoneKey)
  return ok({ puts, deletes: [...deletes, ...pieces, ...swept], ...told, kept, zoneWrites })
}

async function valuesOf({ origin, serial, probes, asks = false, source: sourceOf, compiled: compile }: Publication) {
  const source = await sourceOf()
  const compiled = await compile()
  const pieces = source.pieces.size
  const counted = { ...(pieces > 0 && { pieces }), ...(probes > 0 && { probes }), ...(asks && { asks }) }
  const entry: ZoneEntry = { serial, hash: await hashText(source.text), ...namesOf(compiled), ...counted }
  return { origin, source, compiled, entry }
}

type ForPieces = { readonly catalog: Catalog; readonly kept: readonly string[]; readonly now: number }

/**
 * Returns the pieces of documents that go: those that only a replaced text named, or that of a removed zone. Pieces of
 * a zone that the catalog does not know may belong to a publisher who is not done.
 */
function orphanedPieces(
  pieces: Standing['pieces'],
  needed: ReadonlySet<string>,
  { catalog, kept, now }: ForPieces,
): string[] {
  const staying = new Set(kept)
  const goes = (origin: string, at: number): boolean =>
    !staying.has(origin) && (catalog.zones.has(origin) || now - at >= ORPHAN_MS)
  return [...pieces].filter(([key, { origin, at }]) => !needed.has(key) && goes(origin, at)).map(([key]) => key)
}
