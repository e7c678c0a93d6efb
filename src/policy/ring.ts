import { MAX_HASH_POINTS } from '../limits.ts'

/** Sorted hashes, and the member that owns each. */
export type Ring = { readonly points: Uint32Array; readonly owners: Uint32Array }

/** Each owner has at least one point. */
const MAX_OWNERS = MAX_HASH_POINTS

/** Returns the ring of some of the members, given by their indices in order. Owners are indices in that list. */
export function ringAmong({ points, owners }: Ring, members: readonly number[]): Ring {
  const number = new Int32Array(MAX_OWNERS).fill(-1)
  members.forEach((member, i) => {
    number[member] = i
  })
  const left = { points: new Uint32Array(points.length), owners: new Uint32Array(points.length) }
  let length = 0
  for (let i = 0; i < points.length; i++) {
    const owner = number[owners[i] as number] as number
    if (owner < 0) continue
    left.points[length] = points[i] as number
    left.owners[length++] = owner
  }
  return { points: left.points.slice(0, length), owners: left.owners.slice(0, length) }
}

/** Returns the index of the first point at or above the hash. Behind the last point comes the first. */
export function nextPoint(points: Uint32Array, hash: number): number {
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((points[middle] as number) < hash) low = middle + 1
    else high = middle
  }
  return low === points.length ? 0 : low
}
