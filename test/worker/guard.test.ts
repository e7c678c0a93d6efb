import { env } from 'cloudflare:workers'
import { beforeEach, expect, test, vi } from 'vitest'
import { formatVantage, type TargetState, UNPROBED } from '../../src/health/index.ts'
import { healthKey } from '../../src/store/index.ts'
import { type Isolate, newIsolate, poolZone, probesOf } from './health-support.ts'
import { base64url, decode, publish, query } from './support.ts'

const KEY = 'the-key-of-these-tests'
const MEMBERS = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']
const ZONE = poolZone('example.com', MEMBERS, { guard: { share: 0.5, within: 60, for: 300 }, health: { dns: true } })

const lines: string[] = []
const holdLines = () => lines.filter((line) => line.includes('"guard-holds"')).map((line) => JSON.parse(line))

beforeEach(async () => {
  lines.length = 0
  for (const level of ['log', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line)))
  await publish(ZONE)
})

/** Puts a health document: these targets went down some seconds ago, the others are up. */
async function putGone(ago: number, ...hosts: readonly string[]): Promise<void> {
  const now = Math.floor(Date.now() / 1000)
  const rows = Array.from(probesOf(ZONE), ([host, { id }]): [string, TargetState] => {
    const isGone = hosts.includes(host)
    const state = { state: isGone ? 'down' : 'up', since: isGone ? now - ago : 1000, changes: isGone ? 1 : 0 } as const
    return [id, { ...UNPROBED, ...state, at: now }]
  })
  await env.GSLB.put(healthKey('cron'), formatVantage({ name: 'cron', at: Date.now(), targets: new Map(rows) }))
}

async function told(isolate: Isolate, name: string): Promise<string[]> {
  const reply = await decode(await isolate.fetch(`/dns-query?dns=${base64url(query(name, 'TXT'))}`))
  return (reply.answers ?? []).map((answer) => ('data' in answer ? String(answer.data) : ''))
}

test('each isolate goes on with the states as they were, whenever it begins', async () => {
  await putGone(20, '192.0.2.1', '192.0.2.2', '192.0.2.3')
  for (const isolate of [await newIsolate({}), await newIsolate({})])
    expect(await isolate.ask('www.example.com')).toBe(MEMBERS.join(' '))
  await putGone(20, '192.0.2.1', '192.0.2.2')
  expect(await (await newIsolate({})).ask('www.example.com')).toBe('192.0.2.3 192.0.2.4')
  await putGone(320, '192.0.2.1', '192.0.2.2', '192.0.2.3')
  expect(await (await newIsolate({})).ask('www.example.com')).toBe('192.0.2.4')
})

test('the API and the metrics tell the hold', async () => {
  await putGone(20, '192.0.2.1', '192.0.2.2', '192.0.2.3')
  const isolate = await newIsolate({ API_KEY: KEY })
  const { body } = await isolate.api('/health')
  expect(body.guards).toEqual([
    {
      ...{ zone: 'example.com', share: 0.5, within: 60, for: 300, least: 3, holding: true, fell: 3, of: 4, held: 3 },
      ...{ since: expect.any(String), until: expect.any(String) },
    },
  ])
  expect(Date.parse(body.guards[0].until) - Date.parse(body.guards[0].since)).toBe(300_000)
  const metrics = await (await isolate.fetch('/metrics', { headers: { 'x-api-key': KEY } })).text()
  expect(metrics).toContain('edge_gslb_guard_active{zone="example.com"} 1\n')
  expect(metrics).toContain('edge_gslb_pool_live_members{zone="example.com",pool="www.example.com/A"} 4\n')
  const explained = await isolate.api('/explain?name=www.example.com&client=192.0.2.1')
  expect(JSON.stringify(explained.body.trace)).toContain('"held":{"zone":"example.com"')
})

test('an override that empties a pool is refused by the states as the guard holds them', async () => {
  await putGone(20, '192.0.2.1', '192.0.2.2', '192.0.2.3')
  const isolate = await newIsolate({ API_KEY: KEY })
  const put = (target: string) => {
    const overrides = [{ target, force: 'down', by: 'ada', why: 'a test' }]
    return isolate.api('/overrides', { method: 'PUT', body: JSON.stringify({ overrides }) })
  }
  expect((await put('192.0.2.4')).status).toBe(200)
  expect((await put('192.0.2.*')).status).toBe(409)
  await env.GSLB.delete('overrides')
})

test('the cron logs the begin of a hold once', async () => {
  await putGone(20, '192.0.2.1', '192.0.2.2', '192.0.2.3')
  const isolate = await newIsolate({})
  await isolate.tick()
  expect(holdLines()).toEqual([
    {
      ...{ event: 'guard-holds', zone: 'example.com', fell: 3, of: 4 },
      ...{ since: expect.any(String), until: expect.any(String) },
    },
  ])
  await isolate.tick()
  expect(holdLines().length).toBe(1)
  // One that began long ago was told of by another isolate.
  lines.length = 0
  await putGone(200, '192.0.2.1', '192.0.2.2', '192.0.2.3')
  await (await newIsolate({})).tick()
  expect(holdLines()).toEqual([])
})

test('names tell health by DNS, from the same copy as answers', async () => {
  await putGone(20, '192.0.2.1', '192.0.2.2')
  const isolate = await newIsolate({})
  const texts = await told(isolate, '_health.www.example.com')
  expect(texts[0]).toBe('pool=www.example.com/A state=up live=2 members=4')
  expect(texts.filter((text) => text.includes('state=down')).length).toBe(2)
  expect(texts.filter((text) => /^member=\S+ state=up since=\S+Z /.test(text)).length).toBe(2)
  expect(await told(isolate, '_health.nothing.example.com')).toEqual([])
  await publish({ ...ZONE, health: {} } as typeof ZONE)
  expect(await told(await newIsolate({}), '_health.www.example.com')).toEqual([])
})
