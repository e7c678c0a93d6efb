import {
  byDistance,
  type Coordinates,
  coordinatesOf,
  type GeoLookup,
  type GeoPartition,
  greatCircleKm,
  type Located,
  type Location,
  NO_DATABASE,
  squaredDegrees,
} from '../geo/query-path.ts'
import { type Address, formatAddress } from '../net/index.ts'
import type { ChoiceInput } from './kinds/kind.ts'
import { type LocatedClient, locateFor } from './location.ts'

/** The order of a pool's members by their distance from the client. Members that are equally near are a group. */
export type Nearest = {
  readonly select: ByDistance
  /** The facts that all of this comes from. */
  readonly by: { readonly coordinates: readonly Coordinates[] } | { readonly addresses: readonly Address[] }
  readonly depth: number
  readonly division: GeoPartition
  readonly groups: (client: Located['place'], database: GeoLookup) => readonly (readonly number[])[]
  /** The members' distances, in kilometres or in PowerDNS's squared degrees. */
  readonly distances: (client: Located['place'], database: GeoLookup) => readonly (number | undefined)[]
  readonly memberLocations: (database: GeoLookup) => readonly MemberLocation[]
}

type ByDistance = 'nearest' | 'pickclosest'

/** The location of a member: the zone's coordinates, or the database's for its address. */
type MemberLocation = { readonly address?: string; readonly place: Location }

export type NearestStep = LocatedClient & {
  readonly step: ByDistance
  /** Members from the nearest on; those in a group are equally near. */
  readonly order: readonly (readonly number[])[]
  /** The distances in the zone's order of members: kilometres, or PowerDNS's squared degrees; null if unknown. */
  readonly distances: readonly (number | null)[]
  readonly spots: readonly MemberLocation[]
}

/**
 * Orders members by great-circle distance from coordinates of their own. A client without coordinates gets them in the
 * order of the zone.
 * @param depth the number of members that an answer can reach: the order behind them makes no difference to any client
 */
export function nearestOf(members: readonly Coordinates[], depth: number): Nearest {
  const distances = (place: Location): readonly (number | undefined)[] => {
    const from = coordinatesOf(place)
    return members.map((member) => from && greatCircleKm(from, member))
  }
  const groups = (place: Location): number[][] => {
    const order = coordinatesOf(place) ? byDistance(distances(place)).flat() : members.map((_, i) => i)
    return order.map((index) => [index])
  }
  const division = {
    id: `nearest ${JSON.stringify([members, depth])}`,
    reads: COORDINATES,
    outcome: (place: Location): string => groups(place).slice(0, depth).join(),
  }
  const memberLocations = (): MemberLocation[] => members.map((place) => ({ place }))
  return { select: 'nearest', by: { coordinates: members }, depth, division, groups, distances, memberLocations }
}

/**
 * Orders members as PowerDNS's pickclosest: the database locates them by their addresses. An unknown location is 0 0,
 * for clients and members alike, so that without a database all members are equally near.
 */
export function pickClosestOf(members: readonly Address[], depth: number): Nearest {
  const known = new WeakMap<GeoLookup, readonly Coordinates[]>()
  const coordinatesBy = (database: GeoLookup): readonly Coordinates[] => {
    const located =
      known.get(database) ?? members.map((member) => coordinatesOf(database.lookup(member).place) ?? ORIGIN)
    known.set(database, located)
    return located
  }
  const distances = (place: Location, database: GeoLookup): number[] => {
    const from = coordinatesOf(place) ?? ORIGIN
    return coordinatesBy(database).map((to) => squaredDegrees(from, to))
  }
  const groups = (place: Location, database: GeoLookup): number[][] => byDistance(distances(place, database))
  const texts = members.map(formatAddress)
  const division = {
    id: `pickclosest ${depth} ${texts.join()}`,
    reads: COORDINATES,
    outcome: (place: Location, database: GeoLookup): string =>
      groups(place, database)
        .slice(0, depth)
        .map((group) => group.join('+'))
        .join(),
  }
  const memberLocations = (database: GeoLookup): MemberLocation[] =>
    members.map((member, i) => ({ address: texts[i] as string, place: database.lookup(member).place }))
  return { select: 'pickclosest', by: { addresses: members }, depth, division, groups, distances, memberLocations }
}

const COORDINATES: ReadonlySet<keyof Location> = new Set(['latitude', 'longitude'])
const ORIGIN: Coordinates = { latitude: 0, longitude: 0 }

type Input = Pick<ChoiceInput, 'client' | 'places' | 'work'>

/** Returns the group of each member, counted from the nearest one. */
export function ranksOf(nearest: Nearest, input: Input): readonly number[] {
  const { place } = locateFor(nearest.division, input)
  const ranks: number[] = []
  nearest.groups(place, databaseOf(input)).forEach((group, rank) => {
    for (const index of group) ranks[index] = rank
  })
  return ranks
}

export function stepOf(nearest: Nearest, input: Input): NearestStep {
  const { place, from, scope } = locateFor(nearest.division, input)
  const database = databaseOf(input)
  const order = nearest.groups(place, database)
  const distances = nearest.distances(place, database).map(rounded)
  const spots = nearest.memberLocations(database)
  return { step: nearest.select, place, from, order, distances, spots, scope }
}

const databaseOf = ({ places }: Input): GeoLookup => places?.database ?? NO_DATABASE

export const rounded = (distance: number | undefined): number | null =>
  distance === undefined ? null : Math.round(distance * 10_000) / 10_000
