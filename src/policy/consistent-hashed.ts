import { burtle } from './hash.ts'

/**
 * The ring of PowerDNS's pickchashed: `weight` points an entry, the hashes of `<entry>-0`, `<entry>-1`, ….
 * A change of one weight moves only the clients between the points that come or go.
 */
export function buildRing(
  keys: readonly string[],
  weights: readonly number[],
  keysAre: 'characters' | 'octets' = 'characters',
): { points: Uint32Array; owners: Uint32Array } {
  const encode = keysAre === 'characters' ? utf8 : latin1
  const ring: { point: number; owner: number }[] = []
  keys.forEach((key, owner) => {
    for (let i = 0; i < (weights[owner] as number); i++) ring.push({ point: burtle(encode(`${key}-${i}`)), owner })
  })
  ring.sort((a, b) => a.point - b.point || a.owner - b.owner)
  return { points: Uint32Array.from(ring, (r) => r.point), owners: Uint32Array.from(ring, (r) => r.owner) }
}

const encoder = new TextEncoder()
const utf8 = (text: string): Uint8Array => encoder.encode(text)
const latin1 = (octets: string): Uint8Array => Uint8Array.from(octets, (octet) => octet.charCodeAt(0))

/** Index of the first point at or above the hash; past the last point the ring begins again. */
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
