import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { eventually } from '../eventually.ts'
import { A, B, settings, ZONE } from './api-support.ts'
import { FAILED, type Isolate, kvWith, newIsolate, poolZone, putHealth } from './health-support.ts'
import { compiledKeysOf, publish } from './support.ts'

let isolate: Isolate
beforeEach(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const { keys } = await env.GSLB.list()
  for (const { name } of keys) await env.GSLB.delete(name)
  await publish(ZONE)
  isolate = await newIsolate(settings, { [A]: FAILED })
})
afterEach(() => vi.restoreAllMocks())

const PATHS = [
  '/health',
  '/overrides',
  '/push',
  '/agents/agent-1/probes',
  '/agents/agent-1/report',
  '/nothing',
  '/agents/agent-1',
]

const KEY = settings.API_KEY

describe('access to the API', () => {
  test('is off without API_KEY, with a hint', async () => {
    const off = await newIsolate({})
    for (const [method, path] of [
      ['GET', '/health'],
      ['GET', '/overrides'],
      ['PUT', '/overrides'],
      ['POST', '/push'],
    ] as const) {
      const reply = await off.api(path, { method, headers: { 'x-api-key': 'undefined' } })
      expect(reply).toMatchObject({
        status: 404,
        body: { error: expect.stringMatching(/^the API is off; set the secret API_KEY, or/) },
      })
    }
    const agents = await off.api('/agents/agent-1/probes')
    expect(agents).toMatchObject({ status: 404, body: { error: 'no agents are known; set the secret AGENT_KEYS' } })
  })

  test.each(['', KEY.slice(0, -1), `${KEY} `, KEY.toUpperCase(), `${KEY},${KEY}`, 'x'.repeat(10_000)])(
    'not with the key "%s"',
    async (key) => {
      const headers = { 'x-api-key': key }
      if (key === `${KEY} `) headers['x-api-key'] = KEY.replace(' ', '  ')
      for (const [method, path] of [
        ['GET', '/health'],
        ['HEAD', '/health'],
        ['PUT', '/overrides'],
        ['POST', '/push'],
      ] as const) {
        const response = await isolate.fetch(`/api/v1${path}`, { method, headers })
        expect(response.status).toBe(401)
      }
      expect(await env.GSLB.get('overrides')).toBeNull()
    },
  )

  test('is impossible for pages of other sites: no reply lets an origin in', async () => {
    const statuses = new Set<number>()
    for (const path of PATHS) {
      for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'PATCH']) {
        const headers = { Origin: 'https://evil.example', 'x-api-key': settings.API_KEY }
        const response = await isolate.fetch(`/api/v1${path}`, { method, headers })
        statuses.add(response.status)
        const names = [...response.headers.keys()].filter((name) => name === 'access-control-allow-origin')
        expect([path, method, names]).toEqual([path, method, []])
        expect(response.headers.get('cache-control')).toBe('no-store')
      }
    }
    expect([...statuses].sort()).toEqual([200, 401, 404, 405, 422])
  })

  test('is limited to the methods of a route', async () => {
    const allowed = async (path: string) => {
      const response = await isolate.fetch(`/api/v1${path}`, {
        method: 'DELETE',
        headers: { 'x-api-key': settings.API_KEY },
      })
      expect(response.status).toBe(405)
      return response.headers.get('allow')
    }
    expect(await Promise.all(PATHS.slice(0, 5).map(allowed))).toEqual([
      'GET, HEAD',
      'GET, HEAD, PUT',
      'POST',
      'GET, HEAD',
      'POST',
    ])
    const head = await isolate.fetch('/api/v1/health', { method: 'HEAD', headers: { 'x-api-key': settings.API_KEY } })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  test('a fault of KV is 503 without details', async () => {
    const broken = () => Promise.reject(new Error('secret detail'))
    const failing = await newIsolate({ ...settings, GSLB: kvWith({ get: broken, put: broken }) })
    expect((await failing.api('/overrides')).status).toBe(503)
    const put = await failing.api('/overrides', { method: 'PUT', body: '{"overrides":[]}' })
    expect(put).toMatchObject({ status: 503, body: { error: 'storage could not be reached, or failed; try again' } })
    expect((await failing.api('/health')).status).toBe(200)
  })

  test('a push of a check in an unreadable zone is 503, not 404', async () => {
    const push = { method: 'POST', body: JSON.stringify({ check: 'pool.example/load', state: 'down' }) }
    const getWithMetadata = (key: string, options: KVNamespaceGetOptions<'text'>) =>
      key === 'catalog' ? env.GSLB.getWithMetadata(key, options) : Promise.reject(new Error('KV is down'))
    const failing = await newIsolate({ ...settings, GSLB: kvWith({ getWithMetadata }) })
    expect(await failing.api('/push', push)).toMatchObject({
      status: 503,
      body: { error: expect.stringContaining('not every zone could be read') },
    })
  })

  test.each(['announced', 'in pieces'])('a too large body is refused, %s', async (how) => {
    const octets = new Uint8Array(262_145).fill(32)
    const body = () =>
      how === 'announced'
        ? octets
        : new ReadableStream({
            start(controller) {
              for (let i = 0; i < 5; i++) controller.enqueue(octets.subarray(0, 60_000))
              controller.close()
            },
          })
    for (const [method, path] of [
      ['PUT', '/overrides'],
      ['POST', '/push'],
    ] as const) {
      const reply = await isolate.api(path, { method, body: body() })
      expect(reply).toMatchObject({ status: 413, body: { error: 'expected at most 262144 octets' } })
    }
    const report = await isolate.api('/agents/agent-1/report', { method: 'POST', body: new Uint8Array(1_048_577) })
    expect(report.status).toBe(413)
  })
})

describe('GET /api/v1/health', () => {
  test('lists every check and target of all zones with state, measurement, reason, time and vantage point', async () => {
    const other = poolZone('other.example', ['198.51.100.1'])
    await publish(ZONE, other)
    await isolate.tick()
    const now = Date.now()
    await putHealth(ZONE, { [A]: 'up' }, now - 10_000, 'agent-1')
    await env.GSLB.put(
      'overrides',
      JSON.stringify({ overrides: [{ target: `${B}:80`, force: 'drained', by: 'ops', why: 'maintenance' }] }),
    )
    vi.useFakeTimers({ toFake: ['Date'], now: now + 5000 })
    const { status, body } = await isolate.api('/health')
    vi.useRealTimers()
    expect(status).toBe(200)
    expect([body.complete, body.problems]).toEqual([true, []])
    expect(body.vantages.map(({ name, targets }: { name: string; targets: number }) => [name, targets])).toEqual([
      ['cron', 3],
      ['agent-1', 1],
    ])
    expect(body.vantages[0].round).toMatchObject({ due: 3, probed: 3, left: 0 })
    const named = (body.targets as { check: string; target: string }[]).map(({ check, target }) => `${check} ${target}`)
    expect(named.sort()).toEqual([
      `other.example/web 198.51.100.1:80`,
      `pool.example/inner ${A}:80`,
      `pool.example/load ${A}`,
      `pool.example/load ${B}`,
      `pool.example/v6 2001:db8::1`,
      `pool.example/v6 2001:db8::2`,
      `pool.example/web ${A}:80`,
      `pool.example/web ${B}:80`,
    ])
    const told = body.zones.find(({ origin }: { origin: string }) => origin === 'pool.example')
    expect(told).toEqual({
      ...{ origin: 'pool.example', serial: 1, probes: expect.any(Number), since: expect.stringMatching(/^20.*Z$/) },
      size: [expect.any(Number), expect.any(Number), expect.any(Number)],
    })
    const of = (check: string, target: string) =>
      body.targets.find((one: { check: string; target: string }) => one.check === check && one.target === target)
    const since = expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/)
    expect(of('pool.example/web', `${A}:80`)).toMatchObject({
      ...{ kind: 'tcp', interval: 60, state: 'down', real: 'down', stale: false },
      reports: [
        {
          ...{ vantage: 'cron', state: 'down', since, at: since, nextDue: since, ms: 1, count: 0, needed: 2 },
          ...{ why: 'refused', held: false, silent: false },
        },
      ],
    })
    const drained = of('pool.example/web', `${B}:80`)
    expect([drained.state, drained.real, drained.forced.by, drained.forced.why]).toEqual([
      ...['drained', 'up', 'ops', 'maintenance'],
    ])
    const [cron] = drained.reports
    expect(Date.parse(cron.nextDue) - Date.parse(cron.at)).toBe(60_000)
    expect(of('pool.example/load', A)).toMatchObject({ kind: 'push', state: 'up', real: 'unknown', reports: [] })
  })

  test('lists invalid settings, and says if a zone could not be read', async () => {
    await env.GSLB.put((await compiledKeysOf('pool.example')).checks, '{')
    const odd = await newIsolate({
      ...settings,
      PROBE_REGIONS: 'mars weur, weur',
      PROBES_PER_ROUND: 'many',
      KV_WRITES_PER_DAY: '10',
    })
    const { body } = await odd.api('/health')
    expect(body.problems).toEqual([
      expect.stringContaining('PROBE_REGIONS names "mars"'),
      expect.stringContaining('KV_WRITES_PER_DAY is too little for 4 vantage points; expected at least 480'),
      expect.stringContaining('PROBES_PER_ROUND is "many"'),
    ])
    expect([body.complete, body.targets]).toEqual([false, []])
  })
})

describe('/api/v1/overrides', () => {
  const force = { target: `${B}*`, force: 'down', by: 'ops', why: 'test' }
  const put = (body: string) => isolate.api('/overrides', { method: 'PUT', body })

  test('are put and read, and change answers within a refresh interval', async () => {
    expect(await isolate.api('/overrides')).toEqual({ status: 200, body: { overrides: [] } })
    expect(await isolate.ask('www.pool.example')).toBe(`${A} ${B}`)
    const until = new Date(Date.now() + 86_400_000).toISOString()
    const document = { overrides: [force, { pool: 'www.*', force: 'up', until, by: 'me', why: 'ends' }] }
    expect(await put(JSON.stringify(document))).toEqual({ status: 200, body: { overrides: 2 } })
    expect((await isolate.api('/overrides')).body).toEqual(document)
    await eventually(async () => expect(await isolate.ask('www.pool.example')).toBe(A))
    await put('{"overrides":[]}')
    await eventually(async () => expect(await isolate.ask('www.pool.example')).toBe(`${A} ${B}`))
  })

  describe('with If-Match', () => {
    const read = async () => {
      const headers = { 'x-api-key': settings.API_KEY }
      return (await isolate.fetch('/api/v1/overrides', { headers })).headers.get('etag') ?? 'none'
    }
    const putIf = (tag: string, body: object = { overrides: [force] }) =>
      isolate.api('/overrides', { method: 'PUT', body: JSON.stringify(body), headers: { 'if-match': tag } })

    test('the second of two writers of the same version is refused', async () => {
      const tag = await read()
      expect(tag).toMatch(/^"[0-9a-f]{32}"$/)
      expect(await read()).toBe(tag)
      expect((await putIf(tag)).status).toBe(200)
      const { status, body } = await putIf(tag, { overrides: [] })
      expect([status, body.error]).toEqual([412, expect.stringContaining('somebody has changed them')])
      expect((await isolate.api('/overrides')).body).toEqual({ overrides: [force] })
      expect((await putIf(await read(), { overrides: [] })).status).toBe(200)
    })
    test('a value that was put by hand is a new version, too', async () => {
      await env.GSLB.put('overrides', '{"overrides":[]}')
      const tag = await read()
      await env.GSLB.put('overrides', '{ "overrides": [] }')
      expect((await putIf(tag)).status).toBe(412)
    })
    test.each([
      ['*', 200],
      ['"x", TAG', 200],
      [' TAG ,"x"', 200],
      ['W/TAG', 412],
      ['"x"', 412],
      ['""', 412],
      ['x', 400],
      ['TAG "x"', 400],
      ['', 400],
    ])('%s is answered with %i', async (header, expected) => {
      const tag = await read()
      const { status, body } = await putIf(header.replace('TAG', tag))
      expect(status).toBe(expected)
      if (status === 400) expect(body.error).toContain('expected the ETag of a reply to GET with its quotes, or *')
      expect((await isolate.api('/overrides')).body.overrides).toHaveLength(expected === 200 ? 1 : 0)
    })
    test('an invalid document is 422 before its version is compared', async () => {
      expect((await putIf('"x"', {})).status).toBe(422)
    })
  })

  test('what would leave a pool without a member is 409, unless it is meant', async () => {
    const all = { overrides: [{ target: '*', force: 'down', by: 'ops', why: 'test' }] }
    const refused = await put(JSON.stringify(all))
    expect([refused.status, refused.body.error]).toEqual([
      409,
      expect.stringMatching(
        /would leave www\.pool\.example\/A, .+ without a member that is up; nothing was changed: expected/,
      ),
    ])
    expect((await isolate.api('/overrides')).body).toEqual({ overrides: [] })
    const later = { overrides: [{ ...all.overrides[0], from: '2099-01-01T00:00:00.000Z' }] }
    expect((await put(JSON.stringify(later))).status).toBe(409)
    const forced = (force: string) =>
      isolate.api(`/overrides?force=${force}`, { method: 'PUT', body: JSON.stringify(later) })
    expect((await forced('yes')).status).toBe(400)
    expect(await forced('true')).toEqual({ status: 200, body: { overrides: 1 } })
    // An override that is there already empties nothing.
    expect((await put(JSON.stringify(later))).status).toBe(200)
    expect((await isolate.api('/overrides')).body).toEqual(later)
    await put('{"overrides":[]}')
  })

  test.each([
    ['', 'not JSON'],
    ['[]', 'not valid'],
    ['{"overrides":[{"target":"x","force":"gone","by":"a","why":"b"}]}', 'expected "up", "down", "drained"'],
    ['{"overrides":[{"target":"x","force":"down","by":"a"}]}', 'overrides.0.why'],
    ['{"overrides":[{"force":"down","by":"a","why":"b"}]}', 'nothing is named'],
    ['{"overrides":[{"target":"x","until":"tomorrow","force":"down","by":"a","why":"b"}]}', 'expected a time like'],
  ])('%s is refused, and nothing is changed', async (bad, why) => {
    await put(JSON.stringify({ overrides: [force] }))
    const before = await env.GSLB.get('overrides')
    const { status, body } = await put(bad)
    expect([status, body.error]).toEqual([422, expect.stringContaining(why)])
    expect(body.error).toContain('; nothing was changed')
    expect(await env.GSLB.get('overrides')).toBe(before)
  })
})
