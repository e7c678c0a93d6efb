import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest'
import { type ProbeResult, parseVantage } from '../../src/health/index.ts'
import { eventually } from '../eventually.ts'
import { passNextDeadline } from './deadlines.ts'
import { BreakingKv, FAILED, kvWith, newIsolate, OK, poolZone, putHealth, statesOf } from './health-support.ts'
import { compiledKeysOf, EXAMPLE, publish } from './support.ts'

const NOW = Date.UTC(2026, 10, 22)
const at = (seconds: number): void => void vi.setSystemTime(NOW + seconds * 1000)
let error: MockInstance<typeof console.error>
const logged = (): string[] => error.mock.calls.map(([text]) => String(text))
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  vi.spyOn(console, 'log').mockImplementation(() => {})
  error = vi.spyOn(console, 'error').mockImplementation(() => {})
  const { keys } = await env.GSLB.list()
  for (const { name } of keys) await env.GSLB.delete(name)
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const A = '192.0.2.1'
const B = '192.0.2.2'
const ZONE = poolZone('pool.example', [A, B])
const PLAIN = { ...EXAMPLE, origin: 'plain.example' }
const WWW = 'www.pool.example'

/** KV that counts reads: keys that are read alone, and bulk reads by their number of keys. */
function counted() {
  const reads: string[] = []
  const note = (key: string | string[]) =>
    reads.push(typeof key === 'string' ? key.replace(/^head:.*/, 'head') : `${key.length} keys`)
  const kv = kvWith({
    get: (key: string, options: KVNamespaceGetOptions<'text'>) => note(key) && env.GSLB.get(key, options),
    getWithMetadata: (key: string, options: KVNamespaceGetOptions<'text'>) =>
      note(key) && env.GSLB.getWithMetadata(key, options),
  })
  return { kv, reads, of: (key: string) => reads.filter((read) => read === key).length }
}

describe('answers', () => {
  test('use health from the first one of an isolate', async () => {
    await publish(ZONE)
    await putHealth(ZONE, { [A]: 'down', [B]: 'up' })
    const { kv, reads } = counted()
    const isolate = await newIsolate({ GSLB: kv })
    expect(await isolate.ask(WWW)).toBe(B)
    expect(reads).toEqual(['catalog', 'head', '3 keys'])
  })

  test('count targets that the edge cannot probe as up, also while health cannot be read', async () => {
    const member = (answer: string) => ({ answer, target: '10.0.0.1' })
    const checks = { web: { kind: 'tcp', port: 80, initially: 'down' } }
    await publish(poolZone('pool.example', [A, member(B)], { checks }))
    vi.spyOn(console, 'error').mockImplementation(() => {})
    for (const GSLB of [env.GSLB, kvWith({ get: noHealth })]) {
      const isolate = await newIsolate({ GSLB, PLATFORM: 'edge' })
      expect(await isolate.ask(WWW)).toBe(B)
    }
  })

  test('read health once an interval, for all vantage points together, and only for zones with checks', async () => {
    await publish(ZONE, PLAIN)
    await putHealth(ZONE, { [A]: 'down', [B]: 'up' })
    const { kv, reads, of } = counted()
    const agents = '{"agent-1":"0123456789abcdef","agent-2":"0123456789abcdef"}'
    const isolate = await newIsolate({ GSLB: kv, REFRESH_SECONDS: '30', AGENT_KEYS: agents })
    const ask = async (seconds: number, name: string) => {
      at(seconds)
      return isolate.ask(name)
    }
    for (let second = 0; second < 300; second++) expect(await ask(second, 'ns.plain.example')).toBe('192.168.56.1')
    expect(reads.filter((read) => read.endsWith('keys'))).toEqual([])
    reads.length = 0
    for (let second = 300; second < 900; second++) expect(await ask(second, WWW)).toBe(B)
    expect(of('5 keys')).toBeGreaterThan(15)
    expect(of('5 keys')).toBeLessThanOrEqual(20)
    reads.length = 0
    for (let i = 0; i < 300; i++) {
      expect(await ask(900, `r${i}.pool.example`)).toBe('NXDOMAIN')
      expect(await ask(900, `r${i}.flood${i}.example`)).toBe('REFUSED')
    }
    // One interval has passed.
    expect(reads.length).toBeLessThanOrEqual(3)
  })

  test('follow new health within a refresh interval', async () => {
    await publish(ZONE)
    await putHealth(ZONE, { [A]: 'up', [B]: 'up' })
    const isolate = await newIsolate({ REFRESH_SECONDS: '10' })
    expect(await isolate.ask(WWW)).toBe(`${A} ${B}`)
    await putHealth(ZONE, { [A]: 'down', [B]: 'up' })
    at(9)
    expect(await isolate.ask(WWW)).toBe(`${A} ${B}`)
    at(10)
    await isolate.ask(WWW)
    expect(await isolate.ask(WWW)).toBe(B)
  })

  test('wait at most two seconds for KV that hangs, and use cached health', async () => {
    await publish(ZONE)
    await putHealth(ZONE, { [A]: 'down', [B]: 'up' })
    const breaking = new BreakingKv(['get'], (key) => !isHead(key))
    const isolate = await newIsolate({ GSLB: breaking.kv })
    breaking.become('hangs')
    // The document never arrives, so all targets count as up.
    const asked = isolate.ask(WWW, { wait: false })
    expect(await breaking.sitOut(asked)).toBe(2000)
    expect(await asked).toBe(`${A} ${B}`)
    breaking.become('not')
    at(5)
    const later = await newIsolate({ GSLB: breaking.kv })
    expect(await later.ask(WWW)).toBe(B)
  })

  test.each([
    ['keep', B],
    ['up', `${A} ${B}`],
  ] as const)('use stale health by the setting of the zone: %s', async (whenStale, expected) => {
    const zone = poolZone('pool.example', [A, B], { health: { staleAfter: 600, whenStale } })
    await publish(zone)
    await putHealth(zone, { [A]: 'down', [B]: 'up' })
    const isolate = await newIsolate({ API_KEY: 'key' })
    const stale = async () => {
      const { body } = await isolate.api('/health')
      return body.targets.map((one: { stale: boolean; reports: { silent: boolean }[] }) => [
        one.stale,
        one.reports[0]?.silent,
      ])
    }
    at(599)
    expect([await isolate.ask(WWW), await stale()]).toEqual([B, [false, false].map((no) => [no, no])])
    at(600)
    expect([await isolate.ask(WWW), await stale()]).toEqual([expected, [true, true].map((yes) => [yes, yes])])
    // Another write of the document is enough.
    await putHealth(zone, { [A]: 'down', [B]: 'up' })
    at(700)
    expect([await isolate.ask(WWW), await stale()]).toEqual([B, [false, false].map((no) => [no, no])])
  })

  test('keep the last valid document and overrides while those in KV are damaged, missing or unreadable', async () => {
    await publish(ZONE)
    await putHealth(ZONE, { [A]: 'down', [B]: 'up' })
    let broken = false
    const kv = kvWith({
      get: (key: string[], options: KVNamespaceGetOptions<'text'>) => {
        if (broken) throw new Error('KV is down')
        return env.GSLB.get(key, options)
      },
    })
    const isolate = await newIsolate({ GSLB: kv })
    expect(await isolate.ask(WWW)).toBe(B)
    const force = (target: string) =>
      JSON.stringify({ overrides: [{ target, force: 'drained', by: 'test', why: 'test' }] })
    await env.GSLB.put('overrides', force(`${B}:80`))
    at(10)
    expect(await isolate.ask(WWW)).toBe(`${A}`)
    let now = 10
    for (const bad of ['{', '{"overrides":[{"target":"*"}]}', '[]']) {
      await env.GSLB.put('overrides', bad)
      now += 10
      at(now)
      expect(await isolate.ask(WWW)).toBe(A)
      expect(logged().at(-1)).toMatch(/^{"event":"overrides-failed","why":"the overrides are not /)
    }
    // A missing override forces nothing.
    await env.GSLB.delete('overrides')
    now += 10
    at(now)
    expect(await isolate.ask(WWW)).toBe(B)
    for (const bad of ['{', '{"name":"cron","at":1,"targets":{"x":[9]}}', '{"name":"cron"}', undefined]) {
      if (bad === undefined) await env.GSLB.delete('health')
      else await env.GSLB.put('health', bad)
      now += 10
      at(now)
      expect(await isolate.ask(WWW)).toBe(B)
      if (bad !== undefined) expect(logged().at(-1)).toContain('{"event":"health-failed","vantage":"cron"')
    }
    broken = true
    now += 10
    at(now)
    expect(await isolate.ask(WWW)).toBe(B)
    expect(logged().at(-1)).toContain('KV is down')
  })

  test('follow overrides that were put by hand, for pools and datacenters, until their end', async () => {
    const zone = poolZone('pool.example', [
      { answer: A, datacenter: 'fra' },
      { answer: B, datacenter: 'ams' },
    ])
    await publish(zone)
    await putHealth(zone, { [A]: 'up', [B]: 'up' })
    const isolate = await newIsolate({})
    const put = (...overrides: object[]) =>
      env.GSLB.put('overrides', JSON.stringify({ overrides: overrides.map((o) => ({ by: 'me', why: 'test', ...o })) }))
    await put({ datacenter: 'fra', force: 'drained', until: new Date(NOW + 60_000).toISOString() })
    expect(await isolate.ask(WWW)).toBe(B)
    at(59)
    expect(await isolate.ask(WWW)).toBe(B)
    at(60)
    expect(await isolate.ask(WWW)).toBe(`${A} ${B}`)
    await put({ check: 'pool.example/*', target: '192.0.2.2*', force: 'down' })
    at(70)
    expect(await isolate.ask(WWW)).toBe(A)
  })
})

describe('the cron', () => {
  test('probes published zones each minute, and new zones at the next one', async () => {
    await publish(ZONE)
    const answers = { [A]: FAILED }
    const isolate = await newIsolate({ REFRESH_SECONDS: '30' }, answers)
    await isolate.tick()
    expect(await statesOf(ZONE)).toEqual({ [A]: 'down', [B]: 'up' })
    const later = poolZone('later.example', ['198.51.100.1'])
    await publish(ZONE, later)
    // A cron is not exact to the millisecond.
    at(59)
    await isolate.tick()
    expect(await statesOf(later)).toEqual({ '198.51.100.1': 'up' })
    expect(isolate.probed.length).toBe(5)
  })

  test('applies fall and rise of the check across new isolates', async () => {
    await publish(ZONE)
    const answers: Record<string, typeof FAILED> = {}
    let minute = 0
    const states: string[] = []
    const tick = async () => {
      at(60 * minute++)
      await (await newIsolate({}, answers)).tick()
      states.push((await statesOf(ZONE))[A] ?? 'none')
    }
    await tick()
    answers[A] = FAILED
    await tick()
    await tick()
    answers[A] = OK
    await tick()
    await tick()
    expect(states).toEqual(['up', 'up', 'down', 'down', 'up'])
  })

  test('does not probe targets that the edge cannot reach: they stay unknown, and the report has the reason', async () => {
    const zone = poolZone('pool.example', ['127.0.0.1', A])
    await publish(zone)
    const isolate = await newIsolate({ PLATFORM: 'edge', API_KEY: 'key' }, {})
    await isolate.tick()
    expect(isolate.probed.map(({ host }) => host)).toEqual([A])
    at(2)
    const { body } = await isolate.api('/health')
    const [first, second] = body.targets
    expect([first.target, first.state, first.real, first.reports]).toEqual(['127.0.0.1:80', 'up', 'unknown', []])
    expect(first.unrunnable).toBe('127.0.0.1 is not a public address; expected an agent ("from"; npx edge-gslb agent)')
    expect([second.real, second.unrunnable]).toEqual(['up', undefined])
  })

  test('reports the number of targets that a round left, and probes them in the next rounds', async () => {
    const hosts = [1, 2, 3, 4, 5].map((i) => `192.0.2.${i}`)
    const zone = poolZone('pool.example', hosts)
    await publish(zone)
    const settings = { PROBES_PER_ROUND: '2', API_KEY: 'key' }
    for (const anew of [false, true]) {
      await env.GSLB.delete('health')
      let isolate = await newIsolate(settings, {})
      const probed: string[] = []
      const left: number[] = []
      for (let minute = 0; minute < 3; minute++) {
        at(60 * minute)
        if (anew) isolate = await newIsolate(settings, {})
        const before = isolate.probed.length
        await isolate.tick()
        probed.push(...isolate.probed.slice(before).map(({ host }) => host))
        at(60 * minute + 5)
        const { body } = await isolate.api('/health')
        left.push(body.vantages[0].round.left)
      }
      expect([...new Set(probed)].sort()).toEqual(hosts)
      expect(left).toEqual([3, 3, 3])
    }
  })

  test('runs once at a time in an isolate, and again after a tick that was cancelled', async () => {
    await publish(ZONE)
    let reads = 0
    // A minute without reconciliation of the catalog.
    at(60)
    const kv = kvWith({
      get: (key: string, options: KVNamespaceGetOptions<'text'>) =>
        ++reads === 1 ? hangs() : env.GSLB.get(key, options),
    })
    const isolate = await newIsolate({ GSLB: kv }, {})
    const first = isolate.tick({ wait: false })
    await eventually(() => expect(reads).toBe(1))
    await Promise.all([isolate.tick({ wait: false }), isolate.tick({ wait: false })])
    // They ended without effect while the first one still hangs.
    expect(reads).toBe(1)
    expect(isolate.probed.length).toBe(0)
    // The first, which hangs, counts as cancelled by now.
    at(120)
    await isolate.tick({ wait: false })
    expect(isolate.probed.length).toBe(2)
    passNextDeadline()
    await first
  })

  test('in two concurrent isolates leaves a complete document', async () => {
    await publish(ZONE)
    const [one, other] = [await newIsolate({}, { [A]: FAILED }), await newIsolate({}, { [B]: FAILED })]
    for (let minute = 0; minute < 6; minute++) {
      at(60 * minute)
      await Promise.all([one.tick(), other.tick()])
      expect(Object.values(await statesOf(ZONE)).every((state) => state === 'up' || state === 'down')).toBe(true)
    }
  })

  test('a change is written a second later even if probes hang, and each write is counted once', async () => {
    await publish(ZONE)
    let answer = (_: ProbeResult) => {}
    const hanging = new Promise<ProbeResult>((resolve) => {
      answer = resolve
    })
    const isolate = await newIsolate({}, { [A]: FAILED, [B]: hanging })
    const ticking = isolate.tick()
    const written = async () => {
      const parsed = parseVantage((await env.GSLB.get('health')) ?? '')
      if (!parsed.ok) throw new Error(parsed.error)
      return parsed.value
    }
    await eventually(async () => expect((await written()).targets.size).toBe(1))
    const early = await written()
    expect([...early.targets.values()].map(({ state }) => state)).toEqual(['down'])
    expect(early.round).toMatchObject({ due: 2, probed: 1, left: 0 })
    answer(OK)
    await ticking
    expect(await statesOf(ZONE)).toEqual({ [A]: 'down', [B]: 'up' })
    const late = await written()
    expect(late.round).toMatchObject({ due: 2, probed: 2, left: 0 })
    expect((early.budget?.tokens ?? 0) - (late.budget?.tokens ?? 0)).toBeCloseTo(1, 1)
  })

  test('reads all zones in one operation', async () => {
    const zones = Array.from({ length: 12 }, (_, i) => poolZone(`z${i}.example`, [`192.0.2.${i + 100}`]))
    await publish(...zones)
    await env.GSLB.delete((await compiledKeysOf('z11.example')).checks)
    const asked: string[] = []
    const kv = kvWith({
      getWithMetadata: (key: string & string[], options: KVNamespaceGetOptions<'text'>) => {
        asked.push(typeof key === 'string' ? key : `${(key as string[]).length} keys`)
        return env.GSLB.getWithMetadata(key, options)
      },
    })
    const isolate = await newIsolate({ GSLB: kv, API_KEY: 'key' }, {})
    // A minute in which the cron does not list the keys.
    at(60)
    await isolate.tick()
    expect(asked).toEqual(['catalog', '12 keys'])
    expect([isolate.probed.length, (await isolate.api('/health')).body.complete]).toEqual([11, false])
  })

  test('keeps the states of the targets of a zone that cannot be loaded', async () => {
    const other = poolZone('other.example', ['198.51.100.1'])
    await publish(ZONE, other)
    await putHealth({ ...ZONE, records: { ...ZONE.records, other: other.records.www } }, { [A]: 'up' })
    const warm = await newIsolate({}, { '198.51.100.1': FAILED })
    await warm.tick()
    expect(await statesOf(other)).toEqual({ '198.51.100.1': 'down' })
    const { checks } = await compiledKeysOf('other.example')
    const kv = kvWith({
      getWithMetadata: (key: string & string[], options: KVNamespaceGetOptions<'text'>) => {
        if (key.includes(checks)) throw new Error('KV is down')
        return env.GSLB.getWithMetadata(key, options)
      },
    })
    const isolate = await newIsolate({ GSLB: kv, API_KEY: 'key' }, { [A]: FAILED })
    for (let minute = 1; minute < 4; minute++) {
      at(60 * minute)
      await isolate.tick()
    }
    expect(await statesOf(ZONE)).toEqual({ [A]: 'down', [B]: 'up' })
    expect(await statesOf(other)).toEqual({ '198.51.100.1': 'down' })
    expect((await isolate.api('/health')).body.complete).toBe(false)
  })

  const reads = ['get', 'getWithMetadata']
  test.each<[string, string[], 'fails' | 'hangs', number]>([
    ['all of it throws', [...reads, 'put', 'list'], 'fails', 0],
    ['reads throw', reads, 'fails', 0],
    ['what is read by get throws', ['get'], 'fails', 0],
    ['writes are refused', ['put'], 'fails', 0],
    ['reads hang', reads, 'hangs', 2000],
    ['what is read by get hangs', ['get'], 'hangs', 2000],
    ['writes hang', ['put'], 'hangs', 5000],
  ])(
    'when KV fails (%s): the tick ends in time, nothing is lost, and the next one goes on',
    async (_, methods, how, least) => {
      await publish(ZONE)
      const breaking = new BreakingKv(methods)
      const answers: Record<string, typeof FAILED> = { [A]: FAILED }
      const warm = await newIsolate({ GSLB: breaking.kv }, answers)
      await warm.tick()
      const before = await env.GSLB.get('health')
      breaking.become(how)
      // A failure that has to be written.
      answers[B] = FAILED
      const cold = await newIsolate({ GSLB: breaking.kv }, answers)
      // A probe that hangs for ever would keep waitUntil waiting.
      const wait = how === 'fails'
      for (const [i, isolate] of [warm, cold].entries()) {
        at(60 * (i + 1))
        const took = await breaking.sitOut(isolate.tick({ wait }))
        expect(took).toBeGreaterThanOrEqual(least)
        expect(took).toBeLessThan(14_000)
        expect(await statesOf(ZONE)).toEqual({ [A]: 'down', [B]: 'up' })
      }
      if (methods.includes('put')) expect(await env.GSLB.get('health')).toBe(before)
      breaking.become('not')
      answers[A] = OK
      answers[B] = OK
      for (const [i, isolate] of [warm, cold].entries()) {
        at(60 * (i + 3))
        await isolate.tick({ wait })
      }
      expect(await statesOf(ZONE)).toEqual({ [A]: 'up', [B]: 'up' })
    },
  )
})

const isHead = (key: unknown): boolean => typeof key === 'string' && key.startsWith('head:')
/** KV gives out zones, and nothing else. */
const noHealth = (key: string, options: KVNamespaceGetOptions<'text'>) =>
  isHead(key) ? env.GSLB.get(key, options) : fails()
function fails(): Promise<never> {
  throw new Error('KV is down')
}
function hangs(): Promise<never> {
  return new Promise(() => {})
}
