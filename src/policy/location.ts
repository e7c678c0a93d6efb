import { type GeoPartition, type Location, locate } from '../geo/query-path.ts'
import type { ChoiceInput } from './kinds/kind.ts'

/** The client's location, its source, and the scope in which the decision is the same. */
export type LocatedClient = {
  readonly place: Location
  readonly from: 'connection' | 'database'
  readonly scope: number
}

/** Locates the client for a decision: `division` says which locations are alike for it. */
export const locateFor = (division: GeoPartition, input: Pick<ChoiceInput, 'client' | 'places' | 'work'>) =>
  locate(input.places ?? {}, input.client, division, input.work?.cells)
