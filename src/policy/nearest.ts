import {
  byDistance,
  type Coordinates,
  coordinatesOf,
  type Database,
  greatCircleKm,
  NO_DATABASE,
  type Place,
  squaredDegrees,
} from '../geo/index.ts'
import { type Address, formatAddress } from '../net/index.ts'
import { whereIs } from './place.ts'
import type { Select } from './selects.ts'
import type { PlaceStep, Spot } from './trace.ts'
import type { Input, Nearest } from './types.ts'

/**
 * Members by distance along the great circle, at coordinates of their own. A client of which nothing is known gets them
 * in the order of the zone.
 * @param depth how many members an answer can reach down to: the order behind them makes no difference to anybody
 */
export function nearestOf(spots: readonly Coordinates[], depth: number): Nearest {
  const distances = (place: Place): readonly (number | undefined)[] => {
    const from = coordinatesOf(place)
    return spots.map((spot) => from && greatCircleKm(from, spot))
  }
  const groups = (place: Place): number[][] => {
    const order = coordinatesOf(place) ? byDistance(distances(place)).flat() : spots.map((_, i) => i)
    return order.map((index) => [index])
  }
  const id = `nearest ${JSON.stringify([spots, depth])}`
  const outcome = (place: Place): string => groups(place).slice(0, depth).join()
  return { division: { id, reads: COORDINATES, outcome }, groups, distances, spots: () => spots.map(spotAt) }
}

const spotAt = (place: Coordinates): Spot => ({ place })

/**
 * PowerDNS's pickclosest: where members are the database says too, by their addresses. Who is nowhere is at 0 0, on
 * either side, so that without a database all are equally near.
 */
export function pickClosestOf(members: readonly Address[], depth: number): Nearest {
  const distances = (place: Place, database: Database): number[] => {
    const from = coordinatesOf(place) ?? ORIGIN
    return members.map((member) => squaredDegrees(from, coordinatesOf(database.lookup(member).place) ?? ORIGIN))
  }
  const groups = (place: Place, database: Database): number[][] => byDistance(distances(place, database))
  const outcome = (place: Place, database: Database): string =>
    groups(place, database)
      .slice(0, depth)
      .map((group) => group.join('+'))
      .join()
  const texts = members.map(formatAddress)
  const id = `pickclosest ${depth} ${texts.join()}`
  const spots = (database: Database): Spot[] =>
    members.map((member, i) => ({ address: texts[i] as string, place: database.lookup(member).place }))
  return { division: { id, reads: COORDINATES, outcome }, groups, distances, spots }
}

const COORDINATES: ReadonlySet<keyof Place> = new Set(['latitude', 'longitude'])
const ORIGIN: Coordinates = { latitude: 0, longitude: 0 }

type Asked = Pick<Input, 'client' | 'places'> & Partial<Pick<Input, 'work'>>

/** Of each member, which group from the nearest on it is in. */
export function ranksOf(nearest: Nearest, asked: Asked): readonly number[] {
  const { place } = whereIs(nearest.division, asked)
  const ranks: number[] = []
  nearest.groups(place, databaseOf(asked)).forEach((group, rank) => {
    for (const index of group) ranks[index] = rank
  })
  return ranks
}

export function nearestStep(nearest: Nearest, select: Select, asked: Asked): PlaceStep {
  const { place, from, scope } = whereIs(nearest.division, asked)
  const order = nearest.groups(place, databaseOf(asked))
  const distances = nearest.distances(place, databaseOf(asked)).map((distance) => rounded(distance))
  const spots = nearest.spots(databaseOf(asked))
  return { step: select === 'pickclosest' ? select : 'nearest', place, from, order, distances, spots, scope }
}

const databaseOf = ({ places }: Asked): Database => places?.database ?? NO_DATABASE

export const rounded = (distance: number | undefined): number | null =>
  distance === undefined ? null : Math.round(distance * 10_000) / 10_000
