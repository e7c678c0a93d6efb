import { coordinatesOf, type GeoLookup } from '../geo/query-path.ts'
import type { ClientChoice } from './over-clients.ts'
import { recordsOf } from './policy-tree.ts'

/** A place that distances are measured to. Angles are degrees. */
export type Spot = { readonly name: string; readonly latitude: number; readonly longitude: number }

/** Tells by which facts of the client's location a choice may go: by keys like countries, or by coordinates, too. */
export function placesIn(choice: ClientChoice): 'none' | 'keys' | 'distance' {
  const { policy } = choice
  if (choice.by === 'distance') return 'distance'
  if ('orders' in policy) return policy.map.coordinates.some((one) => one !== undefined) ? 'distance' : 'keys'
  if ('division' in policy) return 'keys'
  // The code of a script may read coordinates.
  return 'usesPlaces' in policy && policy.usesPlaces ? 'distance' : 'none'
}

/** Returns the members or the datacenters that have coordinates. @param database locates the addresses of members */
export function spotsIn({ policy }: ClientChoice, database: GeoLookup): Spot[] {
  if ('orders' in policy) {
    const { coordinates, datacenters } = policy.map
    return coordinates.flatMap((at, i) => (at ? [{ name: datacenters[i] as string, ...at }] : []))
  }
  if (!('nearest' in policy) || !policy.nearest) return []
  return policy.nearest.memberLocations(database).flatMap(({ address, place }, i) => {
    const at = coordinatesOf(place)
    const member = policy.members[i]
    const name = address ?? (member && recordsOf(member)[0]?.text) ?? `member ${i + 1}`
    return at ? [{ name, ...at }] : []
  })
}
