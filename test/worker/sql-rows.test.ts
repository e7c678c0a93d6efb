import {
  createExecutionContext,
  createScheduledController,
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
import worker from './bundle/main.ts'
import { EXAMPLE, publish } from './support.ts'

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

test('latencies: a sample reads and writes a few rows, however many there are', async () => {
  const vantages = ['weur', 'enam', 'apac']
  const samples = MAX_LATENCY_MS / LATENCY_SAMPLE_MS
  await runInDurableObject(monitor(), async (_, { storage }) => {
    createTables(storage)
    const latencies = new Latencies(storage)
    const add = (slot: number) => {
      for (const vantage of vantages) latencies.add({ vantage, ms: new Map([['probe', 7]]) }, slot * LATENCY_SAMPLE_MS)
    }
    for (let slot = 1; slot <= samples + 1; slot++) add(slot)
    const { read, written } = await rowsOf(storage, () => add(samples + 2))
    expect(read).toBeLessThanOrEqual(vantages.length * ROWS_A_SAMPLE.read)
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

test('a minute of the cron reads and writes a few rows, however many zones the API has', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  onTestFinished(() => log.mockRestore())
  await publish({ ...EXAMPLE, origin: 'example.com' })
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
  const rows = await rowsOf(storage, async () => {
    await tick(3)
    await look()
  })
  // The time of the look is written once in half a minute, and was a moment ago.
  expect(rows).toEqual({ ...ROWS_A_MINUTE, written: ROWS_A_MINUTE.written - 1 })
})
