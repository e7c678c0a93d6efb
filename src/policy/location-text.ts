import { formatLocation, isUnknownLocation } from '../geo/query-path.ts'
import type { LocatedClient } from './location.ts'

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
