import type { Coordinates } from '../geo/query-path.ts'
import { formatAddress, parseAddress } from '../net/index.ts'
import { Damaged, listOf, maybe, numberOf, textOf, wholeOf } from '../stored-value.ts'
import { type Nearest, nearestOf, pickClosestOf } from './nearest.ts'

/** Stores the facts that the order of a pool's members comes from. A depth without a limit is null. */
export function storeNearest({ by, depth }: Nearest): unknown {
  const most = Number.isFinite(depth) ? depth : null
  return 'coordinates' in by ? [most, by.coordinates.map(storeCoordinates)] : [most, by.addresses.map(formatAddress)]
}

/** @param members the number of the pool's members */
export function loadNearest(value: unknown, members: number): Nearest {
  const [most, stored] = listOf(value)
  const depth = maybe(most, (depth) => wholeOf(depth, 0, Number.MAX_VALUE)) ?? Number.POSITIVE_INFINITY
  const list = listOf(stored)
  if (list.length !== members) throw new Damaged('a place for each member')
  return typeof list[0] === 'string'
    ? pickClosestOf(list.map(loadAddress), depth)
    : nearestOf(list.map(loadCoordinates), depth)
}

export const storeCoordinates = ({ latitude, longitude }: Coordinates): unknown => [latitude, longitude]

export function loadCoordinates(value: unknown): Coordinates {
  const [latitude, longitude] = listOf(value)
  return { latitude: numberOf(latitude), longitude: numberOf(longitude) }
}

function loadAddress(value: unknown) {
  const address = parseAddress(textOf(value))
  if (!address.ok) throw new Damaged('an address')
  return address.value
}
