import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { compileZone, type Progress, ZoneCompilation } from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { documentOf, seeded } from '../support.ts'
import { compileCorpus, corpusFiles } from '../zonefile/corpus-support.ts'

/** Compiles a document in pieces of this work, and checks that the progress only goes on. */
function inPieces(document: unknown, work: number): { result: unknown; pieces: number } {
  const compilation = new ZoneCompilation(document)
  expect(() => compilation.result()).toThrow()
  let pieces = 0
  let last: Progress = { done: -1, of: 0, work: 0 }
  while (last.done < last.of) {
    const progress = compilation.step(work)
    expect(progress.done).toBeGreaterThanOrEqual(last.done)
    expect(progress.done).toBeLessThanOrEqual(progress.of)
    last = progress
    pieces++
  }
  return { result: compilation.result(), pieces }
}

/** Every field of a result, functions and classes by name. */
const shown = (result: unknown): string => inspect(result, { depth: Infinity, maxArrayLength: null })

/** Documents with every kind of answer, as zone files have them. */
const documents = corpusFiles.flatMap((file) => {
  const compiled = compileCorpus(file)
  return compiled.ok ? [compiled.value.document] : []
})

test('a document compiled in pieces is the same zone, with the same document and warnings', () => {
  expect(documents.length).toBeGreaterThan(10)
  for (const document of documents) {
    const whole = shown(compileZone(document))
    for (const work of [1, 100]) expect(shown(inPieces(document, work).result)).toBe(whole)
  }
})

test('a document with errors has the same errors in pieces', () => {
  const random = seeded(20_261_130)
  const below = (limit: number): number => Math.floor(random() * limit)
  const some = <T>(list: readonly T[]): T => list[below(list.length)] as T
  const wrong = [1, null, {}, [], '', 'x', [[1]], { kind: 'no' }, { ttl: '1h', answer: '192.0.2.1' }, { answr: 'x' }]
  const owners = ['a', 'A', 'b.c', '*', '@', 'x..y', 'out.example.net.', '__proto__']
  let refused = 0
  for (let i = 0; i < runCount(2000); i++) {
    const types = ['A', 'a', 'TXT', 'NS', 'CNAME', 'DNAME', 'NOPE', 'SOA']
    const entries = Array.from({ length: 1 + below(5) }, () => [some(owners), { [some(types)]: some(wrong) }])
    const more = some([{}, {}, { clientSubnet: 'maybe' }, { clientSubnet: ['x'] }, { extra: 1 }, { origin: '' }])
    const document = documentOf(Object.fromEntries(entries), more)
    const whole = compileZone(document)
    if (!whole.ok) refused++
    expect(inPieces(document, 1 + below(3)).result).toEqual(whole)
  }
  expect(refused).toBeGreaterThan(runCount(1000))
})

describe('a piece', () => {
  const names = Array.from({ length: 1000 }, (_, i) => [`h${i}`, { A: `192.0.2.${i % 250}` }])

  test('is as long as its work: one unit is a name or a record', () => {
    const document = documentOf(Object.fromEntries(names))
    expect(inPieces(document, 1).pieces).toBe(1001)
    expect(inPieces(document, 200).pieces).toBe(11)
    expect(inPieces(document, Number.POSITIVE_INFINITY).pieces).toBe(1)
  })

  test('counts the points of a ring, which take more time than its text', () => {
    const members = [
      { weight: 15_999, answer: '192.0.2.1' },
      { weight: 1, answer: '192.0.2.2' },
    ]
    const ring = { A: { kind: 'consistent-hashed', members } }
    const compilation = new ZoneCompilation(documentOf({ ring, ...Object.fromEntries(names) }))
    expect(compilation.step(1).done).toBe(1)
    const { done } = new ZoneCompilation(documentOf({ ring, ...Object.fromEntries(names) })).step(1500)
    // 16,000 points are 1,000 units, and each of the other names is two.
    expect(done).toBeGreaterThan(240)
    expect(done).toBeLessThan(260)
  })

  test('marks delegations name by name', () => {
    const document = documentOf({ ...Object.fromEntries(names), sub: { NS: 'ns.sub' }, 'ns.sub': { A: '192.0.2.1' } })
    const compilation = new ZoneCompilation(document)
    const { of } = compilation.step(2004)
    expect(of).toBe(1002 + 1003 + 1)
    expect(shown(inPieces(document, 3).result)).toBe(shown(compileZone(document)))
  })
})
