import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { nameFromWire } from '../../../src/dns/index.ts'
import { Borders } from '../../../src/zone/stored/borders.ts'
import { borderAt, sortText } from '../../../src/zone/stored/name-order.ts'
import { runCount } from '../../effort.ts'

const ORIGIN = [1, 0x7a, 0]

/** Few octets and common beginnings, so that borders and names have the same octets for long. */
const octet = fc.constantFrom(0, 1, 2, 0x2d, 0x30, 0x31, 0x61, 0xff)
const label = fc
  .tuple(fc.constantFrom([], [0x61, 0x61], [0x61, 0x61, 0x61, 0x61]), fc.array(octet, { minLength: 1, maxLength: 9 }))
  .map(([start, rest]) => [...start, ...rest])
const key = fc
  .array(label, { minLength: 1, maxLength: 2 })
  .map((labels) => nameFromWire(Uint8Array.from([...labels.flatMap((one) => [one.length, ...one]), ...ORIGIN])).key)

const textOf = (name: string): string => sortText(name, ORIGIN.length)

test('borders: the part of a name is the one that a comparison of texts gives, before and after many searches', () => {
  const origin = nameFromWire(Uint8Array.from(ORIGIN)).key
  let byNumbers = 0
  const property = fc.property(
    fc.array(key, { minLength: 1, maxLength: 40 }),
    fc.array(key, { maxLength: 20 }),
    fc.constantFrom(0, 200),
    (first, names, before) => {
      const texts = ['', ...new Set(first.map(textOf))].sort()
      const borders = new Borders(texts)
      for (let i = 0; i < before; i++) borders.partOf(origin, ORIGIN.length)
      const numbers: { find(...given: unknown[]): number } | undefined = Reflect.get(borders, 'numbers')
      const found = numbers && vi.spyOn(numbers, 'find')
      for (const name of [origin, ...names, ...first]) {
        expect([name, borders.partOf(name, ORIGIN.length)]).toEqual([name, borderAt(texts, textOf(name))])
      }
      byNumbers += found?.mock.results.filter(({ value }) => value >= 0).length ?? 0
    },
  )
  fc.assert(property, { numRuns: runCount(1000) })
  expect(byNumbers).toBeGreaterThan(20)
})

test('borders: a zone without parts has one', () => {
  expect(new Borders(['']).partOf(nameFromWire(Uint8Array.from([1, 0x61, ...ORIGIN])).key, ORIGIN.length)).toBe(0)
})
