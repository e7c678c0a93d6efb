import { MAX_ZONE_DOCUMENT_BYTES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { CATALOG_KEY, type Catalog, formatCatalog, hashText, isSameEntry, type ZoneEntry, zoneKey } from './shapes.ts'

/** A zone to be published. `origin` as in `zoneKey`; `text` is the document as JSON; the others: see `ZoneEntry`. */
export type Publication = {
  readonly origin: string
  readonly serial: number
  readonly text: string
  readonly probes: number
  readonly asks?: boolean
}

/** What to write to KV, zones before the catalog, so that no zone is listed that is not there yet. */
type PublishPlan = {
  readonly puts: readonly { readonly key: string; readonly value: string; readonly metadata?: ZoneEntry }[]
  readonly deletes: readonly string[]
  /** Origins by what happens to them. */
  readonly changed: readonly string[]
  readonly unchanged: readonly string[]
  readonly removed: readonly string[]
}

/**
 * Only what differs from the catalog is written: KV writes are few and billed.
 * @param prune whether zones of the catalog that are not among `zones` go
 */
export async function planPublish(
  zones: readonly Publication[],
  catalog: Catalog,
  prune: boolean,
): Promise<Result<PublishPlan>> {
  const entries = new Map<string, ZoneEntry>(prune ? [] : catalog.zones)
  const puts: PublishPlan['puts'][number][] = []
  const changed: string[] = []
  const unchanged: string[] = []
  for (const { origin, serial, text, probes, asks = false } of zones) {
    if (new TextEncoder().encode(text).length > MAX_ZONE_DOCUMENT_BYTES) {
      return err(
        `the zone ${origin} is larger than a KV value; expected at most ${MAX_ZONE_DOCUMENT_BYTES} octets of JSON`,
      )
    }
    const entry = { serial, hash: await hashText(text), ...(probes > 0 && { probes }), ...(asks && { asks }) }
    entries.set(origin, entry)
    const known = catalog.zones.get(origin)
    // One that the catalog misses is written again: it is about to be dropped.
    if (known && !known.missing && isSameEntry(known, entry)) unchanged.push(origin)
    else {
      changed.push(origin)
      puts.push({ key: zoneKey(origin), value: text, metadata: entry })
    }
  }
  const removed = [...catalog.zones.keys()].filter((origin) => !entries.has(origin))
  if (changed.length + removed.length > 0) puts.push({ key: CATALOG_KEY, value: formatCatalog({ zones: entries }) })
  return ok({ puts, deletes: removed.map(zoneKey), changed, unchanged, removed })
}
