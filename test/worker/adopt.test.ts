import {
  createExecutionContext,
  createScheduledController,
  evictDurableObject,
  runDurableObjectAlarm,
  waitOnExecutionContext,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { parseCatalog } from '../../src/store/index.ts'
import { adopterObject } from '../../src/worker/zone-adopter.ts'
import { eventually } from '../eventually.ts'
import { type Isolate, newIsolate } from './health-support.ts'
import { EXAMPLE, publish } from './support.ts'

// Documents that were put by hand, from the key to the answer.
const NAME = 'ns.example.com'
const KEY = 'zone:example.com'

beforeEach(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
  for (const { name } of (await env.GSLB.list()).keys) await env.GSLB.delete(name)
  await publish(EXAMPLE)
})
afterEach(() => {
  vi.restoreAllMocks()
})

const adopter = () => adopterObject(env as never)

const begin = (): Promise<Isolate> => newIsolate({ API_KEY: 'key' })

/** One tick of the cron; the alarms that follow from it ring by themselves. */
async function tick(isolate: Isolate): Promise<void> {
  const context = createExecutionContext()
  const controller = createScheduledController({ scheduledTime: new Date(), cron: '* * * * *' })
  await isolate.worker.scheduled(controller, isolate.env, context)
  await waitOnExecutionContext(context)
}

async function catalog() {
  const parsed = parseCatalog((await env.GSLB.get('catalog')) ?? '')
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}

const withSerial = (serial: number, records: object) =>
  JSON.stringify({ ...EXAMPLE, soa: { ...EXAMPLE.soa, serial }, records: { ...EXAMPLE.records, ...records } })

const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`host${i}`, { A: `10.0.${i >> 8}.${i & 255}` }]))

test('a small document answers after one tick', async () => {
  const isolate = await begin()
  await env.GSLB.put(KEY, withSerial(8, { ns: { A: '192.0.2.8' } }))
  await tick(isolate)
  expect(await isolate.ask(NAME)).toBe('192.0.2.8')
})

test('a document of many names is compiled by alarms after one tick', async () => {
  const isolate = await begin()
  await env.GSLB.put(KEY, withSerial(8, { ns: { A: '192.0.2.8' }, ...many(7000) }))
  await tick(isolate)
  expect((await catalog()).zones.get('example.com')?.serial).toBe(7)
  await eventually(async () => expect((await catalog()).zones.get('example.com')?.serial).toBe(8))
  expect(await (await begin()).ask(NAME)).toBe('192.0.2.8')
  expect(await (await begin()).ask('host6999.example.com')).toBe('10.0.27.87')
})

test('an object that is evicted between two pieces begins again', async () => {
  const isolate = await begin()
  await env.GSLB.put(KEY, withSerial(8, { ns: { A: '192.0.2.8' }, ...many(7000) }))
  await tick(isolate)
  await runDurableObjectAlarm(adopter())
  await evictDurableObject(adopter())
  await eventually(async () => expect((await catalog()).zones.get('example.com')?.serial).toBe(8))
})

test('a document that is refused: the zone before answers, and status says why and since when', async () => {
  const isolate = await begin()
  await env.GSLB.put(KEY, withSerial(8, { ns: { A: 'not an address' } }))
  await tick(isolate)
  expect(await isolate.ask(NAME)).toBe('192.168.56.1')
  const { refused } = (await isolate.api('/health')).body
  expect(refused).toEqual([
    { origin: 'example.com', why: expect.stringContaining('records.ns.A'), since: expect.stringMatching(/^20/) },
  ])
})

test('a document that is too large for the plan: status names the size, the limit and the command', async () => {
  const isolate = await begin()
  await env.GSLB.put(KEY, withSerial(8, many(12_000)))
  await tick(isolate)
  expect(await isolate.ask(NAME)).toBe('192.168.56.1')
  const [{ why }] = (await isolate.api('/health')).body.refused
  expect(why).toMatch(/has \d{6} octets.* the free plan; expected at most 262144, or "npx edge-gslb publish"/)
})
