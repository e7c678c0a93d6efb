import {
  createExecutionContext,
  createScheduledController,
  evictDurableObject,
  runInDurableObject,
  waitOnExecutionContext,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, onTestFinished, test, vi } from 'vitest'
import { LATENCY_SAMPLE_MS, MAX_LATENCY_MS } from '../../src/limits.ts'
import { Latencies } from '../../src/monitor/latencies.ts'
import { createTables } from '../../src/monitor/tables.ts'
import { monitorObject } from '../../src/worker/monitor-object.ts'
import { adopterObject } from '../../src/worker/zone-adopter.ts'
import { ROWS_A_MINUTE, ROWS_A_SAMPLE } from '../../tools/installation.ts'
import worker, { served } from './bundle/main.ts'
import { OK, poolZone, pretendProbes } from './health-support.ts'
import { publish } from './support.ts'

type Rows = { readonly read: number; readonly written: number }

/**
 * Counts the rows of SQLite that all objects read and write meanwhile, as the platform bills them: a key that is put or
 * read is a row, and so is an alarm that is set.
 */
async function rowsOf(storage: DurableObjectStorage, work: () => unknown): Promise<Rows> {
  const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = []
  const keys: Record<'read' | 'written', number[]> = { read: [], written: [] }
  const countOf = (given: unknown): number => (typeof given === 'string' ? 1 : Object.keys(given as object).length)
  // biome-ignore lint/suspicious/noExplicitAny: the methods are called with what they were given
  const spy = (target: any, name: string, note: (returned: any, given: any) => void) => {
    const real = target[name]
    return vi.spyOn(target, name).mockImplementation(function (this: unknown, ...given: unknown[]) {
      const returned = real.apply(this, given)
      note(returned, given[0])
      return returned
    })
  }
  const [sql, kv] = [Object.getPrototypeOf(storage.sql), Object.getPrototypeOf(storage)]
  const spied = [
    spy(sql, 'exec', (cursor) => cursors.push(cursor)),
    spy(kv, 'get', (_, given) => keys.read.push(countOf(given))),
    ...['put', 'delete'].map((name) => spy(kv, name, (_, given) => keys.written.push(countOf(given)))),
    spy(kv, 'setAlarm', () => keys.written.push(1)),
  ]
  try {
    await work()
  } finally {
    for (const one of spied) one.mockRestore()
  }
  const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)
  return {
    read: sumOf([...keys.read, ...cursors.map(({ rowsRead }) => rowsRead)]),
    written: sumOf([...keys.written, ...cursors.map(({ rowsWritten }) => rowsWritten)]),
  }
}

const monitor = () => env.MONITOR.get(env.MONITOR.idFromName('rows'))

test('latencies: a sample reads and writes a few rows, however many there are, in a new object, too', async () => {
  const vantages = ['weur', 'enam', 'apac']
  const samples = MAX_LATENCY_MS / LATENCY_SAMPLE_MS
  await runInDurableObject(monitor(), async (_, { storage }) => {
    createTables(storage)
    // Between two samples the platform evicts the object.
    const add = (slot: number, vantage: string) => {
      const latencies = new Latencies(storage)
      const at = slot * LATENCY_SAMPLE_MS
      if (latencies.isDue(vantage, at)) latencies.add({ vantage, ms: new Map([['probe', 7]]) }, at)
    }
    const all = (slot: number) => vantages.forEach((vantage) => void add(slot, vantage))
    for (let slot = 1; slot <= samples + 1; slot++) all(slot)
    const { read, written } = await rowsOf(storage, () => all(samples + 2))
    // The number of the target is one of the rows.
    expect(read).toBeLessThanOrEqual(vantages.length * (ROWS_A_SAMPLE.read + 1))
    expect(written).toBeLessThanOrEqual(vantages.length * ROWS_A_SAMPLE.written)
    const [kept] = storage.sql.exec('SELECT COUNT(*) AS kept FROM latency')
    expect(kept).toEqual({ kept: vantages.length * (samples + 1) })
  })
})

async function tick(minute: number): Promise<void> {
  const scheduledTime = new Date(Date.UTC(2026, 0, 1, 0, minute))
  const context = createExecutionContext()
  await worker.scheduled(createScheduledController({ scheduledTime, cron: '* * * * *' }), env, context)
  await waitOnExecutionContext(context)
}

test('a minute of the cron reads and writes a few rows, and one for each state, however many zones the API has', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  onTestFinished(() => log.mockRestore())
  pretendProbes(served, async () => OK)
  const hosts = Array.from({ length: 40 }, (_, i) => `192.0.2.${i + 1}`)
  await publish(poolZone('example.com', hosts))
  await tick(1)
  const storage = await runInDurableObject(adopterObject(env as never), (_, state) => {
    const insert = 'INSERT INTO zones (origin, listed, at) VALUES (?, ?, 0)'
    for (let i = 0; i < 3000; i++) state.storage.sql.exec(insert, `${i}.example`, '{}')
    return state.storage
  })
  await tick(2)
  // The object that watches states has looked a moment ago, and would only do so again by its alarm.
  const look = () => runInDurableObject(monitorObject(env as never), (object) => Reflect.get(object, 'body').lookOnce())
  await look()
  const states = await runInDurableObject(monitorObject(env as never), (_, state) => [
    ...state.storage.sql.exec('SELECT key FROM seen'),
  ])
  expect(states.length).toBeGreaterThan(hosts.length)
  // The platform evicts objects that nobody asks for some seconds.
  await evictDurableObject(monitorObject(env as never))
  await evictDurableObject(adopterObject(env as never))
  const { read, written } = await rowsOf(storage, async () => {
    await tick(3)
    await look()
  })
  expect({ read: read - states.length, written }).toEqual(ROWS_A_MINUTE)
})
