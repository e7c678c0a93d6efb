import type { Part, Share } from './shares.ts'

/** The data of a map's island. */
export type MapData = {
  /** The networks; or the parameters of a partition, as a query, by which the map asks for those of each view. */
  readonly source: { readonly parts: readonly Part[] } | { readonly query: string }
  /** The branches that have letters on the page, in the order of these. */
  readonly shares: readonly Share[]
  /** The client's address, if it is one of IPv4: the map marks it. */
  readonly client: string | null
  /** Said of addresses that are in none of the networks. */
  readonly otherwise: string
}
