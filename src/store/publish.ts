import { MAX_ZONE_DOCUMENT_BYTES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { type Catalog, type Dropped, formatCatalog, type HeadMetadata, isSameEntry, type ZoneEntry } from './catalog.ts'
import { type Compiled, namesOf } from './compiled.ts'
import { drop, forgotten, type PartMetadata, putsOf, removalOf, succeeding } from './conclude.ts'
import { CATALOG_KEY, hashText, zoneKey } from './shapes.ts'

/** A zone to be published. `origin` as in `zoneKey`; `text` is the document as JSON; the others: see `ZoneEntry`. */
export type Publication = {
  readonly origin: string
  readonly serial: number
  readonly text: string
  readonly probes: number
  readonly asks?: boolean
  /** Writes the compiled zone. A large one takes memory, so that it is written when its turn comes. */
  readonly compiled: () => Promise<Compiled>
}

/** The keys and values that stand in KV, whatever the catalog says. */
export type Standing = {
  /** The texts under the keys of the zones that are to be published, by origin. */
  readonly texts: ReadonlyMap<string, string>
  /** The hash in the metadata of each zone key, by its origin: undefined for a value that was put by hand. */
  readonly keys: ReadonlyMap<string, string | undefined>
  /**
   * The keys in KV of compiled zones that the catalog names. Others are written again, even if they are there: the cron
   * may be about to delete them.
   */
  readonly compiled: ReadonlySet<string>
  /** Compiled zones in KV that the catalog does not know: somebody who wrote them broke off. */
  readonly lost?: ReadonlyMap<string, Dropped>
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

/** The writes to KV: `puts` in order, compiled zones before the catalog that names them; then `deletes`. */
type PublishPlan = {
  readonly puts: readonly {
    readonly key: string
    readonly value: string | Uint8Array<ArrayBuffer>
    readonly metadata?: ZoneEntry | HeadMetadata | PartMetadata
  }[]
  readonly deletes: readonly string[]
  /** Origins by what happens to them. `repaired`: the catalog was right, and what stood in KV was not. */
  readonly changed: readonly string[]
  readonly repaired: readonly string[]
  readonly unchanged: readonly string[]
  readonly removed: readonly string[]
  /** Zones of the catalog that are not among those given, and stay. */
  readonly kept: readonly string[]
}

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
  const puts: PublishPlan['puts'][number][] = []
  const dropped = new Map([...catalog.dropped, ...(standing?.lost ?? [])])
  const needed = new Set<string>()
  const told = { changed: [] as string[], repaired: [] as string[], unchanged: [] as string[], removed: [] as string[] }
  let isNews = (standing?.lost?.size ?? 0) > 0
  for (const { origin, serial, text, probes, asks = false, compiled: compile } of zones) {
    if (new TextEncoder().encode(text).length > MAX_ZONE_DOCUMENT_BYTES) {
      return err(
        `the zone ${origin} is larger than a KV value; expected at most ${MAX_ZONE_DOCUMENT_BYTES} octets of JSON`,
      )
    }
    const compiled = await compile()
    for (const key of compiled.values.keys()) needed.add(key)
    const counted = { ...(probes > 0 && { probes }), ...(asks && { asks }) }
    const entry: ZoneEntry = { serial, hash: await hashText(text), ...namesOf(compiled), ...counted }
    const known = catalog.zones.get(origin)
    const isSame = known !== undefined && isSameEntry(known, entry)
    const wasRefused = refused.delete(origin)
    const doubts = wasRefused || known?.missing !== undefined || known?.behind !== undefined
    const stands = standing?.texts.get(origin) === text && standing.keys.get(origin) === entry.hash
    const needsKey = standing ? !stands : !isSame || doubts
    const lacking = putsOf(origin, entry, compiled, now).filter(({ key }) =>
      standing ? !standing.compiled.has(key) : needsKey,
    )
    puts.push(...lacking)
    if (needsKey) puts.push({ key: zoneKey(origin), value: text, metadata: entry })
    told[!isSame ? 'changed' : needsKey || lacking.length > 0 || doubts ? 'repaired' : 'unchanged'].push(origin)
    if (isSame && !doubts && known.by === by) continue
    isNews = true
    const removal = removals.get(origin)
    removals.delete(origin)
    // A zone that was removed goes on from what it was then.
    const before = known ?? removal
    const next = succeeding(entry, before)
    drop(dropped, origin, before, next, now)
    entries.set(origin, { ...next, ...(by && { by }) })
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
  const swept = (standing?.swept ?? []).filter((key) => !needed.has(key))
  if (isNews || told.removed.length > 0) {
    for (const [origin, removal] of forgotten(removals, now, (origin) => standing?.keys.has(origin) ?? true)) {
      removals.delete(origin)
      drop(dropped, origin, removal, undefined, removal.at)
    }
    puts.push({ key: CATALOG_KEY, value: formatCatalog({ zones: entries, refused, removed: removals, dropped }) })
  }
  const kept = others.map(([origin]) => origin).filter((origin) => entries.has(origin))
  const deletes = [...told.removed, ...left.map(([origin]) => origin)].map(zoneKey)
  return ok({ puts, deletes: [...deletes, ...swept], ...told, kept })
}
