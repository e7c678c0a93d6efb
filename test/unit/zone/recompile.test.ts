import { inspect } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import { healthCalls } from '../../../src/lua/index.ts'
import { patternSize } from '../../../src/re2.ts'
import { ok } from '../../../src/result.ts'
import { compileZone, type KeptZone, recompileZone } from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { documentOf, must, seeded } from '../support.ts'
import { Changes, corpusDocuments } from './changes.ts'

const AIDS = { healthCalls, patternSize }

/** Every field of a result but what it keeps, functions and classes by name. */
function shown(result: ReturnType<typeof compileZone> | ReturnType<typeof recompileZone>): string {
  if (!result.ok) return inspect(result, { depth: Infinity, maxArrayLength: null })
  const { zone, document, warnings } = result.value
  return inspect({ zone, document, warnings }, { depth: Infinity, maxArrayLength: null })
}

test('a zone that takes names over is the zone that is compiled whole: the same answers, warnings and errors', () => {
  const changes = new Changes(seeded(20_261_201))
  const seen = { taken: 0, refused: 0, compiled: 0 }
  for (let i = 0; i < runCount(400); i++) {
    let document = changes.some(corpusDocuments)
    let before = must(recompileZone(undefined, document, AIDS))
    for (let change = 0; change < 6; change++) {
      const next = changes.of(changes.below(2) === 0 ? document : (before.document as never))
      const result = recompileZone(before, next, AIDS)
      expect(shown(result)).toBe(shown(compileZone(next, AIDS)))
      seen[result.ok ? 'compiled' : 'refused']++
      if (!result.ok) continue
      seen.taken += takenOver(before, result.value)
      before = result.value
      document = next
    }
  }
  expect(seen.compiled).toBeGreaterThan(runCount(1000))
  expect(seen.refused).toBeGreaterThan(runCount(200))
  expect(seen.taken).toBeGreaterThan(runCount(10_000))
})

/** The number of names whose rrsets are those of the version before. */
const takenOver = (before: KeptZone, after: KeptZone): number =>
  [...after.zone.names.nodes.values()].filter(({ key, rrsets }) => rrsets === before.zone.names.nodes.get(key)?.rrsets)
    .length

describe('names are compiled again', () => {
  const names = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`h${i}`, { A: `192.0.2.${i}` }]))
  const records: Readonly<Record<string, unknown>> = { '@': { NS: 'ns.example.net.' }, ...names }
  const document = documentOf(records, { checks: { web: { kind: 'tcp', port: 443 } } })
  const before = must(recompileZone(undefined, document, AIDS))
  const taken = (next: unknown, aids = AIDS): number => takenOver(before, must(recompileZone(before, next, aids)))

  // The origin is new each time: its SOA is.
  test.each([
    ['not for another serial', { ...document, soa: { ...document.soa, serial: 8 } }, 100],
    ['not for other trust of Client Subnet', { ...document, clientSubnet: 'off' }, 100],
    ['not for a guard', { ...document, guard: { share: 0.2 } }, 100],
    ['if their rrsets are another object', { ...document, records: { ...records, h1: { A: '192.0.2.1' } } }, 99],
    ['not if the shell is a copy', { ...structuredClone(document), records }, 100],
    ['for another TTL', { ...document, ttl: 301 }, 0],
    ['for another origin', { ...document, origin: 'example.org.' }, 0],
    ['for another check', { ...document, checks: { web: { kind: 'tcp', port: 444 } } }, 0],
    ['for another fate of old states', { ...document, health: { whenStale: 'up' } }, 0],
  ])('%s', (_, next, count) => {
    expect(taken(next)).toBe(count)
  })

  test('for other aids', () => {
    expect(taken(document, { ...AIDS, patternSize: () => ok(1) })).toBe(0)
  })

  test('after a version that was refused the one before it is still right', () => {
    const wrong = { ...document, records: { ...records, sub: { NS: 'ns.example.net.' }, h1: { A: 'x' } } }
    expect(recompileZone(before, wrong, AIDS).ok).toBe(false)
    expect(shown({ ok: true, value: before })).toBe(shown(compileZone(document, AIDS)))
  })
})

describe('what is too much for a zone is blamed on the name that a whole compilation blames', () => {
  const members = (count: number, net: number) =>
    Array.from({ length: count }, (_, i) => ({ answer: `10.${net}.${i >> 8}.${i & 255}` }))
  const ring = (seed: number) => ({
    A: {
      kind: 'consistent-hashed',
      members: [
        { weight: 99_998, answer: '192.0.2.1' },
        { weight: 1, answer: `192.0.2.${seed}` },
      ],
    },
  })
  const pools = (net: number, count: number) => ({
    A: { kind: 'pool', check: { kind: 'tcp', port: 443 }, select: 'random', members: members(count, net) },
  })
  const pattern = (seed: number) => ({
    A: {
      kind: 'pool',
      check: { kind: 'http', host: 'h', body: { matches: `x${seed}` } },
      select: 'random',
      members: members(2, 1),
    },
  })
  const many = (make: (i: number) => unknown, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`h${i}`, make(i)]))

  test.each([
    ['points of rings', many(ring, 5), ring(200), 5],
    ['targets', many((i) => pools(i, 1000), 20), pools(100, 2), 20],
    ['instructions of patterns', many(pattern, 256), pattern(1000), 256],
  ])('%s', (_, names, one, count) => {
    // A zone may have 256 patterns of this size.
    const aids = { patternSize: () => ok(256) }
    const before = must(recompileZone(undefined, documentOf(names), aids))
    expect(Object.keys(names)).toHaveLength(count)
    for (const records of [
      { first: one, ...names },
      { ...names, last: one },
    ]) {
      const refused = recompileZone(before, documentOf(records), aids)
      expect(refused.ok).toBe(false)
      expect(shown(refused)).toBe(shown(compileZone(documentOf(records), aids)))
    }
    const { h0: _h0, ...others } = names as Record<string, unknown>
    expect(recompileZone(before, documentOf({ ...others, other: one }), aids).ok).toBe(true)
  })
})

test('a pattern is measured once, in whichever version', () => {
  const check = (matches: string) => ({ kind: 'http', host: 'h', body: { matches } })
  const pool = (matches: string) => ({
    A: { kind: 'pool', check: check(matches), select: 'random', members: [{ answer: '192.0.2.1' }] },
  })
  const measure = vi.fn(() => ok(1))
  const names = { a: pool('a'), b: pool('b') }
  const before = must(recompileZone(undefined, documentOf(names), { patternSize: measure }))
  measure.mockClear()
  must(recompileZone(before, documentOf({ ...names, c: { A: '192.0.2.1' } }), { patternSize: measure }))
  expect(measure).not.toHaveBeenCalled()
})
