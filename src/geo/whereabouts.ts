import { type Address, lookupScope } from '../net/index.ts'
import type { Database } from './database.ts'
import { type Located, NO_DATABASE } from './database.ts'
import type { Division, Outcome } from './division.ts'
import { isNowhere, type Place } from './place.ts'
import type { Effort } from './run.ts'

/** What is known of where a client is. */
export type Whereabouts = {
  /** Where the connection comes from, if it is the client; undefined where a Client Subnet stands for it. */
  readonly connection?: Place | undefined
  /** Where networks are, if the operator has put a database. */
  readonly database?: Database | undefined
}

/**
 * The place of the client, and what it comes to. What is known of a connection holds for it alone, and says nothing of
 * its neighbours: there the scope is 0. The database places a connection of which nothing else is known.
 */
export function locate(
  { connection, database = NO_DATABASE }: Whereabouts,
  client: Address,
  division: Division,
  effort?: Effort,
): Located & { readonly from: 'connection' | 'database' } {
  if (!connection) return { ...database.locate(client, division, effort), from: 'database' }
  const { networks } = division
  const network = networks ? lookupScope(networks.map, client).index : -1
  const place = isNowhere(connection) ? database.lookup(client).place : connection
  const outcome = network < 0 ? division.outcome(place, database) : (networks?.outcomes[network] as Outcome)
  return { place, network, outcome, scope: 0, from: 'connection' }
}
