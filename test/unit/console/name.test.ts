import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  type ChangedNetwork,
  COLOURS,
  cellOf,
  EVERYTHING,
  NOTHING,
  type Part,
  parseNetwork,
  partsOfChange,
  rasterOf,
  ShareNumbers,
} from '../../../src/console/map/index.ts'
import { fractionOf } from '../../../src/console/model/share.ts'
import { distributionOf, reachesOf } from '../../../src/console/name/chances.ts'
import { countryCodes } from '../../../src/geo/index.ts'
import { worldSvg } from '../../../tools/world.ts'

const certain = (data: string) => ({ data, probability: '1' })
const PARTS: readonly Part[] = [
  { prefix: '0.0.0.0/1', branch: 'view:a', answers: [certain('192.0.2.1')] },
  {
    prefix: '128.0.0.0/2',
    branch: 'view:b',
    answers: [
      { data: '192.0.2.1', probability: '1/4' },
      { data: '192.0.2.2', probability: '3/4' },
    ],
  },
  {
    prefix: '192.0.0.0/2',
    branch: 'view:otherwise',
    answers: [],
    status: [{ status: 'SERVFAIL', ending: 'failure', probability: '1' }],
  },
  { prefix: '::/0', branch: 'view:a', answers: [certain('192.0.2.1')] },
]

describe('the sums of the page of a name', () => {
  test('each branch has its part of IPv4, and its networks', () => {
    const reaches = reachesOf(PARTS, new ShareNumbers())
    expect(reaches.map(({ number, ipv4, networks4, networks6 }) => [number, ipv4, networks4, networks6])).toEqual([
      [0, 0.5, 1, 1],
      [1, 0.25, 1, 0],
      [2, 0.25, 1, 0],
    ])
  })

  test('answers add up over the branches, with their chances; those without records, too', () => {
    expect(distributionOf(reachesOf(PARTS, new ShareNumbers()))).toEqual([
      { text: '192.0.2.1', part: 0.5625 },
      { text: 'SERVFAIL, failure', part: 0.25 },
      { text: '192.0.2.2', part: 0.1875 },
    ])
  })

  test('a chance that is not known leaves the sum unknown', () => {
    const [first] = PARTS
    const unknown: Part = { prefix: '128.0.0.0/1', branch: 'x', answers: [{ data: '192.0.2.1', probability: null }] }
    expect(distributionOf(reachesOf([first as Part, unknown], new ShareNumbers()))).toEqual([
      { text: '192.0.2.1', part: undefined },
    ])
    expect([fractionOf('1/3'), fractionOf('1'), fractionOf(null)]).toEqual([1 / 3, 1, null])
  })
})

describe('the map of a plan', () => {
  const networks: readonly ChangedNetwork[] = [
    { prefix: '10.0.0.0/8', before: [certain('192.0.2.1')], after: [certain('192.0.2.2')] },
    { prefix: '12.0.0.0/8', before: [certain('192.0.2.1')], after: [certain('192.0.2.2')] },
    {
      prefix: '13.0.0.0/8',
      before: [certain('192.0.2.1')],
      after: [],
      status: { before: [], after: [{ status: 'NXDOMAIN', ending: 'no such name', probability: '1' }] },
    },
  ]

  test('networks that change alike have one colour, and all others none', () => {
    const numbers = new ShareNumbers()
    const { across, cells } = rasterOf(EVERYTHING, numbers.networks(partsOfChange(networks)))
    const at = (text: string): number => {
      const { x, y } = cellOf(EVERYTHING, across, parseNetwork(`${text}/32`)?.start ?? 0)
      return cells[y * across + x] as number
    }
    expect(['10.1.2.3', '12.0.0.1', '13.0.0.1', '11.0.0.1'].map(at)).toEqual([0, 0, 1, NOTHING])
    expect(numbers.shares.map(({ branch }) => branch)).toEqual(['192.0.2.1 → 192.0.2.2', '192.0.2.1 → NXDOMAIN'])
  })

  test('a view has what is in it of all networks', () => {
    const view = parseNetwork('12.0.0.0/8') as { start: number; length: number }
    const { cells } = rasterOf(view, new ShareNumbers().networks(partsOfChange(networks)))
    expect(new Set(cells)).toEqual(new Set([0]))
  })
})

test('the colours of the style sheet are those of the map', () => {
  const css = readFileSync('src/console/browser/map.css', 'utf8')
  const found = [...css.matchAll(/\.share-(\d) \{\s*--share: #(\w{6});/g)].map(([, number, hex]) => [
    Number(number),
    hex,
  ])
  const expected = COLOURS.map((colour, i) => [i, colour.map((value) => value.toString(16).padStart(2, '0')).join('')])
  expect(found).toEqual(expected)
})

test('the picture of the world has nearly every country by its code, and no others', () => {
  const ids = [...worldSvg().matchAll(/ id="(\w+)"/g)].map(([, id]) => id as string)
  expect(new Set(ids).size).toBe(ids.length)
  const codes = new Set(countryCodes())
  expect(ids.filter((id) => id !== 'other' && !codes.has(id))).toEqual([])
  // Natural Earth's small scale leaves out some islands, which are part of other countries there.
  expect(countryCodes().filter((code) => !ids.includes(code)).length).toBeLessThan(20)
})
