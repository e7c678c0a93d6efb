import { API, type Catalog, isSameEntry, ownOf, type ZoneEntry } from './catalog.ts'
import { drop, forgotten, removalOf, succeeding } from './conclude.ts'

/** An entry that is to count: a ledger has written the zone. Null: the zone is removed. */
export type Switch = { readonly origin: string; readonly entry: ZoneEntry | null }

/** Returns true if the catalog names the zone of the switch, whoever put it there. */
export function isNamed({ zones }: Catalog, { origin, entry }: Switch): boolean {
  const known = zones.get(origin)
  return entry === null ? known === undefined : known !== undefined && isSameEntry(known, entry)
}

/** As `isNamed`, and the catalog says that the API published it. */
export const counts = (catalog: Catalog, one: Switch): boolean =>
  isNamed(catalog, one) && (one.entry === null || catalog.zones.get(one.origin)?.by === API)

/** Returns the catalog after the switches. @param now milliseconds since the epoch */
export function switched(catalog: Catalog, switches: readonly Switch[], now: number): Catalog {
  if (switches.length === 0) return catalog
  const [zones, refused] = [new Map(catalog.zones), new Map(catalog.refused)]
  const [removed, dropped] = [new Map(catalog.removed), new Map(catalog.dropped)]
  for (const { origin, entry } of switches) {
    const known = zones.get(origin)
    refused.delete(origin)
    if (entry === null) {
      zones.delete(origin)
      if (known) removed.set(origin, removalOf(known, now))
      continue
    }
    // A zone that was removed goes on from what it was then.
    const before = known ?? removed.get(origin)
    const { dnssec } = entry
    const next = {
      ...succeeding({ ...ownOf(entry), ...(dnssec !== undefined && { dnssec }) }, before),
      by: API,
      since: now,
    }
    zones.set(origin, next)
    removed.delete(origin)
    drop(dropped, origin, before, next, now)
  }
  for (const [origin, removal] of forgotten(removed, now, () => true)) {
    removed.delete(origin)
    drop(dropped, origin, removal, undefined, removal.at)
  }
  return { zones, refused, removed, dropped }
}
