import { createExecutionContext, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest'
import {
  ASKED_EXPIRES_MS,
  ASKED_REPORT_MS,
  askedCondition,
  formatAsked,
  SIGNATURE_HEADERS,
  sign,
} from '../../src/health/index.ts'
import { MAX_ASKED_A_ZONE, MAX_ASKED_BATCH, MAX_ASKED_CALLS } from '../../src/limits.ts'
import { parseCatalog } from '../../src/store/index.ts'
import { ZoneCompilation } from '../../src/zone/index.ts'
import { eventually } from '../eventually.ts'
import { ASKING, askedBy, askedCalls, askedObject, askingIsolate, CHECK, pretendCompiled } from './asked-support.ts'
import { passingDeadlines } from './deadlines.ts'
import { documentOf, FAILED, type Isolate, kvWith, OK, poolZone } from './health-support.ts'
import { base64url, publish, query } from './support.ts'

/** A time years from now, and a week later for each test, so that no alarm runs by itself. */
let now = Date.UTC(2036, 0, 1)
let error: MockInstance<typeof console.error>
const logged = (): object[] => error.mock.calls.map(([text]) => JSON.parse(String(text)))
const pass = (ms: number): void => {
  now += ms
  vi.setSystemTime(now)
}
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  pass(7 * 86_400_000)
  vi.spyOn(console, 'log').mockImplementation(() => {})
  error = vi.spyOn(console, 'error').mockImplementation(() => {})
  for (const { name } of (await env.GSLB.list()).keys) await env.GSLB.delete(name)
  await runDurableObjectAlarm(askedObject())
  pretendCompiled({ ZoneCompilation })
  await publish(ASKING)
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const KEY = 'a key of the tests'
const nameOf = (address: string): string => `${address.replaceAll('.', '-')}.asks.example`
const idOf = (address: string): string => {
  const [asked] = askedBy(nameOf(address))
  const condition = asked && askedCondition(asked, { after: 900, policy: 'keep' })
  if (!condition?.ok) throw new Error(`${address} asks for nothing`)
  return condition.value.probe.id
}
/** Returns the state of an asked target in KV. */
const stateOf = async (address: string, vantage = 'cron') =>
  (await documentOf(vantage)).targets.get(idOf(address))?.state
const stored = () => runInDurableObject(askedObject(), async (_, { storage }) => (await storage.list()).size)

describe('a check that a query asks for', () => {
  test('is probed by the next tick, listed, and gone an hour after the last query', async () => {
    const isolate = await askingIsolate({ API_KEY: KEY }, { '10.0.0.1': FAILED, '10.0.0.2': OK })
    await isolate.ask(nameOf('10.0.0.1'))
    await isolate.ask(nameOf('10.0.0.2'))
    await isolate.tick()
    expect([await stateOf('10.0.0.1'), await stateOf('10.0.0.2')]).toEqual(['down', 'up'])
    pass(1000)
    const { body } = await isolate.api('/health')
    const told = body.targets.map(({ check, target, state, asked }: Record<string, unknown>) => [
      ...[check, target, state, asked],
    ])
    expect(told).toEqual([
      ['asks.example/tcp', '10.0.0.1:443', 'down', true],
      ['asks.example/tcp', '10.0.0.2:443', 'up', true],
    ])
    expect([body.complete, body.problems, body.askedFull]).toEqual([true, [], []])

    // A query asks for one of them again, which keeps it for another hour.
    pass(ASKED_REPORT_MS)
    await isolate.ask(nameOf('10.0.0.2'))
    pass(ASKED_EXPIRES_MS - ASKED_REPORT_MS)
    await isolate.tick()
    expect([await stateOf('10.0.0.1'), await stateOf('10.0.0.2')]).toEqual([undefined, 'up'])
    pass(ASKED_REPORT_MS)
    const { body: later } = await isolate.api('/health')
    expect(later.targets).toEqual([])
    expect(await stored()).toBe(0)
  })

  test('is known to other isolates, and to an object that was evicted', async () => {
    const one = await askingIsolate()
    await one.ask(nameOf('10.0.1.1'))
    await evictDurableObject(askedObject())
    const other = await askingIsolate({}, { '10.0.1.1': FAILED })
    await other.tick()
    expect(other.probed.map(({ host }) => host)).toEqual(['10.0.1.1'])
    expect(await stateOf('10.0.1.1')).toBe('down')
  })

  test('shares its probe with the same check in a document', async () => {
    const checks = { web: CHECK }
    await publish(ASKING, poolZone('pool.example', ['10.0.2.1'], { checks }))
    const isolate = await askingIsolate({ API_KEY: KEY })
    await isolate.ask(nameOf('10.0.2.1'))
    await isolate.tick()
    expect(isolate.probed.map(({ host }) => host)).toEqual(['10.0.2.1'])
    const { body } = await isolate.api('/health')
    expect(body.targets).toEqual([expect.objectContaining({ check: 'pool.example/web', target: '10.0.2.1:443' })])
    expect(body.targets[0]).not.toHaveProperty('asked')
  })

  test('is dropped when its zone is removed', async () => {
    const isolate = await askingIsolate()
    await isolate.ask(nameOf('10.0.3.1'))
    await isolate.tick()
    await env.GSLB.delete('zone:asks.example')
    await publish({ ...ASKING, origin: 'b.asks.example' })
    pass(2 * ASKED_REPORT_MS)
    const later = await askingIsolate()
    await later.tick()
    expect(later.probed).toEqual([])
    expect(await stored()).toBe(0)
  })

  test('expires by an alarm if the list is not read', async () => {
    const isolate = await askingIsolate()
    await isolate.ask(nameOf('10.0.4.1'))
    expect(await stored()).toBe(1)
    pass(ASKED_EXPIRES_MS - 1000)
    await runDurableObjectAlarm(askedObject())
    expect(await stored()).toBe(1)
    pass(1000)
    expect(await runDurableObjectAlarm(askedObject())).toBe(true)
    expect(await stored()).toBe(0)
    expect(await runDurableObjectAlarm(askedObject())).toBe(false)
  })
})

describe('zones without asked checks', () => {
  test('cause no call, by an answer, a tick or the API', async () => {
    await env.GSLB.delete('catalog')
    await env.GSLB.delete('zone:asks.example')
    await publish(poolZone('pool.example', ['192.0.2.1']))
    const { ASKED, calls } = askedCalls()
    const isolate = await askingIsolate({ ASKED, API_KEY: KEY })
    await isolate.ask('www.pool.example')
    await isolate.tick()
    await isolate.api('/health')
    expect([isolate.probed.length, calls]).toEqual([1, []])
  })

  test('are marked in the catalog, by publish and for documents that were put by hand', async () => {
    await env.GSLB.put('zone:hand.asks.example', JSON.stringify({ ...ASKING, origin: 'hand.asks.example' }))
    await env.GSLB.put('zone:plain.example', JSON.stringify({ ...ASKING, origin: 'plain.example' }))
    const isolate = await askingIsolate()
    vi.setSystemTime(Math.ceil(now / 300_000) * 300_000)
    await isolate.tick()
    const catalog = parseCatalog((await env.GSLB.get('catalog')) ?? '')
    const asks = catalog.ok && Array.from(catalog.value.zones, ([origin, entry]) => [origin, entry.asks]).sort()
    expect(asks).toEqual([
      ['asks.example', true],
      ['hand.asks.example', true],
      ['plain.example', undefined],
    ])
  })
})

/**
 * Asks without waiting for what is behind the answers.
 * @returns the number of answers that had to be waited for at all
 */
async function askQuickly(isolate: Isolate, names: Iterable<string>, everyMs: number): Promise<number> {
  const context = createExecutionContext()
  let waits = 0
  for (const name of names) {
    const url = `https://gslb.test/dns-query?dns=${base64url(query(name))}`
    const request = new Request(url, { headers: { 'CF-Connecting-IP': '203.0.113.7' } })
    const response = isolate.worker.fetch(request as never, isolate.env, context)
    if (response instanceof Promise) waits++
    await response
    pass(everyMs)
  }
  return waits
}

function* names(count: number): Generator<string> {
  for (let i = 0; i < count; i++) yield nameOf(`10.1.${i >> 8}.${i & 255}`)
}

describe('a client that queries 10,000 names', () => {
  test('causes few calls, a bounded list, one line in the log, and no extra KV write', {
    timeout: 120_000,
  }, async () => {
    const puts: string[] = []
    const GSLB = kvWith({
      put: (key: string, value: string) => {
        puts.push(key)
        return env.GSLB.put(key, value)
      },
    })
    const { ASKED, calls, of } = askedCalls()
    const isolate = await askingIsolate({ ASKED, GSLB, API_KEY: KEY, REFRESH_SECONDS: '30' })
    await isolate.ask(nameOf('10.0.5.1'))
    // This happens within five minutes.
    await askQuickly(isolate, names(10_000), 30)
    await eventually(async () => expect((await isolate.api('/health')).body.askedFull).toHaveLength(1))
    expect(puts).toEqual([])
    expect(of('tell').length).toBeLessThanOrEqual(7 * MAX_ASKED_CALLS)
    expect(Math.max(...calls.map((call) => (call.arguments[0] as unknown[]).length))).toBeLessThanOrEqual(
      MAX_ASKED_BATCH,
    )
    expect(logged()).toEqual([
      { event: 'asked-full', zone: 'asks.example', why: expect.stringContaining('200 checks') },
    ])

    for (let minute = 0; minute < 10; minute++) {
      pass(60_000)
      await isolate.tick()
    }
    // A tick writes at most once, or twice if a change is written early.
    expect(puts.length).toBeLessThanOrEqual(20)
    expect((await documentOf('cron')).targets.size).toBeLessThanOrEqual(MAX_ASKED_A_ZONE)
    // Asked checks get a quarter of the 40 probes of a round if there are other checks; here they get all.
    expect(isolate.probed.length).toBeLessThanOrEqual(400)
    const { body } = await isolate.api('/health')
    expect([body.targets.length, body.askedFull[0].zone]).toEqual([MAX_ASKED_A_ZONE, 'asks.example'])
    expect(await stateOf('10.0.5.1')).toBe('up')
  })
})

describe('an object that cannot be reached', () => {
  const broken: Readonly<Record<string, () => Promise<unknown>>> = {
    fails: () => Promise.reject(new Error('overloaded')),
    hangs: () => new Promise(() => {}),
    'gives nothing': () => Promise.resolve(undefined),
  }
  test.each(Object.keys(broken))('delays no answer, and no probe of known checks: it %s', async (how) => {
    let isBroken = false
    const { ASKED } = askedCalls(() => (isBroken ? broken[how]?.() : undefined))
    await publish(ASKING, poolZone('pool.example', ['192.0.2.1']))
    const isolate = await askingIsolate({ ASKED, API_KEY: KEY }, { '10.0.6.1': FAILED })
    await isolate.ask(nameOf('10.0.6.1'))
    await isolate.tick()
    isBroken = true
    pass(60_000)
    isolate.probed.length = 0
    // The first answer reads the zone again.
    await askQuickly(isolate, [nameOf('10.0.6.1')], 0)
    expect(await askQuickly(isolate, [nameOf('10.0.6.2'), nameOf('10.0.6.3')], 1)).toBe(0)
    await passingDeadlines(isolate.tick({ wait: false }))
    expect(isolate.probed.map(({ host }) => host).sort()).toEqual(['10.0.6.1', '192.0.2.1'])

    // A new isolate does not have the list, and must not drop states from KV.
    pass(60_000)
    const other = await askingIsolate({ ASKED, API_KEY: KEY })
    await passingDeadlines(other.tick({ wait: false }))
    expect(other.probed.map(({ host }) => host)).toEqual(['192.0.2.1'])
    expect(await stateOf('10.0.6.1')).toBe('down')
    const health = await passingDeadlines(
      other.worker.fetch(
        new Request('https://gslb.test/api/v1/health', { headers: { 'X-API-Key': KEY } }) as never,
        other.env,
        createExecutionContext(),
      ),
    )
    const body: { complete: boolean; problems: string[] } = await health.json()
    expect([body.complete, body.problems]).toEqual([false, [expect.stringContaining('the last ones count')]])
  })
})

describe('agents', () => {
  const AGENT_KEYS = '{"agent-1":"0123456789abcdef"}'
  /** Returns the hosts that an agent is asked to probe. */
  async function assigned(isolate: Isolate): Promise<string[]> {
    const path = '/api/v1/agents/agent-1/probes'
    const signed = { agent: 'agent-1', method: 'GET', path, at: Date.now(), body: new Uint8Array() }
    const headers = {
      [SIGNATURE_HEADERS.agent]: signed.agent,
      [SIGNATURE_HEADERS.at]: String(signed.at),
      [SIGNATURE_HEADERS.signature]: await sign('0123456789abcdef', signed),
    }
    const response = await isolate.fetch(path, { headers })
    const { probes } = (await response.json()) as { probes: { host: string }[] }
    return probes.map(({ host }) => host)
  }

  test('probe asked checks with their names', async () => {
    const isolate = await askingIsolate({ AGENT_KEYS }, {}, { ...CHECK, from: ['agent-1'] })
    await isolate.ask(nameOf('10.0.7.1'))
    expect(await assigned(isolate)).toEqual(['10.0.7.1'])
    await isolate.tick()
    expect(isolate.probed).toEqual([])
  })

  test('do not probe private networks for clients', async () => {
    const isolate = await askingIsolate({ AGENT_KEYS, PLATFORM: 'edge' })
    await isolate.ask(nameOf('10.0.7.2'))
    expect(await assigned(isolate)).toEqual([])
  })
})

test('a text that is not a check is refused', async () => {
  const texts = ['{', 7, formatAsked({ zone: 'asks.example', check: CHECK, target: 'not a host' })] as string[]
  expect(await askedObject().tell(texts)).toEqual([false, false, false])
  expect(await stored()).toBe(0)
})
