import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  distinctProbes,
  formatVantage,
  type Probe,
  type ProbeResult,
  type TargetState,
  UNPROBED,
} from '../../src/health/index.ts'
import { MAX_ROW_CHARS } from '../../src/limits.ts'
import { healthKey, VantageWriter } from '../../src/store/index.ts'
import { eventually } from '../eventually.ts'
import { served } from './bundle/main.ts'
import { documentOf, kvWith, poolZone, pretendProbes, type TestEnv } from './health-support.ts'
import { publish } from './support.ts'

/** Targets by their host. */
let answers: Record<string, ProbeResult | Promise<ProbeResult>> = {}
const OK: ProbeResult = { outcome: 'ok', ms: 1 }
const FAILED: ProbeResult = { outcome: 'failed', ms: 1, why: 'refused' }
const runProbe = vi.fn(async ({ host }: Probe) => (await answers[host]) ?? OK)
pretendProbes(served, runProbe)
const { isolateSettings, snapshotFor } = served

/** The isolate of this file, which its Durable Objects share. */
const settings = { PROBE_REGIONS: 'weur', PLATFORM: 'workerd', REFRESH_SECONDS: '1', KV_WRITES_PER_DAY: '400' }
const testEnv = { ...env, ...settings, AGENT_KEYS: '{"agent-1":"0123456789abcdef"}' } as TestEnv
isolateSettings(testEnv)

const ZONE = poolZone('region.example', ['192.0.2.1', '192.0.2.2'], {
  checks: {
    web: { kind: 'tcp', port: 80, interval: 10, timeout: 1, fall: 3, rise: 2 },
    load: { kind: 'push' },
  },
})

/** A time a year from now, so that only tests run alarms. */
let now = Date.now() + 365 * 86_400_000
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  pass(3600)
  answers = {}
  runProbe.mockClear()
})
afterEach(() => vi.useRealTimers())

function pass(seconds: number): void {
  now += seconds * 1000
  vi.setSystemTime(now)
}

type Stub = DurableObjectStub<import('../../src/worker.ts').VantagePoint>
let objects = 0
/** Returns a separate object for each test. A region gets its name when it is woken. */
const newObject = (): Stub => env.VANTAGE.get(env.VANTAGE.idFromName(`test-${++objects}`))
const alarmOf = (stub: Stub) => runInDurableObject(stub, (_, { storage }) => storage.getAlarm())
const secondsToAlarm = async (stub: Stub) => ((await alarmOf(stub)) ?? Number.NaN) / 1000 - now / 1000
const set = (stub: Stub, field: string, value: unknown) =>
  runInDurableObject(stub, (instance) => void Reflect.set(bodyOf(instance), field, value))
/** The object that does the work. The platform's class loads it. */
const bodyOf = (instance: object): object => Reflect.get(instance, 'body')
const named = async () => {
  const { conditions } = await snapshotFor(testEnv).conditions(now, () => {})
  return (host: string) => distinctProbes(conditions).find((probe) => probe.host === host)?.id ?? 'none'
}
const statesOf = async (vantage: string) => {
  const idOf = await named()
  const { targets } = await documentOf(vantage)
  return ['192.0.2.1', '192.0.2.2'].map((host) => targets.get(idOf(host))?.state)
}

describe('a region', () => {
  test('probes by alarms once it is woken, writes results, and sets the alarm for the next probe', async () => {
    await publish(ZONE)
    const stub = newObject()
    expect(await alarmOf(stub)).toBeNull()
    await stub.wake('weur')
    expect(await secondsToAlarm(stub)).toBe(1)
    answers['192.0.2.1'] = FAILED
    expect(await runDurableObjectAlarm(stub)).toBe(true)
    expect(await statesOf('weur')).toEqual(['down', 'up'])
    expect(await secondsToAlarm(stub)).toBe(10)
    // Another wake does not delay due probes.
    pass(9)
    await stub.wake('weur')
    expect(await secondsToAlarm(stub)).toBe(1)
    expect(runProbe).toHaveBeenCalledTimes(2)
  })

  test('writes a change a second later even if probes hang, and counts each write once', async () => {
    await publish(ZONE)
    const stub = newObject()
    await stub.wake('weur')
    answers['192.0.2.1'] = FAILED
    let answer = (_: ProbeResult) => {}
    answers['192.0.2.2'] = new Promise<ProbeResult>((resolve) => {
      answer = resolve
    })
    const ringing = runDurableObjectAlarm(stub)
    await eventually(async () => expect(await statesOf('weur')).toEqual(['down', undefined]))
    const early = await documentOf('weur')
    answer(OK)
    await ringing
    expect(await statesOf('weur')).toEqual(['down', 'up'])
    const late = await documentOf('weur')
    expect((early.budget?.tokens ?? 0) - (late.budget?.tokens ?? 0)).toBeCloseTo(1, 1)
  })

  test('keeps its counts when it is evicted between two alarms', async () => {
    await publish(ZONE)
    const stub = newObject()
    await stub.wake('weur')
    await runDurableObjectAlarm(stub)
    answers['192.0.2.2'] = FAILED
    for (const expected of ['up', 'up', 'down']) {
      await evictDurableObject(stub)
      pass(10)
      await stub.wake('weur')
      await runDurableObjectAlarm(stub)
      expect(await statesOf('weur')).toEqual(['up', expected])
    }
  })

  test('ends when it is not woken or not configured any more, and starts again when it is', async () => {
    await publish(ZONE)
    const stub = newObject()
    await stub.wake('weur')
    pass(301)
    await runDurableObjectAlarm(stub)
    expect(runProbe).not.toHaveBeenCalled()
    expect(await alarmOf(stub)).toBeNull()
    await stub.wake('weur')
    await runDurableObjectAlarm(stub)
    expect(runProbe).toHaveBeenCalledTimes(2)

    const unwanted = newObject()
    await unwanted.wake('enam')
    await runDurableObjectAlarm(unwanted)
    expect(runProbe).toHaveBeenCalledTimes(2)
    expect(await alarmOf(unwanted)).toBeNull()
  })

  test('goes on after an alarm that threw', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => error.mockRestore())
    await publish(ZONE)
    const stub = newObject()
    await stub.wake('weur')
    await set(stub, 'round', () => Promise.reject(new Error('broken')))
    await runDurableObjectAlarm(stub)
    expect(error.mock.lastCall?.[0]).toBe('{"event":"round-failed","region":"weur","why":"Error: broken"}')
    expect(await secondsToAlarm(stub)).toBe(60)
    await runInDurableObject(stub, (instance) => Reflect.deleteProperty(bodyOf(instance), 'round'))
    pass(60)
    await runDurableObjectAlarm(stub)
    expect(runProbe).toHaveBeenCalledTimes(2)
  })

  test('writes results later that KV refused', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => error.mockRestore())
    await publish(ZONE)
    const stub = newObject()
    await stub.wake('weur')
    await runDurableObjectAlarm(stub)
    const kv = kvWith({ put: () => Promise.reject(new Error('KV is down')) })
    const options = { name: 'weur', perDay: 100, forgets: true, shared: false, clock: Date.now, log: () => {} }
    await set(stub, 'writer', new VantageWriter(kv, options))
    answers['192.0.2.1'] = FAILED
    for (let i = 0; i < 5; i++) {
      pass(10)
      await runDurableObjectAlarm(stub)
    }
    expect(await statesOf('weur')).toEqual(['up', 'up'])
    await evictDurableObject(stub)
    pass(10)
    await stub.wake('weur')
    await runDurableObjectAlarm(stub)
    expect(await statesOf('weur')).toEqual(['down', 'up'])
  })

  test('retries a probe that could not be made after an interval, not every second', async () => {
    await publish(ZONE)
    answers['192.0.2.1'] = { outcome: 'not-run', why: 'TLS' }
    const stub = newObject()
    await stub.wake('weur')
    await runDurableObjectAlarm(stub)
    expect(await statesOf('weur')).toEqual(['unknown', 'up'])
    expect(await secondsToAlarm(stub)).toBe(10)
  })

  test('keeps the states of the targets of a zone that cannot be loaded', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => error.mockRestore())
    await publish(ZONE)
    const stub = newObject()
    await stub.wake('weur')
    await runDurableObjectAlarm(stub)
    const known = await documentOf('weur')
    const targets = new Map([...known.targets, ['of-another-zone', state('down')]])
    const alarm = async () => {
      pass(10)
      await set(stub, 'vantage', { ...known, targets })
      await set(stub, 'unwritten', 'state')
      await stub.wake('weur')
      await runDurableObjectAlarm(stub)
      return (await documentOf('weur')).targets.get('of-another-zone')?.state
    }
    const catalog = (await env.GSLB.get('catalog')) ?? ''
    await env.GSLB.put(
      'catalog',
      catalog.replace(
        '{"zones":{',
        '{"zones":{"lost.example":{"serial":1,"hash":"h","zone":"z","checks":"c","probes":1},',
      ),
    )
    expect(await alarm()).toBe('down')
    await env.GSLB.put('catalog', catalog)
    expect(await alarm()).toBeUndefined()
  })

  test('writes a reported weight at once, and nothing without a change', async () => {
    await publish(ZONE)
    answers = { '192.0.2.1': { outcome: 'ok', ms: 1, weight: 3 } }
    const stub = newObject()
    await stub.wake('weur')
    await runDurableObjectAlarm(stub)
    const { at } = await documentOf('weur')
    pass(10)
    await runDurableObjectAlarm(stub)
    expect((await documentOf('weur')).at).toBe(at)
    answers = { '192.0.2.1': { outcome: 'ok', ms: 1, weight: 4 } }
    pass(10)
    await runDurableObjectAlarm(stub)
    const { targets } = await documentOf('weur')
    expect([...targets.values()].map(({ weight }) => weight)).toContain(4)
    // After five minutes without a change it writes a heartbeat.
    for (let i = 0; i < 31; i++) {
      pass(10)
      await stub.wake('weur')
      await runDurableObjectAlarm(stub)
    }
    expect((await documentOf('weur')).at).toBeGreaterThan(now - 300_000)
  })
})

const state = (state: TargetState['state'], more: object = {}): TargetState => ({
  ...UNPROBED,
  ...{ state, since: Math.floor(now / 1000), at: Math.floor(now / 1000) },
  ...more,
})
const reportOf = (seq: number, targets: Record<string, TargetState>): string =>
  formatVantage({ name: 'whatever', at: 0, seq, targets: new Map(Object.entries(targets)) })

describe('an agent', () => {
  test('has each report written once, and the latest counts', async () => {
    const stub = newObject()
    expect(await stub.report('agent-1', reportOf(7, { a: state('up'), b: state('down') }), true)).toBe('taken')
    await runDurableObjectAlarm(stub)
    const first = await documentOf('agent-1')
    expect([first.name, first.at, first.targets.get('b')?.state]).toEqual(['agent-1', now, 'down'])

    expect(await stub.report('agent-1', reportOf(7, { a: state('down') }), true)).toBe('replayed')
    expect(await stub.report('agent-1', reportOf(6, { a: state('down') }), true)).toBe('replayed')
    await evictDurableObject(stub)
    expect(await stub.report('agent-1', reportOf(7, { a: state('down') }), true)).toBe('replayed')
    expect(await runDurableObjectAlarm(stub)).toBe(false)

    // One of several concurrent copies of a report is accepted.
    const twice = reportOf(8, { a: state('down') })
    const taken = await Promise.all([1, 2, 3].map(() => stub.report('agent-1', twice, true)))
    expect(taken.sort()).toEqual(['replayed', 'replayed', 'taken'])
    pass(2)
    await runDurableObjectAlarm(stub)
    // Targets that it no longer reports are removed, and an agent whose clock was set back is believed.
    const last = await documentOf('agent-1')
    expect([...last.targets].map(([id, one]) => [id, one.state])).toEqual([['a', 'down']])
    await stub.report('agent-1', reportOf(9, { a: { ...state('up'), at: 5, since: 5 } }), true)
    pass(2)
    await runDurableObjectAlarm(stub)
    expect((await documentOf('agent-1')).targets.get('a')?.state).toBe('up')
  })

  test('whose report changes nothing writes one value, also into an object that was evicted', async () => {
    const stub = newObject()
    for (const seq of [1, 2]) await stub.report('agent-1', reportOf(seq, { a: state('up') }), true)
    await runDurableObjectAlarm(stub)
    await evictDurableObject(stub)
    const keys = await runInDurableObject(stub, async (instance, { storage }) => {
      const put = vi.spyOn(Object.getPrototypeOf(storage), 'put')
      onTestFinished(() => put.mockRestore())
      const body = bodyOf(instance) as { report(agent: string, text: string, isAll: boolean): Promise<unknown> }
      await body.report('agent-1', reportOf(3, { a: state('up') }), true)
      return put.mock.calls.map(([entries]) => Object.keys(entries as object))
    })
    expect(keys).toEqual([['document']])
  })

  test('reads the document that a version before parts wrote over one in parts', async () => {
    const stub = newObject()
    const document = reportOf(1, { a: state('up') })
    await runInDurableObject(stub, (_, { storage }) =>
      storage.put({ document, 'document 1': '"b":[1,2,3]}}', parts: 2, name: 'agent-1', unwritten: 'nothing' }),
    )
    const known = await runInDurableObject(stub, async (instance) => {
      const body = bodyOf(instance) as { known(name: string): Promise<{ targets: ReadonlyMap<string, unknown> }> }
      return [...(await body.known('agent-1')).targets.keys()]
    })
    expect(known).toEqual(['a'])
  })

  test('keeps a document of many targets in values that the storage takes, also when it is evicted', async () => {
    const stub = newObject()
    const many = (count: number, offset: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`target-${offset + i}`.padEnd(27, '-'), state('up')]))
    const kept = () => runInDurableObject(stub, (_, { storage }) => storage.list<string | number>())
    for (const [seq, count] of [
      [1, 15_000],
      [2, 30_000],
      [3, 2],
    ] as const) {
      // A report drops no targets while it is not known to have all of them.
      if (seq < 3) await stub.report('agent-1', reportOf(seq, many(15_000, count - 15_000)), false)
      else await stub.report('agent-1', reportOf(seq, many(count, 0)), true)
      const lengths = Array.from(await kept(), ([, value]) => String(value).length)
      expect(Math.max(...lengths)).toBeLessThanOrEqual(MAX_ROW_CHARS)
      await evictDurableObject(stub)
      const targets = await runInDurableObject(stub, async (instance) => {
        const body = bodyOf(instance) as { known(name: string): Promise<{ targets: ReadonlyMap<string, unknown> }> }
        return (await body.known('agent-1')).targets.size
      })
      expect(targets).toBe(count)
    }
  })

  test.each<[string, string]>([
    ['no JSON', '{'],
    ['no number', formatVantage({ name: 'agent-1', at: 0, targets: new Map() })],
    ['a damaged row', '{"name":"agent-1","at":0,"seq":99,"targets":{"a":["up"]}}'],
    ['no targets', '{"name":"agent-1","at":0,"seq":99}'],
    ['a number that no other can follow', '{"name":"agent-1","at":0,"seq":1e308,"targets":{}}'],
    ['the largest whole number', `{"name":"agent-1","at":0,"seq":${2 ** 53 - 1},"targets":{}}`],
    ['a number far ahead of the clock', `{"name":"agent-1","at":0,"seq":${now + 2 * 86_400_000},"targets":{}}`],
    ['a fraction', '{"name":"agent-1","at":0,"seq":7.5,"targets":{}}'],
    ['a number below 0', '{"name":"agent-1","at":0,"seq":-1,"targets":{}}'],
  ])('gets the reason why its report is invalid: %s', async (_, text) => {
    const stub = newObject()
    expect(await stub.report('agent-1', text, true)).toEqual({ invalid: expect.stringMatching(/the|expected/) })
    expect(await stub.report('agent-1', reportOf(1, {}), true)).toBe('taken')
  })

  test('keeps the targets of a zone that it could not read', async () => {
    const stub = newObject()
    await stub.report('agent-1', reportOf(1, { a: state('up'), b: state('down') }), true)
    await stub.report('agent-1', reportOf(2, { a: state('down') }), false)
    await runDurableObjectAlarm(stub)
    const { targets } = await documentOf('agent-1')
    expect([...targets].map(([id, one]) => [id, one.state])).toEqual([
      ['a', 'down'],
      ['b', 'down'],
    ])
  })

  test('that reports no change stays heard', async () => {
    const stub = newObject()
    const write = async (seq: number) => {
      await stub.report('agent-1', reportOf(seq, { a: state('up') }), true)
      await runDurableObjectAlarm(stub)
      return (await documentOf('agent-1')).at
    }
    const began = await write(1)
    for (let seq = 2; seq <= 30; seq++) {
      pass(10)
      expect(await write(seq)).toBe(began)
    }
    pass(10)
    expect(await write(31)).toBe(now)
  })
})

describe('applications', () => {
  const push = (stub: Stub, id: string, result: ProbeResult = OK) => stub.push([{ id, result }])

  test('push concurrently from many locations, and no push is lost', async () => {
    const stub = newObject()
    await Promise.all(Array.from({ length: 50 }, (_, i) => push(stub, `t${i}`, i % 2 ? FAILED : OK)))
    await runDurableObjectAlarm(stub)
    const { targets } = await documentOf('push')
    expect([targets.size, [...targets.values()].filter((one) => one.state === 'down').length]).toEqual([50, 25])
  })

  test('that repeat the same state are heard within a heartbeat', async () => {
    const stub = newObject()
    await push(stub, 'a')
    await runDurableObjectAlarm(stub)
    pass(299)
    await push(stub, 'a')
    expect(await secondsToAlarm(stub)).toBe(1)
    const said = Math.floor(now / 1000)
    pass(1)
    await runDurableObjectAlarm(stub)
    expect((await documentOf('push')).targets.get('a')?.at).toBe(said)
    // A change does not wait for the heartbeat.
    await push(stub, 'a')
    pass(2)
    await push(stub, 'a', { outcome: 'ok', ms: 1, weight: 7 })
    expect(await secondsToAlarm(stub)).toBeLessThanOrEqual(0)
  })

  test('push during a write: the new state is written after it', async () => {
    const stub = newObject()
    await push(stub, 'a')
    await runDurableObjectAlarm(stub)
    let taken = (): void => {}
    const slow = new Promise<void>((resolve) => {
      taken = resolve
    })
    const written: string[] = []
    const kv = kvWith({
      put: async (key: string, value: string) => {
        written.push(value)
        if (written.length === 1) await slow
        await env.GSLB.put(key, value)
      },
    })
    const options = { name: 'push', perDay: 100, forgets: true, shared: false, clock: Date.now, log: () => {} }
    await set(stub, 'writer', new VantageWriter(kv, options))
    pass(2)
    await push(stub, 'a', FAILED)
    const flushing = runDurableObjectAlarm(stub)
    await eventually(() => expect(written.length).toBe(1))
    await push(stub, 'b', FAILED)
    taken()
    await flushing
    pass(2)
    await runDurableObjectAlarm(stub)
    const { targets } = await documentOf('push')
    expect(['a', 'b'].map((id) => targets.get(id)?.state)).toEqual(['down', 'down'])
  })

  test('may change more often than the budget of writes: the latest state is written when it allows', async () => {
    const stub = newObject()
    const puts = vi.fn((key: string, value: string) => env.GSLB.put(key, value))
    const options = { name: 'push', perDay: 100, forgets: true, shared: false, clock: Date.now, log: () => {} }
    await push(stub, 'a')
    await set(stub, 'writer', new VantageWriter(kvWith({ put: puts }), options))
    // A day of 100 writes has 20 at once.
    for (let i = 0; i < 60; i++) {
      pass(2)
      await push(stub, 'a', i % 2 ? OK : FAILED)
      await runDurableObjectAlarm(stub)
    }
    expect(puts.mock.calls.length).toBeLessThan(25)
    await push(stub, 'a', FAILED)
    await runDurableObjectAlarm(stub)
    await evictDurableObject(stub)
    let minutes = 0
    while (minutes++ < 60 && (await alarmOf(stub)) !== null) {
      pass(60)
      await runDurableObjectAlarm(stub)
    }
    expect((await documentOf('push')).targets.get('a')?.state).toBe('down')
    expect(minutes).toBeLessThan(30)
  })

  test('that push loads: a change is written early if it is more than 3 % of what is written', async () => {
    const stub = newObject()
    const load = async (value: number) => {
      await push(stub, 'a', { outcome: 'ok', ms: 0, load: value })
      return secondsToAlarm(stub)
    }
    await load(100)
    await runDurableObjectAlarm(stub)
    pass(10)
    // Small steps do not add up to an early write, as long as they stay near what is written.
    for (const value of [101, 102, 103, 99, 97]) expect(await load(value)).toBeGreaterThan(200)
    expect(await load(104)).toBeLessThanOrEqual(0)
    await runDurableObjectAlarm(stub)
    expect((await documentOf('push')).targets.get('a')?.load).toBe(104)
    pass(10)
    expect(await load(102)).toBeGreaterThan(200)
    // Load that answers pass on is no news: the offered load stays.
    const applied = new Map([['a', { kept: 0.5, received: 0 }]])
    await stub.push([{ id: 'a', result: { outcome: 'ok', ms: 0, load: 103 } }], applied)
    expect(await secondsToAlarm(stub)).toBeGreaterThan(200)
    pass(600)
    await stub.push([{ id: 'a', result: { outcome: 'ok', ms: 0, load: 52 } }], applied)
    await runDurableObjectAlarm(stub)
    const { offered } = (await documentOf('push')).targets.get('a') ?? {}
    expect(offered?.load).toBeGreaterThan(100)
    expect(offered?.load).toBeLessThan(110)
  })

  test('that push loads continuously leave writes for a state', async () => {
    const stub = newObject()
    for (let i = 0; i < 190; i++) {
      pass(5)
      await push(stub, 'a', { outcome: 'ok', ms: 0, load: i })
      await runDurableObjectAlarm(stub)
    }
    const { at } = await documentOf('push')
    expect(now - at).toBeGreaterThan(60_000)
    await push(stub, 'a', FAILED)
    await runDurableObjectAlarm(stub)
    expect((await documentOf('push')).targets.get('a')?.state).toBe('down')
    expect((await env.GSLB.get(healthKey('push')))?.length).toBeLessThan(500)
  })
})
