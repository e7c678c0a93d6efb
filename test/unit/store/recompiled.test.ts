import { describe, expect, test } from 'vitest'
import { compiledOf, type KeptCompiled, recompiledOf } from '../../../src/store/index.ts'
import { compileZone, recompileZone } from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { documentOf, must, seeded } from '../support.ts'
import { Changes, corpusDocuments } from '../zone/changes.ts'
import { TINY } from '../zone/support.ts'

const withoutKept = ({ kept: _, ...compiled }: KeptCompiled) => compiled

/** The parts that both have, as the same object: they were not written again. */
const partsTaken = (before: KeptCompiled, after: KeptCompiled): number =>
  [...after.values].filter(([key, value]) => before.values.get(key) === value && typeof value !== 'string').length

test('a zone that takes parts over is written as a zone without a past, octet by octet', async () => {
  const changes = new Changes(seeded(20_261_202))
  const seen = { taken: 0, written: 0 }
  for (let i = 0; i < runCount(300); i++) {
    let document = changes.some(corpusDocuments)
    let zone = must(recompileZone(undefined, document))
    let before = await recompiledOf(undefined, zone.zone, TINY)
    for (let change = 0; change < 8; change++) {
      const next = changes.of(document)
      const result = recompileZone(zone, next)
      if (!result.ok) continue
      const sizes = changes.below(30) === 0 ? { ...TINY } : before.kept.sizes
      const after = await recompiledOf(before, result.value.zone, sizes)
      expect(withoutKept(after)).toEqual(await compiledOf(must(compileZone(next)).zone, TINY))
      seen.taken += partsTaken(before, after)
      seen.written += after.parts
      ;[document, zone, before] = [next, result.value, after]
    }
  }
  expect(seen.written).toBeGreaterThan(runCount(5000))
  expect(seen.taken).toBeGreaterThan(seen.written / 4)
})

describe('of a zone of 20,000 names', () => {
  const records: Readonly<Record<string, unknown>> = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, i) => [`h${i}`, { A: `10.0.${i >> 8}.${i & 255}` }]),
  )
  const document = (changed: Readonly<Record<string, unknown>>, serial = 1) => {
    const { soa, ...rest } = documentOf({ '@': { NS: 'ns.example.net.' }, ...records, ...changed })
    return { ...rest, soa: { ...soa, serial } }
  }
  const zone = must(recompileZone(undefined, document({})))

  test.each([
    ['another serial writes the part of the origin', document({}, 2), 1],
    ['a changed name writes its part, too', document({ h777: { A: '192.0.2.1' } }, 2), 2],
    ['a name in between, too', document({ 'h777-7': { A: '192.0.2.1' } }, 2), 2],
    ['a name below one of them, too', document({ 'x.h777': { A: '192.0.2.1' } }, 2), 2],
  ])('%s', async (_, next, parts) => {
    const before = await recompiledOf(undefined, zone.zone)
    const after = await recompiledOf(before, must(recompileZone(zone, next)).zone)
    expect(after.parts).toBeGreaterThan(4)
    expect(after.parts - partsTaken(before, after)).toBe(parts)
    expect(withoutKept(after)).toEqual(await compiledOf(must(compileZone(next)).zone))
  })
})
