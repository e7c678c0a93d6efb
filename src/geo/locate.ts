import { type Address, lookupScope } from '../net/index.ts'
import { isUnknownLocation, type Location } from './location.ts'
import type { GeoLookup, Located, StepBudget } from './lookup.ts'
import { NO_DATABASE } from './no-database.ts'
import type { GeoOutcome, GeoPartition } from './partition.ts'

/** The sources of a client's location. */
export type GeoSources = {
  /** The location of the connection; undefined if a Client Subnet option names the client. */
  readonly connection?: Location | undefined
  /** The database, if the operator has put one. */
  readonly database?: GeoLookup | undefined
}

/**
 * Returns the client's location and its outcome. The location of a connection is valid for that connection only: its
 * scope is 0. If nothing is known of a connection, the database locates it.
 */
export function locate(
  { connection, database = NO_DATABASE }: GeoSources,
  client: Address,
  partition: GeoPartition,
  budget?: StepBudget,
): Located & { readonly from: 'connection' | 'database' } {
  if (!connection) return { ...database.locate(client, partition, budget), from: 'database' }
  const { networks } = partition
  const network = networks ? lookupScope(networks.map, client).index : -1
  const place = isUnknownLocation(connection) ? database.lookup(client).place : connection
  const outcome = network < 0 ? partition.outcome(place, database) : (networks?.outcomes[network] as GeoOutcome)
  return { place, network, outcome, scope: 0, from: 'connection' }
}
