import { formatLocation, type GeoPartition, isUnknownLocation, type Location, locate } from '../geo/query-path.ts'
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

/**
 * Says where the client is, what was decided, and for whom.
 * @param isLocated the line above says where the client is
 */
export function locationText(client: LocatedClient, decision: readonly string[], isLocated: boolean, by = ''): string {
  const words = [...(isLocated ? [] : [placeText(client)]), ...decision].join(': ')
  return `${words}${client.from === 'database' ? ` (scope ${client.scope}${by})` : ''}`
}

function placeText({ place, from }: LocatedClient): string {
  if (isUnknownLocation(place))
    return `nobody knows where the ${from === 'connection' ? 'connection comes from' : 'network is'}`
  return from === 'connection'
    ? `the connection comes from ${formatLocation(place)}`
    : `the network is in ${formatLocation(place)}`
}
