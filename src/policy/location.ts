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

/** An attribute of a location that scripts read. */
export type PlaceAttribute = 'asn' | 'continent' | 'coordinates' | 'country' | 'region'

/** Locations with the same attribute are alike. */
const BY_ATTRIBUTE: Readonly<Record<PlaceAttribute, GeoPartition>> = {
  asn: { id: 'asn', reads: new Set(['asn']), outcome: ({ asn }) => asn ?? 0 },
  continent: { id: 'continent', reads: new Set(['continent']), outcome: ({ continent }) => continent ?? '' },
  coordinates: {
    id: 'coordinates',
    reads: new Set(['latitude', 'longitude']),
    outcome: ({ latitude, longitude }) => (latitude === undefined ? '' : `${latitude} ${longitude}`),
  },
  country: { id: 'country', reads: new Set(['country']), outcome: ({ country }) => country ?? '' },
  region: { id: 'region', reads: new Set(['region']), outcome: ({ region }) => region ?? '' },
}

/** Locates the client by one attribute: the scope is that of its neighbours with the same one. */
export const locateBy = (attribute: PlaceAttribute, input: Pick<ChoiceInput, 'client' | 'places' | 'work'>) =>
  locateFor(BY_ATTRIBUTE[attribute], input)

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
