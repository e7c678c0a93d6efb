import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Isolate, kvWith, newIsolate } from './health-support.ts'
import { EXAMPLE, publish } from './support.ts'

// Each isolate loads the Worker again, which is slow on a busy machine.
const NAME = 'ns.example.com'
const GOOD = '192.168.56.1'
const KEY = 'zone:example.com'

const lines: string[] = []

beforeEach(async () => {
  lines.length = 0
  vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)))
  vi.spyOn(console, 'error').mockImplementation(() => {})
  for (const { name } of (await env.GSLB.list()).keys) await env.GSLB.delete(name)
  await publish(EXAMPLE)
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const begin = (overrides: object = {}): Promise<Isolate> => newIsolate({ API_KEY: 'key', ...overrides })

async function tickAt(isolate: Isolate, minute: number): Promise<void> {
  const context = createExecutionContext()
  const scheduledTime = new Date(Date.UTC(2026, 0, 1, 0, minute))
  await isolate.worker.scheduled(createScheduledController({ scheduledTime, cron: '* * * * *' }), isolate.env, context)
  await waitOnExecutionContext(context)
}

const refusedOf = async (isolate: Isolate) => (await isolate.api('/health')).body.refused

const invalid = JSON.stringify({ ...EXAMPLE, records: { ns: { A: 'not an address' } } })
const byHand = JSON.stringify({ ...EXAMPLE, records: { ns: { A: '192.0.2.9' } } })

test('nothing is refused while every document is valid', async () => {
  expect(await refusedOf(await begin())).toEqual([])
})

test.each<[string, () => Promise<void>, string]>([
  ['is no JSON', () => env.GSLB.put(KEY, '{'), 'not JSON'],
  ['is not valid', () => env.GSLB.put(KEY, invalid), 'records.ns.A'],
  ['is gone', () => env.GSLB.delete(KEY), 'not in KV'],
  ['is of another zone', () => env.GSLB.put(KEY, JSON.stringify({ ...EXAMPLE, origin: 'x.example' })), 'x.example.'],
  ['is from the future', () => env.GSLB.put(KEY, JSON.stringify({ ...EXAMPLE, version: 9 })), 'version'],
])(
  'a zone key that %s: an isolate that begins answers as before; the cron and status tell of it',
  async (_, make, why) => {
    await make()
    const isolate = await begin()
    expect(await isolate.ask(NAME)).toBe(GOOD)
    await tickAt(isolate, 5)
    const told = [{ origin: 'example.com', why: expect.stringContaining(why), since: '2026-01-01T00:05:00.000Z' }]
    // The isolate that found it knows at once, and others from then on.
    expect(await refusedOf(isolate)).toEqual(told)
    expect(
      lines.some((line) => line.includes('"reconciled"') && line.includes('"refused":[{"origin":"example.com"')),
    ).toBe(true)
    await tickAt(await begin(), 5)
    const other = await begin()
    expect([await other.ask(NAME), await refusedOf(other)]).toEqual([GOOD, told])
  },
)

test('a valid zone that is put by hand is served when the cron has validated it', async () => {
  await env.GSLB.put(KEY, byHand)
  await env.GSLB.put('zone:new.example', JSON.stringify({ ...EXAMPLE, origin: 'new.example' }))
  const before = await begin()
  expect([await before.ask(NAME), await before.ask('ns.new.example')]).toEqual([GOOD, 'REFUSED'])
  await tickAt(before, 5)
  expect(await before.ask('ns.new.example')).toBe(GOOD)
  const after = await begin()
  expect([await after.ask(NAME), await after.ask('ns.new.example'), await refusedOf(after)]).toEqual([
    '192.0.2.9',
    GOOD,
    [],
  ])
})

test.each<[string, () => Promise<void>]>([
  ['is damaged', () => env.GSLB.put('catalog', '{"zones":')],
  ['is gone', () => env.GSLB.delete('catalog')],
])(
  'a catalog that %s: no zone in KV is refused, and status reports it until the cron has rebuilt it',
  async (_, make) => {
    await make()
    const isolate = await begin()
    expect(await isolate.ask(NAME)).toBe(GOOD)
    expect(await refusedOf(isolate)).toMatchObject([{ origin: 'catalog' }])
    await tickAt(isolate, 5)
    expect(await refusedOf(isolate)).toEqual([])
    const after = await begin()
    expect([await after.ask(NAME), await refusedOf(after)]).toEqual([GOOD, []])
  },
)

test('KV that hangs: a deadline of two seconds, a list after one, and SERVFAIL from an isolate without zones', async () => {
  const hangs = () => new Promise<never>(() => {})
  const isolate = await begin({ GSLB: kvWith({ get: hangs, getWithMetadata: hangs, list: hangs }) })
  const timers: number[] = []
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((fire: () => void, ms: number) => {
    timers.push(ms)
    queueMicrotask(fire)
    return 0
  }) as never)
  const url = 'https://gslb.test/resolve?name=ns.example.com'
  const answered = await isolate.worker.fetch(new Request(url) as never, isolate.env, createExecutionContext())
  expect([((await answered.json()) as { Status: number }).Status, timers]).toEqual([2, [1000, 2000]])
})
