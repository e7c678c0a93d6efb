import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NameOrder } from '../../../../src/api/remote-backend/name-order.ts'
import { parseName } from '../../../../src/dns/index.ts'
import type { ZoneDocument } from '../../../../src/zone/index.ts'
import { must } from '../../support.ts'

const orderOf = (records: Record<string, object>): NameOrder =>
  new NameOrder({ origin: 'example.com', records } as unknown as ZoneDocument)

const A = { A: '192.0.2.1' }
const around = (order: NameOrder, name: string) => order.around(must(parseName(`${name}.`)).key)

test('the order is that of RFC 4034, section 6.1', () => {
  // The names of the example there, below "example", with a wildcard; the octets 001 and 200 are escaped.
  const names = ['a', 'yljkjljk.a', 'Z.a', 'zABC.a', 'z', '\\001.z', '*.z', '\\200.z']
  const order = orderOf(Object.fromEntries([...names].reverse().map((name) => [name, A])))
  const chain = ['']
  while (chain.length <= names.length) chain.push(around(order, chain.at(-1) || '').after)
  expect(chain.map((name) => name.toLowerCase())).toEqual(['', ...names.map((name) => name.toLowerCase())])
  expect(around(order, '\\200.z').after).toBe('')
})

test('names below delegations and DNAMEs are in no chain, and names without records neither', () => {
  const order = orderOf({
    ...{ '@': { NS: 'ns' }, sub: { NS: 'ns.sub' }, 'ns.sub': A, 'a.ns.sub': A, 'sub-b': A },
    ...{ moved: { DNAME: 'elsewhere' }, 'x.moved': A, 'deep.empty': A, nothing: {} },
  })
  expect(order.size).toBe(5)
  expect(around(order, 'ns.sub')).toEqual({ before: 'sub', after: 'sub-b' })
  expect(around(order, 'x.moved')).toEqual({ before: 'moved', after: 'sub' })
  expect(around(order, 'empty')).toEqual({ before: '', after: 'deep.empty' })
  expect(around(order, 'nothing')).toEqual({ before: 'moved', after: 'sub' })
  expect(around(order, 'zzz')).toEqual({ before: 'sub-b', after: '' })
})

describe('any names', () => {
  const label = fc.uint8Array({ minLength: 1, maxLength: 4 })
  const name = fc.array(label, { minLength: 1, maxLength: 4 })
  const written = (labels: readonly Uint8Array[]): string =>
    labels.map((octets) => Array.from(octets, (octet) => `\\${`${octet}`.padStart(3, '0')}`).join('')).join('.')
  const lower = (octets: Uint8Array): Buffer =>
    Buffer.from(octets.map((octet) => (octet >= 65 && octet <= 90 ? octet + 32 : octet)))

  /** The order by the words of the RFC: label by label from the right, a missing label first. */
  function compare(a: readonly Uint8Array[], b: readonly Uint8Array[]): number {
    for (let i = 1; i <= Math.max(a.length, b.length); i++) {
      const [left, right] = [a.at(-i), b.at(-i)]
      if (i > a.length || i > b.length || !left || !right) return a.length - b.length
      const difference = Buffer.compare(lower(left), lower(right))
      if (difference !== 0) return difference
    }
    return 0
  }

  test('around a name are the nearest ones', () => {
    fc.assert(
      fc.property(fc.array(name, { maxLength: 12 }), name, (names, asked) => {
        const order = orderOf(Object.fromEntries(names.map((labels) => [written(labels), A])))
        const below = names.filter((labels) => compare(labels, asked) <= 0).sort(compare)
        const above = names.filter((labels) => compare(labels, asked) > 0).sort(compare)
        const found = around(order, written(asked))
        const keyOf = (text: string) => (text === '' ? '' : must(parseName(`${text}.`)).key)
        expect(keyOf(found.before)).toBe(keyOf(below.length > 0 ? written(below.at(-1) ?? []) : ''))
        expect(keyOf(found.after)).toBe(keyOf(above.length > 0 ? written(above[0] ?? []) : ''))
      }),
    )
  })
})
