import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { BreakingKv, type Isolate, newIsolate, poolZone, putHealth } from './health-support.ts'
import { publish } from './support.ts'

const KEY = 'the-key-of-these-tests'
const ZONE = poolZone('example.com', ['192.0.2.1', '192.0.2.2'])

beforeAll(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

beforeEach(async () => {
  await publish(ZONE)
  await putHealth(ZONE, { '192.0.2.1': 'up', '192.0.2.2': 'down' })
})

const scrape = (isolate: Isolate, headers: Record<string, string> = { 'x-api-key': KEY }) =>
  isolate.fetch('/metrics', { headers })

describe('GET /metrics', () => {
  test('404 without any key, 401 with a wrong one and without one', async () => {
    expect((await scrape(await newIsolate({}), {})).status).toBe(404)
    const isolate = await newIsolate({ API_KEY: KEY })
    expect((await scrape(isolate, { 'x-api-key': 'wrong' })).status).toBe(401)
    expect((await scrape(isolate, {})).status).toBe(401)
  })

  test('with the key, or with it as a bearer token: the states of targets and pools', async () => {
    const isolate = await newIsolate({ API_KEY: KEY })
    const response = await scrape(isolate)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-store')
    const text = await response.text()
    const labels = (host: string) => `zone="example.com",check="example.com/web",target="${host}:80",vantage="cron"`
    expect(text).toContain(`edge_gslb_target_up{${labels('192.0.2.1')}} 1\n`)
    expect(text).toContain(`edge_gslb_target_up{${labels('192.0.2.2')}} 0\n`)
    expect(text).toContain('edge_gslb_pool_live_members{zone="example.com",pool="www.example.com/A"} 1\n')
    expect(text).toContain('edge_gslb_zone_serial{zone="example.com"} 1\n')
    expect((await scrape(isolate, { authorization: `Bearer ${KEY}` })).status).toBe(200)
  })

  test('a key that may not read health is refused', async () => {
    const isolate = await newIsolate({ API_KEY: KEY })
    const made = await isolate.api('/keys', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'acme', scopes: ['acme:www.example.com'] }),
    })
    expect(made.status).toBe(201)
    expect((await scrape(isolate, { 'x-api-key': made.body.secret })).status).toBe(403)
    await isolate.fetch(`/api/v1/keys/${made.body.id}`, { method: 'DELETE', headers: { 'x-api-key': KEY } })
  })

  test('OpenMetrics if the scraper prefers it, as Prometheus does', async () => {
    const isolate = await newIsolate({ API_KEY: KEY })
    const accept =
      'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'
    const response = await scrape(isolate, { 'x-api-key': KEY, accept })
    expect(response.headers.get('content-type')).toMatch(/^application\/openmetrics-text; version=1\.0\.0/)
    expect((await response.text()).endsWith('\n# EOF\n')).toBe(true)
    const other = await scrape(isolate, { 'x-api-key': KEY, accept: 'image/png' })
    expect(other.headers.get('content-type')).toMatch(/^text\/plain/)
  })

  test('other methods are refused, and HEAD has no body', async () => {
    const isolate = await newIsolate({ API_KEY: KEY })
    const posted = await isolate.fetch('/metrics', { method: 'POST', headers: { 'x-api-key': KEY } })
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    const head = await isolate.fetch('/metrics', { method: 'HEAD', headers: { 'x-api-key': KEY } })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  test('a write of the API is counted', async () => {
    const isolate = await newIsolate({ API_KEY: KEY })
    await isolate.api('/overrides', { method: 'PUT', body: '{"overrides":[]}' })
    await isolate.api('/overrides', { method: 'PUT', body: '{' })
    const text = await (await scrape(isolate)).text()
    expect(text).toContain('edge_gslb_api_writes_total{status="200"} 1\n')
    expect(text).toContain('edge_gslb_api_writes_total{status="422"} 1\n')
  })
})

describe('GET /healthz', () => {
  const liveness = async (isolate: Isolate) => {
    const response = await isolate.fetch('/healthz')
    return [response.status, await response.text()]
  }

  test('200 without a key while zones can be answered, though a target is down', async () => {
    expect(await liveness(await newIsolate({}))).toEqual([200, 'ok\n'])
  })

  test('503 when nobody confirms the states any more', async () => {
    await putHealth(ZONE, { '192.0.2.1': 'up', '192.0.2.2': 'up' }, Date.now() - 86_400_000)
    expect(await liveness(await newIsolate({}))).toEqual([503, 'health-stale\n'])
  })

  test('503 without zones, and while KV does not give them out', async () => {
    const kv = new BreakingKv(['get', 'getWithMetadata', 'list'])
    kv.become('fails')
    expect(await liveness(await newIsolate({ GSLB: kv.kv }))).toEqual([503, 'zones-unread\n'])
    for (const { name } of (await env.GSLB.list()).keys) await env.GSLB.delete(name)
    expect(await liveness(await newIsolate({}))).toEqual([503, 'no-zones\n'])
  })

  test('a flood of requests reads KV no oftener than a refresh interval allows', async () => {
    let reads = 0
    const counting = new Proxy(env.GSLB, {
      get(target, property) {
        const member = Reflect.get(target, property)
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => {
          reads++
          return Reflect.apply(member, target, args)
        }
      },
    })
    const isolate = await newIsolate({ GSLB: counting, REFRESH_SECONDS: '3600' })
    await liveness(isolate)
    const first = reads
    for (let i = 0; i < 20; i++) await liveness(isolate)
    expect(first).toBeGreaterThan(0)
    expect(reads).toBe(first)
  })
})
