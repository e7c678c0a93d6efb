import { expect, test } from 'vitest'
import { type ListedZone, listedZones, ZoneIndex } from '../../../src/ledger/index.ts'
import { API, EMPTY_CATALOG, KV, type ZoneEntry } from '../../../src/store/index.ts'
import { Sqlite } from '../sqlite.ts'

const entry = (hash: string, more: Partial<ZoneEntry> = {}): ZoneEntry => ({ serial: 1, hash, zone: hash, ...more })

const listed = (origin: string, hash: string, changed: number): ListedZone => ({
  ...{ origin: `${origin}.`, serial: 2, hash, changed, author: 'ada', kind: 'Master', account: 'us' },
})

function listOf(zones: Record<string, ZoneEntry>, rows: Record<string, ListedZone | null>, pending: string[] = []) {
  const index = new ZoneIndex(new Sqlite())
  for (const [origin, row] of Object.entries(rows)) index.set(origin, row, 500)
  return listedZones({ ...EMPTY_CATALOG, zones: new Map(Object.entries(zones)) }, index.rows(), new Set(pending))
}

test('list of zones: one that was published without the API has the time and the author of its entry', () => {
  const zones = { a: entry('1', { since: 7 }), b: entry('2', { by: KV, since: 8 }), c: entry('3') }
  const others = { kind: 'Native', account: '' }
  expect(listOf(zones, {})).toEqual([
    { origin: 'a.', serial: 1, hash: '1', changed: 7, author: 'publish', published: 7, ...others },
    { origin: 'b.', serial: 1, hash: '2', changed: 8, author: 'kv', published: 8, ...others },
    { origin: 'c.', serial: 1, hash: '3', changed: 0, author: 'publish', published: undefined, ...others },
  ])
})

test('list of zones: what a ledger committed is there at once, and published when KV has it', () => {
  const rows = { a: listed('a', '2', 9), new: listed('new', '1', 9) }
  const [a, fresh] = listOf({ a: entry('1', { by: API, since: 5 }) }, rows)
  expect(a).toEqual({ ...rows.a, published: undefined })
  expect(fresh).toEqual({ ...rows.new, published: undefined })
  const zones = { a: entry('2', { by: API, since: 12 }) }
  expect(listOf(zones, rows)[0]).toEqual({ ...rows.a, published: 12 })
  // An earlier version of the ledger may come to count after the next one was committed.
  expect(listOf({ a: entry('1', { by: API, since: 10 }) }, rows)[0]).toEqual({ ...rows.a, published: undefined })
  expect(listOf(zones, rows, ['a'])[0]).toEqual({ ...rows.a, published: undefined })
})

test('list of zones: counts those that were not deleted', () => {
  const index = new ZoneIndex(new Sqlite())
  expect(index.size).toBe(0)
  for (const origin of ['a', 'b', 'c']) index.set(origin, listed(origin, '1', 1), 1)
  index.set('b', null, 2)
  expect(index.size).toBe(2)
})

test('list of zones: a deleted zone is gone at once, until somebody publishes it again', () => {
  expect(listOf({ a: entry('1', { since: 400 }) }, { a: null })).toEqual([])
  expect(listOf({ a: entry('1', { since: 600 }) }, { a: null })).toMatchObject([{ origin: 'a.', author: 'publish' }])
})

test('list of zones: what a publisher wrote after the ledger is what is listed', () => {
  const rows = { a: listed('a', '1', 9) }
  expect(listOf({ a: entry('7', { since: 20 }) }, rows)).toMatchObject([{ hash: '7', author: 'publish', changed: 20 }])
  expect(listOf({ a: entry('7', { since: 5 }) }, rows)).toMatchObject([{ hash: '1', author: 'ada', changed: 9 }])
})

test('list of zones: any name is an ordinary zone, and 20,000 are read at once', () => {
  const index = new ZoneIndex(new Sqlite())
  for (const origin of ['__proto__', 'constructor']) index.set(origin, listed(origin, '1', 1), 1)
  for (let i = 0; i < 20_000; i++) index.set(`z${i}`, listed(`z${i}`, '1', 1), 1)
  index.set('z0', null, 1)
  expect(listedZones(EMPTY_CATALOG, index.rows(), new Set())).toHaveLength(20_001)
  expect(['__proto__', 'z0', 'z1', 'z20000'].map((origin) => index.has(origin))).toEqual([true, false, true, false])
  index.forget(1_000_000)
  expect(index.rows()).toHaveLength(20_001)
})
