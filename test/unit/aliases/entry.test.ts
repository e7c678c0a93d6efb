import { expect, test } from 'vitest'
import { type AliasEntry, servedOf } from '../../../src/aliases/index.ts'

const T = 1_000_000_000
const told = { addresses: ['192.0.2.1'], ttl: 60, at: T, from: 'dns.example', cycle: 100 }
const HOUR = 3_600_000

const served = (entry: AliasEntry, afterMs: number, vouchedForMs = 0) => {
  const found = servedOf(entry, T + afterMs, T + vouchedForMs)
  return found && [found.seconds, found.isStale]
}

test.each([
  [0, [60, false]],
  [1, [60, false]],
  [1000, [59, false]],
  [59_999, [1, false]],
])('a TTL is counted down: after %d ms', (ms, expected) => expect(served({ told }, ms)).toEqual(expected))

test('a clock that went back gives no address more time than it was told with', () => {
  expect(served({ told }, -1_000_000)).toEqual([60, false])
})

test.each([
  [60_000, 100],
  [61_000, 99],
  [159_001, 1],
  [160_000, 100],
])('what is vouched for goes on in the same rhythm: after %d ms', (ms, seconds) => {
  expect(served({ told }, ms, 300_000)).toEqual([seconds, false])
})

test('a TTL of 0 stays 0', () => {
  expect(served({ told: { ...told, ttl: 0, cycle: 0 } }, 5000, 300_000)).toEqual([0, false])
})

test('without anybody who vouches, addresses are stale when their TTL has run out, for an hour', () => {
  expect(served({ told }, 60_000)).toEqual([30, true])
  expect(served({ told }, 60_000 + HOUR - 1)).toEqual([30, true])
  expect(served({ told }, 60_000 + HOUR)).toBeUndefined()
  expect(served({ told }, 300_000, 300_000)).toEqual([30, true])
})

test('a failure makes them stale whoever vouches, for an hour from then on', () => {
  const entry = { told, failing: { since: T + 200_000, why: 'silent' } }
  expect(served(entry, 200_000, 10 * HOUR)).toEqual([30, true])
  expect(served(entry, 200_000 + HOUR - 1, 10 * HOUR)).toEqual([30, true])
  expect(served(entry, 200_000 + HOUR, 10 * HOUR)).toBeUndefined()
})

test('what was never told is not served', () => {
  expect(served({ failing: { since: T, why: 'silent' } }, 0)).toBeUndefined()
})
