import { lookupScope, type ScopeMap, unmapped, withOutcomes } from '../net/index.ts'
import type { Location } from './location.ts'
import type { GeoLookup } from './lookup.ts'
import { NO_DATABASE } from './no-database.ts'
import type { GeoOutcome, GeoPartition } from './partition.ts'

/**
 * Returns a database that has every client at one place.
 * @param others locates other addresses, and tells where clients may be: by default it knows nothing
 */
export function everywhere(place: Location, others: GeoLookup = NO_DATABASE): GeoLookup {
  const maps = new WeakMap<GeoPartition, ScopeMap>()
  const { sample } = others
  return {
    lookup: (address) => others.lookup(address),
    ...(sample && { sample: (most) => sample.call(others, most) }),
    locate: (client, partition) => {
      const outcome = partition.outcome(place, others)
      const { networks } = partition
      if (!networks) return { place, network: -1, outcome, scope: unmapped(client) ? 96 : 0 }
      // A border to the outcome of the place limits no scope.
      const map = maps.get(partition) ?? withOutcomes(networks.map, networks.outcomes, outcome)
      maps.set(partition, map)
      const { index, scope } = lookupScope(map, client)
      return { place, network: index, outcome: index < 0 ? outcome : (networks.outcomes[index] as GeoOutcome), scope }
    },
  }
}
