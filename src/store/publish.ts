import { ok, type Result } from '../result.ts'
import {
  API,
  type Catalog,
  type Dropped,
  formatCatalog,
  isSameEntry,
  type Refusal,
  type Removal,
  type ZoneEntry,
} from './catalog.ts'
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
  options: PlanOptions = {},
): Promise<Result<PublishPlan>> {
  const planning = new Planning(catalog, options)
  for (const zone of zones) {
    const added = await planning.add(zone)
    if (!added.ok) return added
  }
  return ok(planning.end(new Set(zones.map(({ origin }) => origin))))
}

/** A plan in the making: the next catalog, and the writes for it. */
class Planning {
  private readonly catalog: Catalog
  private readonly standing: Standing | undefined
  private readonly prunes: (entry: ZoneEntry) => boolean
  private readonly by: ZoneEntry['by']
  private readonly now: number
  private readonly entries: Map<string, ZoneEntry>
  private readonly refused: Map<string, Refusal>
  private readonly removals: Map<string, Removal>
  private readonly dropped: Map<string, Dropped>
  private readonly puts: PublishPut[] = []
  /** The keys that the zones need. */
  private readonly needed = new Set<string>()
  private readonly told = {
    ...{ changed: [] as string[], repaired: [] as string[] },
    ...{ unchanged: [] as string[], removed: [] as string[] },
  }
  private readonly zoneWrites = new Map<string, ZoneWrites>()
  /** True if the catalog has to be written. */
  private isNews: boolean

  constructor(catalog: Catalog, { prunes = () => false, standing, by, now = 0 }: PlanOptions) {
    this.catalog = catalog
    this.standing = standing
    this.prunes = prunes
    this.by = by
    this.now = now
    this.entries = new Map(catalog.zones)
    this.refused = new Map(catalog.refused)
    this.removals = new Map(catalog.removed)
    this.dropped = new Map([...catalog.dropped, ...(standing?.lost ?? [])])
    this.isNews = (standing?.lost?.size ?? 0) > 0
  }

  /** Plans the writes of a zone, and its entry in the catalog. */
  async add(publication: Publication): Promise<Result<true>> {
    const { standing, by } = this
    const { origin } = publication
    const values = await valuesOf(publication)
    const { entry, source, compiled } = values
    for (const key of [...compiled.values.keys(), ...source.pieces.keys()]) this.needed.add(key)
    const known = this.catalog.zones.get(origin)
    const isSame = known !== undefined && isSameEntry(known, entry)
    const wasRefused = this.refused.delete(origin)
    const doubts = wasRefused || known?.missing !== undefined || known?.behind !== undefined
    const stands = standing?.texts.get(origin) === entry.hash && standing.keys.get(origin) === entry.hash
    const needsKey = standing ? !stands : !isSame || doubts
    const lacks = (there: Pick<ReadonlySet<string>, 'has'> | undefined) => (key: string) =>
      there ? !there.has(key) : needsKey
    const lacking = { piece: lacks(standing?.pieces), compiled: lacks(standing?.compiled), zone: needsKey }
    const own = lackingPuts(values, lacking, this.now)
    if (!own.ok) return own
    for (const put of own.value) this.puts.push(put)
    const isWritten = own.value.length > 0
    if (isWritten) this.zoneWrites.set(origin, writesOf(own.value, values))
    this.told[!isSame ? 'changed' : isWritten || doubts ? 'repaired' : 'unchanged'].push(origin)
    // An earlier version does not say how large the zone is. What the API wrote stays its own.
    const isTold = known?.size !== undefined && (known.by === by || known.by === API)
    if (!isSame || doubts || !isTold) this.enter(origin, entry)
    return ok(true)
  }

  /** Puts a zone into the catalog, in place of its version before. */
  private enter(origin: string, entry: ZoneEntry): void {
    const { standing, by, now } = this
    this.isNews = true
    const known = this.catalog.zones.get(origin)
    const removal = this.removals.get(origin)
    this.removals.delete(origin)
    // A zone that was removed goes on from what it was then.
    const before = known ?? removal
    const dnssec = standing?.keySets?.get(origin)
    const next = succeeding({ ...entry, ...(dnssec !== undefined && { dnssec }) }, before)
    drop(this.dropped, origin, before, next, now)
    const since = known?.hash === entry.hash ? known.since : now
    this.entries.set(origin, { ...next, ...(by && { by }), ...(since !== undefined && { since }) })
  }

  /** Removes the other zones that are to go, and returns the plan. @param given the origins of the added zones */
  end(given: ReadonlySet<string>): PublishPlan {
    const { catalog, standing, entries, refused, told, puts, needed, now, zoneWrites } = this
    const others = [...catalog.zones].filter(([origin]) => !given.has(origin))
    for (const [origin, entry] of others) if (this.prunes(entry)) this.remove(origin, entry)
    // Keys of zones that an earlier publishing removed, and broke off before it deleted them.
    const left = [...catalog.removed].filter(
      ([origin, { hash }]) => !entries.has(origin) && standing?.keys.get(origin) === hash,
    )
    for (const [origin] of left) if (refused.delete(origin)) this.isNews = true
    const kept = others.map(([origin]) => origin).filter((origin) => entries.has(origin))
    const pieces = orphanedPieces(standing?.pieces ?? new Map(), needed, { catalog, kept, now })
    const swept = (standing?.swept ?? []).filter((key) => !needed.has(key))
    if (this.isNews || told.removed.length > 0) puts.push(this.catalogPut())
    const deletes = [...told.removed, ...left.map(([origin]) => origin)].map(zoneKey)
    return { puts, deletes: [...deletes, ...pieces, ...swept], ...told, kept, zoneWrites }
  }

  private remove(origin: string, entry: ZoneEntry): void {
    this.entries.delete(origin)
    this.refused.delete(origin)
    this.removals.set(origin, removalOf(entry, this.now))
    this.told.removed.push(origin)
  }

  /** Writes the catalog, without the zones that were removed long ago. */
  private catalogPut(): PublishPut {
    const { standing, entries, refused, removals, dropped, now } = this
    for (const [origin, removal] of forgotten(removals, now, (origin) => standing?.keys.has(origin) ?? true)) {
      removals.delete(origin)
      drop(dropped, origin, removal, undefined, removal.at)
    }
    return { key: CATALOG_KEY, value: formatCatalog({ zones: entries, refused, removed: removals, dropped }) }
  }
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
