import { expect, test, vi } from 'vitest'
import { LATENCY_SAMPLE_MS, MAX_LATENCY_CHARS, MAX_LATENCY_MS, MAX_RECORDED_TARGETS } from '../../../src/limits.ts'
import { Latencies } from '../../../src/monitor/latencies.ts'
import { createTables } from '../../../src/monitor/tables.ts'
import { Sqlite } from '../sqlite.ts'
import { NOW } from './support.ts'

const sample = (ids: readonly string[], ms: number) => ({ vantage: 'cron', ms: new Map(ids.map((id) => [id, ms])) })

test('as many new targets as are recorded have a number each, in time that grows with their number', () => {
  const storage = new Sqlite()
  createTables(storage)
  const latencies = new Latencies(storage)
  const ids = Array.from({ length: MAX_RECORDED_TARGETS + 5 }, (_, i) => `probe ${i}`)
  let copied = 0
  const CountingSet = class<T> extends Set<T> {
    constructor(values: Iterable<T> = []) {
      super(values)
      copied += this.size
    }
  }
  vi.stubGlobal('Set', CountingSet)
  latencies.add(sample(ids, 7), NOW)
  vi.unstubAllGlobals()
  // A set of all numbers for each new target would copy half the square of their number.
  expect(copied).toBeLessThan(2 * MAX_RECORDED_TARGETS)
  const [row] = [...storage.sql.exec('SELECT COUNT(*) AS count, COUNT(DISTINCT number) AS numbers FROM numbers')]
  expect(row).toEqual({ count: MAX_RECORDED_TARGETS, numbers: MAX_RECORDED_TARGETS })
})

test('a number is given to another target when no sample has the one that is gone', () => {
  const storage = new Sqlite()
  createTables(storage)
  const latencies = new Latencies(storage)
  latencies.add(sample(['a', 'b', 'c'], 7), NOW)
  latencies.forget(new Set(['a', 'c']), NOW)
  latencies.add(sample(['a', 'c', 'd'], 8), NOW + LATENCY_SAMPLE_MS)
  const later = NOW + MAX_LATENCY_MS + LATENCY_SAMPLE_MS
  latencies.forget(new Set(['a', 'c', 'd']), later)
  latencies.add(sample(['a', 'c', 'd', 'e'], 9), later)
  const numbers = [...storage.sql.exec('SELECT id, number FROM numbers ORDER BY number')]
  expect(numbers.map(({ id }) => id)).toEqual(['a', 'e', 'c', 'd'])
  expect(latencies.series('e', NOW, later).map(({ ms }) => ms)).toEqual([[9]])
})

test('samples beyond the limit of characters: the oldest go, and no others', () => {
  const storage = new Sqlite()
  createTables(storage)
  const slot = (number: number) => (Math.floor(NOW / LATENCY_SAMPLE_MS) + number) * LATENCY_SAMPLE_MS
  // A row of many targets, of which only the size counts here.
  const half = MAX_LATENCY_CHARS / 2
  for (const [number, size] of [
    [-4, 0],
    [-3, half],
    [-2, half],
  ] as const)
    storage.sql.exec('INSERT INTO latency (vantage, at, size, ms) VALUES (?, ?, ?, ?)', 'weur', slot(number), size, '')
  // Each by an object of its own: between two samples the platform may evict it.
  for (const number of [0, 1, 2]) new Latencies(storage).add(sample(['a'], number), slot(number))
  const kept = [...storage.sql.exec('SELECT at FROM latency ORDER BY at')].map(({ at }) => at)
  expect(kept).toEqual([slot(-2), slot(0), slot(1), slot(2)])
})
