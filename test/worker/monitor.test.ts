import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { formatVantage, type TargetState, UNPROBED } from '../../src/health/index.ts'
import type { HealthMonitorBody } from '../../src/worker/health-monitor.ts'
import { eventually } from '../eventually.ts'
import { FAILED, type Isolate, type Json, newIsolate, OK, poolZone, probesOf } from './health-support.ts'

const KEY = 'the-key-of-these-tests'
const [A, B] = ['192.0.2.1', '192.0.2.2']
const TARGET = `${A}:80`
const NOTIFY = [
  { url: 'http://127.0.0.1:9/a-path', format: 'json', on: ['target-down'] },
  { url: '$NO_SUCH_SECRET', format: 'slack' },
]
const ZONE = poolZone('example.com', [A, B], { notify: NOTIFY })

const monitor = () => env.MONITOR.get(env.MONITOR.idFromName('health'))

let isolate: Isolate
beforeAll(async () => {
  for (const name of ['log', 'error'] as const) vi.spyOn(console, name).mockImplementation(() => {})
  isolate = await newIsolate({ API_KEY: KEY, PLATFORM: 'edge' }, { [A]: OK, [B]: FAILED })
  const body = JSON.stringify(ZONE)
  const headers = { 'content-type': 'application/json' }
  expect((await isolate.api('/zones/example.com', { method: 'PUT', body, headers })).status).toBe(201)
  // The object has read the list of zones when it knows the target.
  await eventually(async () => {
    await monitor().tell({})
    expect((await isolate.api(`/health/history?zone=example.com&target=${TARGET}`)).status).toBe(200)
  })
})

type Inside = { readonly env: typeof env; readonly body: HealthMonitorBody }

const bodyOf = (object: unknown): HealthMonitorBody => (object as Inside).body

/** Tells the object what a vantage point has written, as one does. */
async function tell(states: Readonly<Record<string, TargetState['state']>>): Promise<void> {
  const [ids, at] = [probesOf(ZONE), Date.now()]
  const targets = Object.entries(states).map(([host, state]): [string, TargetState] => [
    ids.get(host)?.id ?? '',
    { ...UNPROBED, state, since: at / 1000, at: at / 1000, ms: 7 },
  ])
  await monitor().tell({ vantage: formatVantage({ name: 'cron', at, targets: new Map(targets) }) })
}

const history = async (): Promise<Json> => (await isolate.api(`/health/history?zone=example.com&target=${TARGET}`)).body

const isNow = (state: string) => eventually(async () => expect((await history()).changes.at(-1).state).toBe(state))

const events = async (query = ''): Promise<string[]> =>
  (await isolate.api(`/health/events${query}`)).body.events.map(({ event }: Json) => event)

describe('the monitor', () => {
  test('records what writers tell, and goes on from its storage when it is evicted', async () => {
    await tell({ [A]: 'up', [B]: 'up' })
    await isNow('up')
    await tell({ [A]: 'down', [B]: 'up' })
    await isNow('down')
    expect((await events('?zone=example.com&limit=2')).toSorted()).toEqual(['pool-degraded', 'target-down'])
    await evictDurableObject(monitor())
    await tell({ [A]: 'down', [B]: 'up' })
    await tell({ [A]: 'up', [B]: 'up' })
    await isNow('up')
    expect((await events('?zone=example.com')).toSorted()).toEqual([
      ...['pool-degraded', 'pool-restored', 'target-down', 'target-up'],
    ])
    const { changes, latency } = await history()
    expect(changes.map(({ state }: Json) => state).slice(-3)).toEqual(['up', 'down', 'up'])
    expect(latency[0]).toMatchObject({ check: 'example.com/web', vantage: 'cron', ms: [7] })
  })

  test('writes nothing to KV', async () => {
    const kv = await runInDurableObject(monitor(), (object) => {
      const { GSLB } = (object as unknown as Inside).env
      // The object reads the catalog by the same binding as it would write with.
      expect(Reflect.get(Reflect.get(bodyOf(object), 'env'), 'GSLB')).toBe(GSLB)
      return { put: vi.spyOn(GSLB, 'put'), remove: vi.spyOn(GSLB, 'delete') }
    })
    await tell({ [A]: 'down', [B]: 'up' })
    await isNow('down')
    expect([kv.put.mock.calls, kv.remove.mock.calls]).toEqual([[], []])
    for (const spy of Object.values(kv)) spy.mockRestore()
  })

  test('is told of overrides by the API', async () => {
    const put = (overrides: object[]) =>
      isolate.api('/overrides?force=true', {
        ...{ method: 'PUT', headers: { 'content-type': 'application/json' } },
        body: JSON.stringify({ overrides }),
      })
    await put([{ target: A, force: 'drained', by: 'ops', why: 'a disk' }])
    await isNow('drained')
    expect((await history()).changes.at(-1)).toMatchObject({ state: 'drained', by: 'ops' })
    await put([])
    await eventually(async () => expect(await events()).toContain('override-ended'))
  })

  test('is told by each tick of the cron', async () => {
    const told = vi.spyOn(env.MONITOR, 'get')
    await isolate.tick()
    expect(told).toHaveBeenCalled()
    told.mockRestore()
  })

  test('sends what is due by its alarm, and then has nothing to ring for', async () => {
    await tell({ [A]: 'down', [B]: 'up' })
    await isNow('down')
    await eventually(async () => {
      const [first] = (await isolate.api('/notifications')).body.receivers
      expect(first).toMatchObject({ waiting: 0, failed: 1, last: { event: 'target-down', delivered: false } })
    })
    await eventually(async () => {
      const due = await runInDurableObject(monitor(), (object) => bodyOf(object).monitor.nextAt())
      expect(due).toBeGreaterThan(Date.now())
    })
  })

  test('looks again after a look that failed', async () => {
    const looked = await runInDurableObject(monitor(), async (object) => {
      const body = bodyOf(object)
      const look = () => Reflect.apply(Reflect.get(body, 'look'), body, [])
      vi.spyOn(body.monitor, 'nextAt').mockImplementationOnce(() => {
        throw new Error('the storage does not answer')
      })
      const { monitor: failing } = body
      await look()
      const again = vi.spyOn(body.monitor, 'look')
      await look()
      return [body.monitor === failing, again.mock.calls.length]
    })
    expect(looked).toEqual([false, 1])
  })

  test('has receivers without secrets; from the edge private addresses are not reached', async () => {
    const { receivers } = (await isolate.api('/notifications')).body
    expect(receivers).toEqual([
      expect.objectContaining({ number: 1, zone: 'example.com', format: 'json', url: 'http://127.0.0.1:9/…' }),
      expect.objectContaining({
        url: '$NO_SUCH_SECRET',
        problem: expect.stringContaining('npx wrangler secret put NO_SUCH_SECRET'),
      }),
    ])
    const tested = await isolate.api('/notifications/test', {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: '{"receiver":1}',
    })
    expect(tested.body).toMatchObject({ delivered: false, why: expect.stringContaining('127.0.0.1 is private') })
    const { notifications } = (await isolate.api('/health')).body
    expect(notifications.map(({ number }: Json) => number)).toEqual([1, 2])
  })

  test.each([
    ['/health/events?from=yesterday', 400, /is not a time; expected one like/],
    ['/health/events?limit=0', 400, /limit=0 is not valid; expected a number from 1 to 1000/],
    ['/health/history?zone=example.com', 400, /expected \?zone=example\.com&target=/],
    ['/health/history?zone=a&target=b&from=2026-01-01T00:00:00Z&to=2026-12-01T00:00:00Z', 400, /at most 31 days/],
    ['/health/history?zone=a&target=b&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 400, /ends before it begins/],
    ['/health/history?zone=example.com&target=192.0.2.99', 404, /nothing is known of the target/],
  ])('GET %s is %d', async (path, status, message) => {
    const reply = await isolate.api(path)
    expect([reply.status, reply.body.detail]).toEqual([status, expect.stringMatching(message)])
  })

  test('that does not answer is a problem of health, and in the log', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
    const gone = async (): Promise<never> => {
      throw new Error('the object was moved')
    }
    const MONITOR = { idFromName: () => 'health', get: () => ({ tell: gone, notifications: gone }) }
    const without = await newIsolate({ API_KEY: KEY, PLATFORM: 'edge', MONITOR }, { [A]: OK, [B]: FAILED })
    await eventually(async () => {
      const { notifications, problems } = (await without.api('/health')).body
      expect([notifications, problems]).toEqual([
        [],
        expect.arrayContaining([expect.stringContaining('HealthMonitor does not answer')]),
      ])
    })
    const lines = logged.mock.calls.map((parts) => JSON.stringify(parts))
    expect(lines.filter((line) => line.includes('monitor-failed') && line.includes('was moved'))).not.toEqual([])
  })

  test.each([['{}'], ['{"receiver":0}'], ['no json']])('a test of %s is 422', async (body) => {
    const reply = await isolate.api('/notifications/test', { method: 'POST', body })
    expect([reply.status, reply.body.detail]).toEqual([422, expect.stringContaining('expected { "receiver": 1 }')])
  })
})
