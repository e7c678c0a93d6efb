import type { Place } from './place.ts'

/** Degrees; north and east are positive. */
export type Coordinates = { readonly latitude: number; readonly longitude: number }

export const coordinatesOf = ({ latitude, longitude }: Place): Coordinates | undefined =>
  latitude === undefined || longitude === undefined ? undefined : { latitude, longitude }

const EARTH_RADIUS_KM = 6371
const radians = (degrees: number): number => (degrees * Math.PI) / 180

/** Along the great circle, in kilometres, by the haversine formula on a sphere. */
export function greatCircleKm(a: Coordinates, b: Coordinates): number {
  const height = Math.sin(radians(b.latitude - a.latitude) / 2) ** 2
  const width = Math.sin(radians(b.longitude - a.longitude) / 2) ** 2
  const haversine = height + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * width
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(haversine)))
}

/** PowerDNS's own, of pickclosest: squared degrees as on a map in a book, the longitudes round the back where nearer. */
export function squaredDegrees(a: Coordinates, b: Coordinates): number {
  const height = a.latitude - b.latitude
  const apart = Math.abs(a.longitude - b.longitude)
  const width = apart > 180 ? 360 - apart : apart
  return height * height + width * width
}

/**
 * Indices by distance, in groups that are equally far; in a group in their own order.
 * @param distances one for each; what has none is left out
 */
export function byDistance(distances: readonly (number | undefined)[]): number[][] {
  const known = distances.flatMap((distance, index) => (distance === undefined ? [] : [{ distance, index }]))
  known.sort((a, b) => a.distance - b.distance || a.index - b.index)
  const groups: number[][] = []
  known.forEach(({ distance, index }, i) => {
    if (i > 0 && known[i - 1]?.distance === distance) groups.at(-1)?.push(index)
    else groups.push([index])
  })
  return groups
}
