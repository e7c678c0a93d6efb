import type { ScopeMap } from '../net/index.ts'
import type { Location } from './location.ts'
import type { GeoLookup } from './lookup.ts'

/** Maps locations to outcomes. Locations with the same outcome get the same answer: their border limits no scope. */
export type GeoPartition = {
  /** Two partitions with the same id are equal, and share their cached scopes. */
  readonly id: string
  /** The fields of a location that the partition reads. By default it reads all. */
  readonly reads?: ReadonlySet<keyof Location>
  /** @param database locates the addresses that the policy itself contains */
  readonly outcome: (location: Location, database: GeoLookup) => GeoOutcome
  /** Networks that decide before the location does, by their index in the map. */
  readonly networks?: { readonly map: ScopeMap; readonly outcomes: readonly GeoOutcome[] }
}

export type GeoOutcome = string | number
