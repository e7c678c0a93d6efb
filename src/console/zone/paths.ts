/**
 * Writes a zone into a path. A browser takes a segment that is a dot out of a URL: the root is `=2E`, as in the API.
 */
export const segmentOf = (zone: string): string => (zone === '.' ? '=2E' : encodeURIComponent(zone))

/** Returns the path of a page of a zone: `zonePath('example.com', 'edit')`. */
export const zonePath = (zone: string, ...rest: readonly string[]): string =>
  ['/console/zones', segmentOf(zone), ...rest].join('/')

/** Returns the path of the API's calls about a zone. */
export const apiPath = (zone: string, ...rest: readonly string[]): string =>
  ['/api/v1/zones', segmentOf(zone), ...rest].join('/')

/** Returns the zone that a segment names, decoded: the root is written as in the API. */
export const zoneIn = (segment: string): string => (segment === '=2E' ? '.' : segment)

/** Returns the origin as keys name it: with the final dot. */
export const absolute = (zone: string): string => (zone.endsWith('.') ? zone : `${zone}.`).toLowerCase()

/** Returns an origin as people write it: without the final dot. */
export const shortOrigin = (origin: string): string => (origin === '.' ? origin : origin.replace(/\.$/, ''))
