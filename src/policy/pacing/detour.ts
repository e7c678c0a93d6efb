import type { GeoLookup, Location } from '../../geo/query-path.ts'
import { MAX_SPILL_SAMPLES } from '../../limits.ts'
import type { Place } from './pass-on.ts'

/** Tells the distance of each member from a place, in any unit; undefined if it is not known. */
export type Distances = (place: Location, database: GeoLookup) => readonly (number | undefined)[]

/** The members by their numbers: one that passes clients on, those that may take them, and all that are up. */
export type Detour = {
  readonly own: number
  readonly receivers: readonly number[]
  readonly up: readonly number[]
}

/**
 * Returns the part of a member's clients whose way on to the next member is shorter than that of clients at a place. It
 * is estimated by locations of the database, each of which counts once: how many clients are at each is not known.
 * @returns undefined if a location is not known, or the database has too few
 */
export function placeAmong(
  client: Location,
  database: GeoLookup | undefined,
  distances: Distances,
  detour: Detour,
): Place | undefined {
  if (!database?.sample) return undefined
  const own = detourFrom(distances(client, database), detour)
  if (own === undefined) return undefined
  const all = detoursOf(database, distances, detour)
  if (all.length < LEAST_SAMPLES) return undefined
  return { from: countBelow(all, own) / all.length, to: countBelow(all, own + EQUAL) / all.length }
}

/** Fewer locations of a member's clients are no estimate. */
const LEAST_SAMPLES = 8
/** Distances that differ by less are equal: 0.1 mm. */
const EQUAL = 1e-7

/** The ways on of all sampled clients, sorted, by the samples. They differ by what is up, and by what has room. */
const known = new WeakMap<readonly Location[], WeakMap<Distances, Map<string, readonly number[]>>>()
/** So many for one pool, before all of them are forgotten. */
const MAX_KNOWN = 32

function detoursOf(database: GeoLookup, distances: Distances, detour: Detour): readonly number[] {
  const samples = database.sample?.(MAX_SPILL_SAMPLES) ?? []
  const byPool = known.get(samples) ?? new WeakMap<Distances, Map<string, readonly number[]>>()
  known.set(samples, byPool)
  const byMembers = byPool.get(distances) ?? new Map<string, readonly number[]>()
  byPool.set(distances, byMembers)
  // Each client has the members in an order of its own.
  const key = `${detour.own} ${sorted(detour.receivers)} ${sorted(detour.up)}`
  const cached = byMembers.get(key)
  if (cached) return cached
  const detours = samples
    .map((place) => distances(place, database))
    .filter((from) => isNearest(from, detour))
    .flatMap((from) => detourFrom(from, detour) ?? [])
    .sort((a, b) => a - b)
  if (byMembers.size >= MAX_KNOWN) byMembers.clear()
  byMembers.set(key, detours)
  return detours
}

const sorted = (numbers: readonly number[]): readonly number[] => numbers.toSorted((a, b) => a - b)

/** True for one of several at the same place, too. */
const isNearest = (from: readonly (number | undefined)[], { own, up }: Detour): boolean =>
  distanceAt(from, own) === distanceAt(from, nearestOf(from, up))

/** Returns the distance to the next member beyond that to the own one. */
function detourFrom(from: readonly (number | undefined)[], { own, receivers }: Detour): number | undefined {
  const next = from[nearestOf(from, receivers)]
  const here = from[own]
  return next === undefined || here === undefined ? undefined : next - here
}

const distanceAt = (from: readonly (number | undefined)[], member: number): number =>
  from[member] ?? Number.POSITIVE_INFINITY

/** Returns the nearest of some members; -1 for none. */
const nearestOf = (from: readonly (number | undefined)[], members: readonly number[]): number =>
  members.reduce((best, member) => (best < 0 || distanceAt(from, member) < distanceAt(from, best) ? member : best), -1)

function countBelow(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] as number) < limit) low = middle + 1
    else high = middle
  }
  return low
}
