import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatVantage, mergeVantages, parseVantage, type TargetState } from '../../../src/health/index.ts'
import { runCount } from '../../effort.ts'
import { must } from '../support.ts'
import { someVantage } from './some-vantage.ts'
import { stateOf, vantageOf } from './support.ts'

describe('the document of a vantage point', () => {
  test('is parsed as it was written', () => {
    fc.assert(
      fc.property(someVantage, (each) => {
        expect(must(parseVantage(formatVantage(each)))).toEqual(each)
      }),
      { numRuns: runCount(200), seed: 3 },
    )
  })
  test('a target whose id no probe can have is not written', () => {
    const targets = Object.fromEntries(['a', '', ',b', ']c', 'd"e', '\\', 'é', 'f g'].map((id) => [id, stateOf('up')]))
    const read = must(parseVantage(formatVantage(vantageOf('cron', targets))))
    expect([...read.targets.keys()]).toEqual(['a'])
  })
  test('fractions of times and extra digits of a load are not written', () => {
    const exact = stateOf('up', { since: 5, at: 6.9, ms: 7.5, load: 0.123456789, flaps: { count: 1, from: 4.7 } })
    const read = must(parseVantage(formatVantage(vantageOf('cron', { a: exact }))))
    const written = { ...exact, at: 6, ms: 8, load: 0.123457, loadAt: 6, flaps: { count: 1, from: 4 } }
    expect(read.targets.get('a')).toEqual(written)
  })
  test('fields for memory only are not written', () => {
    const text = formatVantage({
      ...vantageOf('cron', { a: stateOf('unknown', { triedAt: 77_777 }) }),
      urgent: true,
    })
    expect(text).not.toMatch(/urgent|77777/)
  })
  test.each<readonly [string, string]>([
    ['{', 'JSON'],
    ['[]', 'no targets'],
    ['{"name":"cron","at":1}', 'no targets'],
    ['{"name":"cron","at":1,"targets":[]}', 'no targets'],
    ['{"at":1,"targets":{}}', '"name" or "at" is missing'],
    ['{"name":"cron","at":-1,"targets":{}}', '"name" or "at" is missing'],
    ['{"name":"cron","at":1e300,"targets":{}}', '"name" or "at" is missing'],
    ['{"name":"cron","at":"1","targets":{}}', '"name" or "at" is missing'],
    ...[
      ...['null', '{}', '[1,0,0]', '[3,0,0,0]', '[-1,0,0,0]', '["1",0,0,0]', '["length",0,0,0]'],
      ...['[1,-1,0,0]', '[1,0,-1,0]', '[1,253402300800,0,0]', '[1,0,1e300,0]'],
      ...['[0.5,0,0,0]', '[1,"0",0,0]', '[1,0,null,0]', '[1,0,0,1e999]', '[1,0,0,0,"1"]', '[1,0,0,0,0,5]'],
      ...[
        '[1,0,0,0,0,"","1"]',
        '[1,0,0,0,0,"",1e999]',
        '[1,0,0,0,0,"",1,"2"]',
        '[1,0,0,0,0,"",1,2,"3",4]',
        '[1,0,0,0,0,"",1,2,3,{}]',
        '[1,0,0,0,0,"",1,2,3,{},"and more"]',
        '[3,0,0,0,0,"",1,2,3,4,"and more"]',
      ],
    ].map(
      (row) =>
        [`{"name":"cron","at":1,"targets":{"good":[1,0,0,0],"bad":${row}}}`, 'the row of bad is damaged'] as const,
    ),
  ])('damaged: %s', (text, why) => {
    const parsed = parseVantage(text)
    expect(parsed.ok ? 'read' : parsed.error).toMatch(
      new RegExp(`^the health document is not valid: .*${why}.*expected`),
    )
  })
  test('fields of a later version are ignored', () => {
    const row = '[2,1,3,4,5,"why",6,7,8,9'
    const written = (end: string, more: string) => `{"name":"cron","at":1,"targets":{"a":${row}${end}]}${more}}`
    const plain = parseVantage(written('', ''))
    expect(must(plain).targets.get('a')).toMatchObject({ state: 'down', why: 'why', flaps: { count: 8, from: 9 } })
    expect(parseVantage(written(',"more",null,{"of":[1]}', ',"format":2,"regions":{"weur":[]}'))).toEqual(plain)
  })
  test('a damaged budget or round is left out', () => {
    const text = '{"name":"cron","at":1,"seq":"1","budget":{"tokens":"9"},"round":{"at":1},"targets":{}}'
    expect(must(parseVantage(text))).toEqual({ name: 'cron', at: 1, targets: new Map() })
    const never = '{"name":"cron","at":1,"round":{"at":1e300,"ms":1,"due":1,"probed":1,"left":0},"targets":{}}'
    expect(must(parseVantage(never))).toEqual({ name: 'cron', at: 1, targets: new Map() })
  })

  const worst: readonly [string, string, number][] = [
    ['all are down, for reasons of any length in ASCII', 'x'.repeat(1000), 0.123456789012345],
    ['in quotes', '"\\'.repeat(500), 1e-300],
    ['in Japanese', '接続できません'.repeat(100), -123_456.789],
    ['in symbols', '💥'.repeat(500), 1e21],
    ['in control characters', '\u0000\u001f'.repeat(500), 123_456_789.123],
    ['in halves of pairs', '\ud83d'.repeat(500), 0],
  ]
  test.each(worst)('5,000 targets that flap take less than 1,000,000 octets: %s', (_what, why, load) => {
    const each: TargetState = {
      ...{ state: 'down', since: 1_900_000_000, at: 1_900_000_000.123, ms: 30_000.4, count: 999, why },
      ...{ weight: 4_294_967_295, load, flaps: { count: 1000, from: 1_900_000_000.123 } },
    }
    const ids = Array.from({ length: 5000 }, (_, i) => `${String(i).padStart(4, '0')}-abcdefghijk`)
    const targets = new Map(ids.map((id) => [id, each]))
    const round = { at: 1_900_000_000_000, ms: 900_000, due: 5000, probed: 5000, left: 5000 }
    const budget = { tokens: 179.123456789012, at: 1_900_000_000_000 }
    const text = formatVantage({
      name: 'x'.repeat(32),
      at: 1_900_000_000_000,
      seq: 2 ** 53 - 1,
      budget,
      round,
      targets,
    })
    expect(must(parseVantage(text)).targets.size).toBe(5000)
    expect(new TextEncoder().encode(text).length).toBeLessThan(1_000_000)
  })
})

describe('two writers of one document', () => {
  const up = (at: number) => stateOf('up', { at })
  const down = (at: number) => stateOf('down', { at })
  test('the later result of each target counts, and a target of the other until it is too old', () => {
    const own = vantageOf('cron', { a: up(10), b: up(20), c: up(5) }, 30)
    const other = vantageOf('cron', { a: down(11), b: down(19), d: down(51), e: down(50) }, 40)
    const merged = mergeVantages(own, other, 50)
    expect([...merged.targets]).toEqual([
      ['a', down(11)],
      ['b', up(20)],
      ['c', up(5)],
      ['d', down(51)],
    ])
    expect(merged.at).toBe(40_000)
  })
  test('the later round counts, even if only the other has one', () => {
    const round = (at: number) => ({ at, ms: 5, due: 3, probed: 2, left: 1 })
    const own = { ...vantageOf('cron', {}), round: round(10) }
    const other = { ...vantageOf('cron', {}), round: round(20) }
    expect(mergeVantages(own, other, 50).round).toEqual(round(20))
    expect(mergeVantages(other, own, 50).round).toEqual(round(20))
    expect(mergeVantages(vantageOf('cron', {}), own, 50).round).toEqual(round(10))
  })
  test('the later budget counts', () => {
    const own = { ...vantageOf('cron', {}), budget: { tokens: 5, at: 10 } }
    const other = { ...vantageOf('cron', {}), budget: { tokens: 4, at: 20 } }
    expect(mergeVantages(own, other, 50).budget).toEqual(other.budget)
    expect(mergeVantages(other, own, 50).budget).toEqual(other.budget)
    expect(mergeVantages(vantageOf('cron', {}), own, 50).budget).toEqual(own.budget)
    expect(mergeVantages(vantageOf('cron', {}), vantageOf('cron', {}), 50)).not.toHaveProperty('budget')
  })
})
