import { type Address, lookupScope, type ScopeMap, unmapped, withOutcomes } from '../net/index.ts'
import { UNKNOWN_LOCATION } from './location.ts'
import type { GeoLookup, Located } from './lookup.ts'
import type { GeoOutcome, GeoPartition } from './partition.ts'

/** Replaces the database where the operator has put none: every location is unknown. Only networks decide. */
export const NO_DATABASE: GeoLookup = { lookup: () => ({ place: UNKNOWN_LOCATION }), locate }

function locate(client: Address, partition: GeoPartition): Located {
  const outcome = partition.outcome(UNKNOWN_LOCATION, NO_DATABASE)
  const { networks } = partition
  if (!networks) return { place: UNKNOWN_LOCATION, network: -1, outcome, scope: unmapped(client) ? 96 : 0 }
  const { index, scope } = lookupScope(borders(partition, networks, outcome), client)
  const decided = index < 0 ? outcome : (networks.outcomes[index] as GeoOutcome)
  return { place: UNKNOWN_LOCATION, network: index, outcome: decided, scope }
}

/** The networks of partitions, with their borders to unknown locations. */
const cache = new WeakMap<GeoPartition, ScopeMap>()

/** Returns the networks, where a border to an unknown location of the same outcome limits no scope. */
function borders(partition: GeoPartition, networks: NonNullable<GeoPartition['networks']>, none: GeoOutcome): ScopeMap {
  const cached = cache.get(partition)
  if (cached) return cached
  const map = withOutcomes(networks.map, networks.outcomes, none)
  cache.set(partition, map)
  return map
}
