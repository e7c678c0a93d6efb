import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatVantage,
  parseVantage,
  type TargetState,
  type Vantage,
  viewNotAhead,
  viewVantage,
} from '../../../src/health/index.ts'
import { runCount } from '../../effort.ts'
import { must } from '../support.ts'
import { someVantage } from './some-vantage.ts'
import { stateOf, vantageOf } from './support.ts'

const WHYS = ['],"a":[', '],', '接続', '']

const statesOf = (ids: Iterable<string>, targets: { get(id: string): TargetState | undefined }) =>
  Array.from(ids, (id) => [id, targets.get(id)])

describe('the view of a health document', () => {
  test('has the fields and the state of each target as the parsed document', () => {
    const other = fc.array(fc.string({ unit: fc.constantFrom(...'abAB01-_:"],['), maxLength: 16 }))
    fc.assert(
      fc.property(someVantage, other, (each, more) => {
        const text = formatVantage(each)
        const [{ targets, ...fields }, view] = [must(parseVantage(text)), must(viewVantage(text))]
        const ids = [...targets.keys(), ...more]
        expect(statesOf(ids, view.targets)).toEqual(statesOf(ids, targets))
        expect({ ...view, targets: 'any' }).toEqual({ ...fields, targets: 'any' })
      }),
      { numRuns: runCount(500), seed: 3 },
    )
  })
  test('of thousands of targets finds each, before and after all are read at once, and no other', () => {
    const ids = Array.from({ length: 5000 }, (_, i) => `${(i * 2_654_435_761) % 2 ** 32}`.padStart(16, 'x'))
    const each = (i: number) => stateOf(i % 3 === 0 ? 'down' : 'up', { at: i, why: WHYS[i % 4] as string })
    const vantage: Vantage = { ...vantageOf('cron', {}), targets: new Map(ids.map((id, i) => [id, each(i)])) }
    const { targets } = must(viewVantage(formatVantage(vantage)))
    expect(statesOf(ids, targets)).toEqual(statesOf(ids, vantage.targets))
    expect(statesOf(ids, targets)).toEqual(statesOf(ids, vantage.targets))
    expect(ids.map((id) => targets.get(`${id.slice(1)}z`))).toEqual(ids.map(() => undefined))
  })
  test('fields of a later version are ignored, before the targets and at the end of a row', () => {
    const text = formatVantage(vantageOf('cron', { a: stateOf('down', { why: 'w', weight: 1 }), b: stateOf('up') }))
    const later = text
      .replace('"targets":', '"format":2,"regions":{"weur":[1],"more":[2]},"targets":')
      .replace('"w",1]', '"w",1,null,null,null,0,["more"],{"of":1}]')
    expect(later.length).toBeGreaterThan(text.length + 60)
    for (const id of ['a', 'b', 'more', 'weur'])
      expect(must(viewVantage(later)).targets.get(id)).toEqual(must(viewVantage(text)).targets.get(id))
    const nested = text.replace('"targets":', '"regions":{"a":1,"targets":{"a":[]}},"targets":')
    expect(must(viewVantage(nested)).targets.get('a')?.state).toBe('down')
  })
  test('a row that is not valid has no state, and others have theirs', () => {
    const text = '{"name":"cron","at":1,"targets":{"a":[1,0,0,0],"b":[9],"c":[1,0,"d":[2,0,0,0]}}'
    const { targets } = must(viewVantage(text))
    expect(['a', 'b', 'c', 'd'].map((id) => targets.get(id)?.state)).toEqual(['up', undefined, undefined, undefined])
  })
  test('thousands of rows are read although one of them is not valid', () => {
    const ids = Array.from({ length: 1000 }, (_, i) => `id${String(i).padStart(4, '0')}`)
    const rows = ids.map((id, i) => `"${id}":[${i === 7 ? '1,0,x]' : '1,0,0,0]'}`)
    const { targets } = must(viewVantage(`{"name":"cron","at":1,"targets":{${rows.join(',')}}}`))
    expect(statesOf(ids, targets).flatMap(([id, state]) => (state === undefined ? [id] : []))).toEqual(['id0007'])
  })
  test('any octets are refused or read, and never throw', () => {
    const pieces = fc.constantFrom(
      '{"name":"c","at":1',
      ',"targets":{',
      '"a":[1,0,0,0]',
      ',',
      '],"',
      '":[',
      '}}',
      '"',
      '[',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const view = viewVantage(parts.join(''))
        if (view.ok) for (const id of ['a', '', '"', 'b']) view.value.targets.get(id)
      }),
      { numRuns: runCount(2000), seed: 4 },
    )
  })
})

test('times of a view that are ahead of the first reading count as that time', () => {
  const now = 1_700_000_000_000
  const ahead = stateOf('up', { at: now / 1000 + 86_400, since: now / 1000 + 86_400 })
  const near = stateOf('up', { at: now / 1000 + 5, since: 1 })
  const view = viewNotAhead({ ...vantageOf('cron', { ahead, near }), at: now + 86_400_000 }, now)
  expect(view.at).toBe(now)
  expect(view.targets.get('ahead')).toEqual({ ...ahead, at: now / 1000, since: now / 1000 })
  expect(view.targets.get('near')).toEqual(near)
  expect(view.targets.get('none')).toBeUndefined()
  expect(viewNotAhead({ ...view, at: now + 5000 }, now).at).toBe(now + 5000)
})
