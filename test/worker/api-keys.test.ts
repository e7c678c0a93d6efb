import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MAX_GUESSES } from '../../src/limits.ts'
import { peopleOf } from '../../src/worker/people.ts'
import { settings } from './api-support.ts'
import { type Isolate, type Json, kvWith, newIsolate } from './health-support.ts'

const KEY = settings.API_KEY

let lines: string[]
beforeEach(async () => {
  lines = []
  const keep = (line: string) => void lines.push(line)
  vi.spyOn(console, 'log').mockImplementation(keep)
  vi.spyOn(console, 'error').mockImplementation(keep)
  const { keys } = await env.GSLB.list()
  for (const { name } of keys) await env.GSLB.delete(name)
})
afterEach(() => vi.restoreAllMocks())

const ask = async (isolate: Isolate, method: string, path: string, key: string, body?: object) => {
  const init = { method, headers: { 'x-api-key': key }, ...(body && { body: JSON.stringify(body) }) }
  const response = await isolate.fetch(path, init)
  const text = await response.text()
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as Json }
}

const PATHS = ['/api', '/api/v1', '/api/v1/servers/localhost/zones', '/api/v1/zones', '/api/v1/keys', '/api/v1/health']

describe('keys in KV', () => {
  test('open the API of a Worker without API_KEY, and close it with the last', async () => {
    const off = await newIsolate({})
    for (const path of PATHS)
      for (const key of ['', 'undefined', `gslb_abcdefgh_${'a'.repeat(32)}`])
        expect([path, (await ask(off, 'GET', path, key)).status]).toEqual([path, 404])
    const on = await newIsolate(settings)
    const made = await ask(on, 'POST', '/api/v1/keys', KEY, { name: 'ci', scopes: ['everything'] })
    const { id, secret } = made.body
    expect(made.status).toBe(201)
    const { keys } = await env.GSLB.list({ prefix: 'key:' })
    expect(keys.map(({ name }) => name)).toEqual([`key:${id}`])
    expect(await env.GSLB.get(`key:${id}`)).not.toContain(secret.slice(14))
    const named = await newIsolate({})
    expect((await ask(named, 'GET', '/api/v1/key', secret)).body).toMatchObject({ name: 'ci', scopes: ['everything'] })
    expect((await ask(named, 'GET', '/api/v1/keys', secret)).body.keys).toHaveLength(1)
    expect((await ask(named, 'GET', '/api/v1/key', '')).status).toBe(401)
    expect((await ask(named, 'DELETE', `/api/v1/keys/${id}`, secret)).status).toBe(204)
    for (const path of PATHS) expect([path, (await ask(named, 'GET', path, secret)).status]).toEqual([path, 404])
  })

  test('are listed, however many there are', async () => {
    const isolate = await newIsolate(settings)
    const made = await ask(isolate, 'POST', '/api/v1/keys', KEY, { name: 'a', scopes: ['read'] })
    const record = JSON.parse((await env.GSLB.get(`key:${made.body.id}`)) ?? '')
    // More than KV gives out in one operation.
    for (let i = 0; i < 120; i++) {
      const id = `aaaaaa${'abcdefghijklmnopqrstuvwxyz234567'[i >> 5]}${'abcdefghijklmnopqrstuvwxyz234567'[i & 31]}`
      await env.GSLB.put(`key:${id}`, JSON.stringify({ ...record, id, name: `n${i}` }))
    }
    expect((await ask(isolate, 'GET', '/api/v1/keys', KEY)).body.keys).toHaveLength(122)
  })

  test('are one read of KV for a request, and none for the first key or for other texts', async () => {
    const reads: unknown[] = []
    const GSLB = kvWith({
      get: (key: string, options: KVNamespaceGetOptions<'text'>) => {
        reads.push(key)
        return env.GSLB.get(key, options)
      },
      list: () => Promise.reject(new Error('lists are scarce')),
    })
    const made = await ask(await newIsolate(settings), 'POST', '/api/v1/keys', KEY, { name: 'a', scopes: ['read'] })
    const isolate = await newIsolate({ ...settings, GSLB })
    for (const key of [KEY, 'wrong', '']) await ask(isolate, 'GET', '/api/v1/key', key)
    expect(reads).toEqual([])
    expect((await ask(isolate, 'GET', '/api/v1/key', made.body.secret)).status).toBe(200)
    expect(reads).toEqual([`key:${made.body.id}`])
  })

  test('are never locked out by guesses from the same address', async () => {
    const isolate = await newIsolate(settings)
    const made = await ask(isolate, 'POST', '/api/v1/keys', KEY, { name: 'a', scopes: ['read'] })
    const now = Date.now()
    vi.spyOn(Date, 'now').mockReturnValue(now)
    for (let i = 0; i < MAX_GUESSES; i++)
      expect((await ask(isolate, 'GET', '/api/v1/key', `gslb_abcdefgh_${'a'.repeat(32)}`)).status).toBe(401)
    expect((await ask(isolate, 'GET', '/api/v1/key', 'x')).status).toBe(429)
    expect((await ask(isolate, 'GET', '/api/v1/key', made.body.secret)).status).toBe(200)
    expect((await ask(isolate, 'GET', '/api/v1/key', KEY)).status).toBe(200)
  })

  test('are named in a line for each write', async () => {
    const isolate = await newIsolate(settings)
    await ask(isolate, 'POST', '/api/v1/keys?secret=s', KEY, { name: 'a', scopes: ['read'] })
    expect(lines).toEqual(['{"event":"api-write","key":"API_KEY","method":"POST","path":"/api/v1/keys","status":201}'])
  })

  test('that cannot be read are 503, and those of others still count', async () => {
    const GSLB = kvWith({ get: () => Promise.reject(new Error('KV is down')) })
    const isolate = await newIsolate({ ...settings, GSLB })
    expect((await ask(isolate, 'GET', '/api/v1/key', `gslb_abcdefgh_${'a'.repeat(32)}`)).status).toBe(503)
    expect((await ask(isolate, 'GET', '/api/v1/key', KEY)).status).toBe(200)
  })
})

describe('hostile requests', () => {
  const NAMES = [
    'x-api-key',
    'authorization',
    'cf-access-jwt-assertion',
    'x-reason',
    'if-match',
    'origin',
    'content-type',
  ]
  const VALUES = [
    ...['', ' ', ',', 'null', 'Bearer', 'Bearer ', 'Bearer a b', '"', '\\', '%00', '{}', '__proto__', '\t', 'ÿ'],
    ...[`gslb_${'a'.repeat(8)}_${'b'.repeat(32)}`, 'gslb___', 'x'.repeat(8000), 'a.b.c', '..', '🔑'.normalize()],
  ]
  const PATHS = [
    '/api',
    '/api/',
    '/api//v1',
    '/api/v1/keys',
    '/api/v1/keys/%ff',
    '/api/v1/keys/%',
    '/api/v1/keys/..%2f',
  ]
  test('are 4xx with a reason, whatever stands in their headers', async () => {
    const isolate = await newIsolate(settings)
    let sent = 0
    for (const path of PATHS)
      for (const method of ['GET', 'POST', 'DELETE', 'PATCH'])
        for (const name of NAMES)
          for (const value of VALUES) {
            const headers = new Headers()
            try {
              headers.set(name, value)
            } catch {
              continue
            }
            const { status } = await isolate.fetch(path, { method, headers }, { wait: false })
            if (status < 400 || status > 499) expect([path, method, name, value, status]).toEqual('4xx')
            sent++
          }
    expect(sent).toBeGreaterThan(3000)
    expect((await env.GSLB.list()).keys).toEqual([])
  })
  test('with a right key get no 5xx either', async () => {
    const isolate = await newIsolate(settings)
    for (const path of PATHS)
      for (const method of ['GET', 'POST', 'DELETE', 'PATCH', 'PUT', 'QUERY'])
        for (const value of VALUES) {
          const body = method === 'GET' ? {} : { body: value }
          const { status } = await isolate.fetch(
            path,
            { method, headers: { 'x-api-key': KEY, 'if-match': 'x' }, ...body },
            { wait: false },
          )
          if (status >= 500) expect([path, method, value, status]).toEqual('no 5xx')
        }
    expect((await env.GSLB.list()).keys).toEqual([])
  })
})

describe('the settings of Cloudflare Access', () => {
  const ACCESS_AUD = '0123456789abcdef'.repeat(4)
  test.each([
    [{ ACCESS_TEAM: 'example', ACCESS_AUD }, 'example.cloudflareaccess.com'],
    [{ ACCESS_TEAM: 'my-team.cloudflareaccess.com', ACCESS_AUD }, 'my-team.cloudflareaccess.com'],
  ])('%j', (given, team) => {
    expect(peopleOf(given)).toMatchObject({ ok: true, value: { team, audience: ACCESS_AUD } })
  })
  test('name who may do everything', () => {
    const ACCESS_ADMINS = 'Ops@Example.com, group:Platform\n token:1a.access'
    expect(peopleOf({ ACCESS_TEAM: 'example', ACCESS_AUD, ACCESS_ADMINS })).toMatchObject({
      value: { admins: { emails: ['ops@example.com'], groups: ['Platform'], tokens: ['1a.access'] } },
    })
  })
  test.each([
    [{ ACCESS_TEAM: 'example' }, 'ACCESS_AUD is not an audience tag'],
    [{ ACCESS_AUD }, 'ACCESS_TEAM is ""; expected the name of a team'],
    [{ ACCESS_TEAM: 'evil.example', ACCESS_AUD }, 'ACCESS_TEAM is "evil.example"'],
    [{ ACCESS_TEAM: 'https://example.cloudflareaccess.com', ACCESS_AUD }, 'ACCESS_TEAM is'],
    [{ ACCESS_TEAM: 'evil.example/x.cloudflareaccess.com', ACCESS_AUD }, 'ACCESS_TEAM is'],
    [{ ACCESS_TEAM: 'example', ACCESS_AUD: 'all' }, 'ACCESS_AUD is not an audience tag'],
  ])('%j let nobody in, and status says why', async (given, why) => {
    expect(peopleOf(given)).toEqual({ ok: false, error: expect.stringContaining(why) })
    const isolate = await newIsolate({ ...settings, ...given })
    const { body } = await ask(isolate, 'GET', '/api/v1/health', KEY)
    expect(body.problems).toEqual([expect.stringContaining(why)])
  })
  test('are none by default', () => {
    expect(peopleOf({})).toEqual({ ok: true, value: undefined })
  })
})
