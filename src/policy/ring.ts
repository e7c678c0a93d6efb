import { MAX_HASH_POINTS } from '../limits.ts'
import { numberedHashes } from './hash.ts'

/** Sorted hashes, and the member that owns each. */
export type Ring = { readonly points: Uint32Array; readonly owners: Uint32Array }

/** A point and its owner are sorted as one number: 32 bits, and 20 for the owner. */
const OWNERS = 2 ** 20

/**
 * Builds the ring of PowerDNS's pickchashed: `weight` points for each entry, the hashes of `<entry>-0`, `<entry>-1`, ….
 * A change of one weight moves only the clients of the points that it adds or removes.
 */
export function buildRing(
  keys: readonly string[],
  weights: readonly number[],
  keysAre: 'characters' | 'octets' = 'characters',
): Ring {
  const encode = keysAre === 'characters' ? utf8 : latin1
  const ring = new Float64Array(weights.reduce((sum, weight) => sum + weight, 0))
  let at = 0
  keys.forEach((key, owner) => {
    numberedHashes(encode(`${key}-`), weights[owner] as number, (point) => {
      ring[at++] = point * OWNERS + owner
    })
  })
  ring.sort()
  const points = new Uint32Array(ring.length)
  const owners = new Uint32Array(ring.length)
  for (let i = 0; i < ring.length; i++) {
    const point = Math.floor((ring[i] as number) / OWNERS)
    points[i] = point
    owners[i] = (ring[i] as number) - point * OWNERS
  }
  return { points, owners }
}

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

const encoder = new TextEncoder()
const utf8 = (text: string): Uint8Array => encoder.encode(text)
function latin1(text: string): Uint8Array {
  const octets = new Uint8Array(text.length)
  for (let i = 0; i < octets.length; i++) octets[i] = text.charCodeAt(i)
  return octets
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
