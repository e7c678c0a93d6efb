import { continentOf, type Level, type Location } from '../../geo/index.ts'
import { contains, type Policy } from '../../policy/index.ts'
import type { Zone } from '../../zone/index.ts'

/** A place that a plan asks from. */
export type Place = { readonly name: string; readonly location: Location }

/** The place of clients that no key of a policy names. */
export const ELSEWHERE: Place = { name: 'elsewhere', location: {} }

/** The places that policies name, by the level and the key that they have there. */
export class NamedPlaces {
  /** True if other facts decide, too: distances, or the code of a script. */
  hasOthers = false
  private readonly found = new Map<string, Place>()

  addZone(zone: Zone): void {
    if (!zone.usesPlaces) return
    for (const { rrsets } of zone.names.all()) for (const { policy } of rrsets) this.add(policy)
  }

  add(policy: Policy): void {
    contains(policy, (one) => {
      if (one.kind === 'geo') this.addKeys(one.levels.entries())
      if ('orders' in one) {
        this.addKeys(one.map.levels.entries())
        this.hasOthers ||= one.map.coordinates.some((known) => known !== undefined)
      }
      if (one.kind === 'script' && one.usesPlaces) this.hasOthers = true
      if (one.kind === 'pool' && one.nearest) this.hasOthers = true
      return false
    })
  }

  /** @param most the number of places at most */
  list(most: number): { readonly places: readonly Place[]; readonly isWhole: boolean } {
    const named = [...this.found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, place]) => place)
    return { places: [...named.slice(0, most), ELSEWHERE], isWhole: named.length <= most && !this.hasOthers }
  }

  private addKeys(entries: readonly (readonly [string, unknown])[]): void {
    for (const [id] of entries) {
      if (this.found.has(id)) continue
      const space = id.indexOf(' ')
      this.found.set(id, placeOf(id.slice(0, space) as Level, id.slice(space + 1)))
    }
  }
}

/** @param key as `Levels` has it: `DE-BY`, `AS64496`, `de/munich` */
function placeOf(level: Level, key: string): Place {
  switch (level) {
    case 'asns':
      return { name: key, location: { asn: Number(key.slice(2)) } }
    case 'cities': {
      const [area = '', city = ''] = key.split('/')
      return { name: `${area.toUpperCase()}/${city}`, location: { ...areaOf(area.toUpperCase()), city } }
    }
    case 'regions':
    case 'countries':
      return { name: key, location: areaOf(key) }
    case 'continents':
      return { name: `continent ${key}`, location: { continent: key as NonNullable<Location['continent']> } }
  }
}

function areaOf(code: string): Location {
  const [country = '', region] = code.split('-')
  const continent = continentOf(country)
  return { country, ...(continent && { continent }), ...(region !== undefined && { region }) }
}
