import { burtle } from './hash.ts'

/**
 * The ring of PowerDNS's pickchashed: `weight` points an entry, the hashes of `<entry>-0`, `<entry>-1`, ….
 * A change of one weight moves only the clients between the points that come or go.
 */
export function buildRing(
  keys: readonly string[],
  weights: readonly number[],
): { points: Uint32Array; owners: Uint32Array } {
  const encoder = new TextEncoder()
  const ring: { point: number; owner: number }[] = []
  keys.forEach((key, owner) => {
    for (let i = 0; i < (weights[owner] as number); i++)
      ring.push({ point: burtle(encoder.encode(`${key}-${i}`)), owner })
  })
  ring.sort((a, b) => a.point - b.point || a.owner - b.owner)
  return { points: Uint32Array.from(ring, (r) => r.point), owners: Uint32Array.from(ring, (r) => r.owner) }
}

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
