import type { Location } from './location.ts'

/** Coordinates in degrees. North and east are positive. */
export type Coordinates = { readonly latitude: number; readonly longitude: number }

export const coordinatesOf = ({ latitude, longitude }: Location): Coordinates | undefined =>
  latitude === undefined || longitude === undefined ? undefined : { latitude, longitude }

const EARTH_RADIUS_KM = 6371
const radians = (degrees: number): number => (degrees * Math.PI) / 180

/** Returns the great-circle distance in kilometres, by the haversine formula on a sphere. */
export function greatCircleKm(a: Coordinates, b: Coordinates): number {
  const height = Math.sin(radians(b.latitude - a.latitude) / 2) ** 2
  const width = Math.sin(radians(b.longitude - a.longitude) / 2) ** 2
  const haversine = height + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * width
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(haversine)))
}

/** Returns the distance of PowerDNS's pickclosest: squared degrees on a flat map, with longitudes that wrap around. */
export function squaredDegrees(a: Coordinates, b: Coordinates): number {
  const height = a.latitude - b.latitude
  const apart = Math.abs(a.longitude - b.longitude)
  const width = apart > 180 ? 360 - apart : apart
  return height * height + width * width
}

/**
 * Sorts indices by distance, into groups of equal distance. A group keeps the order of the indices.
 * @param distances one for each index; an index without a distance is left out
 */
export function byDistance(distances: readonly (number | undefined)[]): number[][] {
  const sorted = distances.flatMap((distance, index) => (distance === undefined ? [] : [{ distance, index }]))
  sorted.sort((a, b) => a.distance - b.distance || a.index - b.index)
  const groups: number[][] = []
  sorted.forEach(({ distance, index }, i) => {
    if (i > 0 && sorted[i - 1]?.distance === distance) groups.at(-1)?.push(index)
    else groups.push([index])
  })
  return groups
}
