import fc from 'fast-check'
import { expect, test } from 'vitest'
import { partition, prefixes, toAddress } from '../../../src/explain/plan/networks.ts'
import { addressBits, type Family, formatAddress } from '../../../src/net/index.ts'
import { runCount } from '../../effort.ts'
import { prefix } from '../support.ts'

const numberOf = (bytes: Uint8Array): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)

test('prefixes: the fewest networks that are all addresses of a span, in order', () => {
  const spans = fc.constantFrom<Family>(1, 2).chain((family) => {
    const number = fc.bigInt({ min: 0n, max: 1n << BigInt(addressBits(family)) })
    return fc.tuple(fc.constant(family), number, number)
  })
  fc.assert(
    fc.property(spans, ([family, a, b]) => {
      const [start, end] = a < b ? [a, b] : [b, a]
      const networks = [...prefixes(family, { start, end })].map((text) => {
        const { bytes, length } = prefix(text)
        return { first: numberOf(bytes), size: 1n << BigInt(addressBits(family) - length) }
      })
      let at = start
      for (const [i, { first, size }] of networks.entries()) {
        expect(first).toBe(at)
        at += size
        // Two neighbours that are halves of one network would be that network.
        const next = networks[i + 1]
        expect(next?.size === size && first % (2n * size) === 0n).toBe(false)
      }
      expect(at).toBe(end)
    }),
    { numRuns: runCount(500) },
  )
})

test.each<[Family, bigint, string]>([
  [1, 0n, '0.0.0.0'],
  [1, 0xc0000201n, '192.0.2.1'],
  [2, 1n, '::1'],
  [2, 0x20010db8n << 96n, '2001:db8::'],
])('toAddress: family %i, number %s is %s', (family, number, expected) => {
  expect(formatAddress(toAddress(family, number))).toBe(expected)
})

test('partition: goes on behind each network, joins neighbours, and never asks a mapped address', () => {
  const asked: string[] = []
  const { spans, cut } = partition<boolean>(
    2,
    (client) => {
      const text = formatAddress(client)
      asked.push(text)
      // ::/80 is by itself, so that the walk comes to ::ffff:0:0/96 from below.
      const isLow = numberOf(client.bytes) < 1n << 49n
      return { value: isLow, scope: isLow ? 96 : 1 + leadingZeros(numberOf(client.bytes)), steps: 1 }
    },
    (a, b) => a === b,
    { left: 1_000_000 },
    10,
  )
  expect(cut).toBe(undefined)
  expect(asked.filter((text) => text.startsWith('::ffff:'))).toEqual([])
  expect(spans.map(({ value }) => value)).toEqual([true, false])
  expect([spans[0]?.start, spans[0]?.end, spans[1]?.end]).toEqual([0n, 1n << 49n, 1n << 128n])
})

/** The zero bits in front of a number of 128 bits. */
const leadingZeros = (number: bigint): number => 128 - number.toString(2).length

test('partition: stops without steps, and after many single addresses that code has read', () => {
  const single = () => ({ value: 1, scope: 32, steps: 1, readsAll: true })
  const isSame = (a: number, b: number): boolean => a === b
  const left = { left: 5 }
  expect(partition(1, single, isSame, left, 100)).toMatchObject({ cut: 'steps', spans: [{ start: 0n, end: 5n }] })
  expect(partition(1, single, isSame, { left: 1000 }, 7)).toMatchObject({ cut: 'addresses', spans: [{ end: 8n }] })
})
