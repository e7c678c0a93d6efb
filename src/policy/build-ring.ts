import { numberedHashes } from './numbered-hashes.ts'
import type { Ring } from './ring.ts'

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

const encoder = new TextEncoder()
const utf8 = (text: string): Uint8Array => encoder.encode(text)
function latin1(text: string): Uint8Array {
  const octets = new Uint8Array(text.length)
  for (let i = 0; i < octets.length; i++) octets[i] = text.charCodeAt(i)
  return octets
}
