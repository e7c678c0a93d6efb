import type { GeoPartition } from '../geo/query-path.ts'
import type { ChoiceInput } from './kinds/kind.ts'
import { locateFor } from './location.ts'

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
