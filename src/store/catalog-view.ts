import { err, ok, type Result } from '../result.ts'
import { isEntry, NOT_A_CATALOG, type Refusal, refusalsIn, type ZoneEntry } from './catalog-entry.ts'
import { isObject } from './fields.ts'
import { parseJson } from './shapes.ts'

/**
 * The catalog as an isolate reads it. It may have 10,000 entries, of which most isolates need a few: each is looked at
 * when somebody asks for its zone, and nothing is made of the others. Origins are as in `zoneKey`.
 */
export type CatalogView = {
  /** @returns undefined if the catalog has no such zone */
  entry(origin: string): ZoneEntry | typeof DAMAGED | undefined
  origins(): Iterable<string>
  refused(): ReadonlyMap<string, Refusal>
}

/** An entry whose fields have other forms than those of a zone. */
export const DAMAGED = 'damaged'

/** Reads a catalog. A damaged entry is no error: it concerns one zone. */
export function viewCatalog(text: string): Result<CatalogView> {
  const value = parseJson(text)
  if (!isObject(value) || !isObject(value.zones)) return err(NOT_A_CATALOG)
  const { zones, refused } = value
  return ok({
    entry(origin) {
      // Any origin may be a key, "constructor" and "__proto__" included.
      if (!Object.hasOwn(zones, origin)) return undefined
      const entry = zones[origin]
      return isEntry(entry) ? entry : DAMAGED
    },
    origins: () => Object.keys(zones),
    refused: () => refusalsIn(refused),
  })
}

/** Makes a view of zones that were read otherwise. */
export const viewOf = (
  zones: ReadonlyMap<string, ZoneEntry>,
  refused: ReadonlyMap<string, Refusal> = new Map(),
): CatalogView => ({
  entry: (origin) => zones.get(origin),
  origins: () => zones.keys(),
  refused: () => refused,
})
