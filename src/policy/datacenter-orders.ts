import {
  byDistance,
  type Coordinates,
  coordinatesOf,
  type GeoPartition,
  greatCircleKm,
  type Levels,
  type Location,
} from '../geo/query-path.ts'
import type { ScopeMap } from '../net/index.ts'
import type { TextList } from './stored.ts'

/**
 * The data of a compiled map: the datacenters for each client, in order (gdnsd's maps). An order is a text of their
 * indices, `1,0`, or `auto` where distance decides.
 */
type MapTable = {
  readonly name: string
  /** Two maps with the same id are equal. */
  readonly id: string
  readonly datacenters: readonly string[]
  readonly levels: Levels<string>
  /** Degrees, for each datacenter that has some. */
  readonly coordinates: readonly (Coordinates | undefined)[]
  /** The number of nearest datacenters that `auto` takes; 0 is all. */
  readonly limit: number
  /** The zone's spellings. */
  readonly networks: TextList
  /** Finds the network of a client. */
  readonly scopes: ScopeMap
  /** The order of each network. */
  readonly orders: readonly string[]
}

/** A compiled map. Its outcomes are orders of datacenters: [fra, nyc] is not [nyc, fra]. */
export type DatacenterMap = MapTable & {
  readonly division: GeoPartition
  /** Returns the indices of the datacenters in an order. */
  readonly indices: (outcome: string) => readonly number[]
  /** Returns the key that has a location, and `auto` if distance decides; null for the default order. */
  readonly matched: (place: Location) => string | null
}

export const AUTO = 'auto'

/** Makes the functions of a map: for one that is compiled, and for one that is loaded. */
export function datacenterMap(table: MapTable): DatacenterMap {
  const { id, levels, networks, scopes, orders: outcomes } = table
  const orders = new Orders(table)
  return {
    ...table,
    indices: (outcome) => (outcome === '' ? [] : outcome.split(',').map(Number)),
    matched: (place) => orders.matched(place),
    division: {
      id,
      reads: new Set([...levels.reads, ...(orders.byItself ? (['latitude', 'longitude'] as const) : [])]),
      outcome: (place) => orders.of(place),
      ...(networks.length > 0 && { networks: { map: scopes, outcomes } }),
    },
  }
}

/** Finds the order of the datacenters for a location: the written one, or the nearest first, or the default. */
class Orders {
  /** True if distance decides where no order is written. */
  readonly byItself: boolean
  private readonly levels: Levels<string>
  private readonly coordinates: readonly (Coordinates | undefined)[]
  private readonly limit: number
  private readonly defaultOrder: string

  constructor({ levels, coordinates, limit }: MapTable) {
    this.levels = levels
    this.coordinates = coordinates
    this.limit = limit === 0 ? coordinates.length : limit
    this.defaultOrder = coordinates.map((_, i) => i).join()
    this.byItself = coordinates.some((known) => known !== undefined)
  }

  of(place: Location): string {
    const written = this.levels.find(place)?.value
    if (written !== undefined && written !== AUTO) return written
    return (written === AUTO || this.byItself ? this.nearest(place) : undefined) ?? this.defaultOrder
  }

  matched(place: Location): string | null {
    const found = this.levels.find(place)
    const auto = (found ? found.value === AUTO : this.byItself) && coordinatesOf(place) !== undefined
    if (!found) return auto ? AUTO : null
    return auto ? `${found.key}: ${AUTO}` : found.key
  }

  /** Datacenters without coordinates are never among them. */
  private nearest(place: Location): string | undefined {
    const from = coordinatesOf(place)
    if (!from) return undefined
    const distances = this.coordinates.map((known) => known && greatCircleKm(from, known))
    return byDistance(distances).flat().slice(0, this.limit).join()
  }
}
