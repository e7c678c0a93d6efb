import type { Share } from '../map/index.ts'

/** The data of the map's island. */
export type MapData = {
  /** The parameters of the partition, as a query. */
  readonly query: string
  /** The branches that have letters on the page, in the order of these. */
  readonly shares: readonly Share[]
  /** The client's address, if it is one of IPv4. */
  readonly client: string | null
}
