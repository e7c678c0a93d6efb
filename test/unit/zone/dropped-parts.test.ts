import { expect, test } from 'vitest'
import { MAX_DROPPED_PART_BYTES } from '../../../src/limits.ts'
import { NodeCache, type StoredZone } from '../../../src/zone/index.ts'
import { keeping, openHead, written } from '../stored-zone.ts'
import { must, zoneOf } from '../support.ts'
import { TINY } from './support.ts'

const NAMES = 400
const text = (i: number): string => Array.from({ length: 12 }, () => `"${String(i).padEnd(250, 'x')}"`).join(' ')
const zone = zoneOf(Object.fromEntries(Array.from({ length: NAMES }, (_, i) => [`host${i}`, { TXT: text(i) }])))
const octets = written(zone, TINY)

/** Loads all parts, and asks for all names. */
function readAll(opened: StoredZone): void {
  Array.from(opened.head.parts).forEach((hash, number) => {
    must(opened.fill(number, (octets.parts.get(hash) as Uint8Array).slice()))
  })
  for (const key of zone.names.nodes.keys()) expect(opened.names.find(key)).toBeDefined()
}

/** The octets of parts that names in the cache keep in memory. */
function keptBy(cache: NodeCache): number {
  const nodes = (cache as unknown as { readonly nodes: readonly { readonly part: { readonly nodes: Uint8Array } }[] })
    .nodes
  const buffers = new Set(nodes.filter((node) => node).map(({ part }) => part.nodes.buffer))
  return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0)
}

test('names that were decoded keep no more of dropped parts in memory than the limit', () => {
  const kept = { ...keeping(), cache: new NodeCache(8192, 2 ** 30) }
  const size = [...octets.parts.values()].reduce((sum, { length }) => sum + length, 0)
  const rounds = Math.ceil((3 * MAX_DROPPED_PART_BYTES) / size)
  for (let round = 0; round < rounds; round++) {
    const opened = openHead(octets, kept)
    readAll(opened)
    opened.release()
    expect(opened.names.slot(0)?.part).toBeUndefined()
    expect(keptBy(kept.cache)).toBeLessThanOrEqual(MAX_DROPPED_PART_BYTES)
  }
})
