import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MAX_GUESSES } from '../../../src/limits.ts'
import { storageWith } from '../keys/support.ts'
import { API_KEY, Api, failingStorage } from './support.ts'

let lines: { readonly event: string }[]
beforeEach(() => {
  lines = []
  const keep = (line: string) => void lines.push(JSON.parse(line))
  vi.spyOn(console, 'log').mockImplementation(keep)
  vi.spyOn(console, 'error').mockImplementation(keep)
})
afterEach(() => vi.restoreAllMocks())

const POWERDNS = ['/api', '/api/v1', '/api/v1/servers', '/api/v1/servers/localhost/zones/example.com.']
const OWN = [
  '/api/v1/key',
  '/api/v1/keys',
  '/api/v1/health',
  '/api/v1/nothing',
  '/api/v1/serversx',
  '/apix'.slice(0, 4),
]

describe('an API without any key', () => {
  test.each([...POWERDNS, ...OWN])('is off at %s, for each method and each key', async (path) => {
    const api = new Api({ apiKey: undefined })
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
      for (const key of ['', 'undefined', API_KEY, `gslb_abcdefgh_${'a'.repeat(32)}`]) {
        const response = await api.fetch(method, path, { 'x-api-key': key })
        expect(response.status).toBe(404)
        if (method !== 'HEAD') expect(await response.text()).toContain('the API is off; set the secret API_KEY, or')
      }
    expect(lines).toEqual([])
  })
  test('goes on with the first key, and off with the last', async () => {
    const api = new Api({ apiKey: undefined })
    const secret = await api.keyWith('everything')
    const { body: key } = await api.ask('GET', '/api/v1/key', secret)
    expect((await api.ask('GET', '/api/v1/key', '')).status).toBe(401)
    expect((await api.ask('DELETE', `/api/v1/keys/${key.id}`, secret)).status).toBe(204)
    expect((await api.ask('GET', '/api/v1/key', secret)).status).toBe(404)
  })
})

describe('errors', () => {
  test.each(POWERDNS)('of PowerDNS at %s are JSON by exactly application/json', async (path) => {
    const response = await new Api().fetch('GET', path)
    expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('www-authenticate')).toBe('X-API-Key realm="PowerDNS"')
    expect(await response.json()).toEqual({
      error: 'the request has no key; expected the API key in the header X-API-Key',
    })
  })
  test('of our own routes are problem details', async () => {
    const response = await new Api().fetch('GET', '/api/v1/keys')
    expect([response.status, response.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
    const detail = 'the request has no key; expected the API key in the header X-API-Key'
    expect(await response.json()).toEqual({
      ...{ type: 'about:blank', title: 'Unauthorized', status: 401, detail, error: detail },
    })
  })
  test('of a wrong key, a wrong path and a wrong method say what is wrong', async () => {
    const api = new Api()
    const detailOf = async (method: string, path: string, key: string): Promise<unknown> =>
      (await api.ask(method, path, key)).body.detail
    expect(await detailOf('GET', '/api/v1/keys', 'wrong')).toMatch(/^this key is not known here; expected /)
    expect(await detailOf('GET', '/api/v1/zone', API_KEY)).toMatch(/expected one that GET \/api\/docs describes$/)
    expect(await detailOf('PATCH', '/api/v1/keys', API_KEY)).toMatch(
      /^PATCH is not a method of this path; expected one of /,
    )
  })
  test('a fault of storage is 503 without details, for keys and without; the first key needs no storage', async () => {
    const api = new Api({ keys: failingStorage() })
    for (const key of [`gslb_abcdefgh_${'a'.repeat(32)}`]) {
      const { status, text } = await api.ask('GET', '/api/v1/key', key)
      expect([status, text.includes('secret detail')]).toEqual([503, false])
    }
    expect((await api.ask('GET', '/api/v1/key', API_KEY)).status).toBe(200)
    expect((await api.ask('GET', '/api/v1/keys', API_KEY)).status).toBe(503)
    expect((await new Api({ keys: failingStorage(), apiKey: undefined }).ask('GET', '/api/v1/key', '')).status).toBe(
      503,
    )
    expect(lines.map(({ event }) => event)).toEqual(['api-failed', 'api-failed', 'api-failed'])
  })
})

describe('a key', () => {
  const ask = async (headers: Readonly<Record<string, string>>) =>
    (await new Api().fetch('GET', '/api/v1/key', headers)).status
  test.each<[string, Record<string, string>, number]>([
    ['in X-API-Key', { 'X-API-Key': API_KEY }, 200],
    ['as a bearer token', { Authorization: 'Bearer gslb' }, 401],
    ['of both, by X-API-Key', { 'X-API-Key': API_KEY, Authorization: 'Bearer x' }, 200],
    ['of both, by X-API-Key alone', { 'X-API-Key': 'x', Authorization: `Bearer ${API_KEY}` }, 401],
    ['as a password', { Authorization: `Basic ${btoa(`x:${API_KEY}`)}` }, 401],
    ['twice', { 'X-API-Key': `${API_KEY}, ${API_KEY}` }, 401],
    ['in another case', { 'X-API-Key': API_KEY.toUpperCase() }, 401],
    ['of great length', { 'X-API-Key': 'x'.repeat(100_000) }, 401],
    ['of another script', { 'X-API-Key': 'ÿÿ' }, 401],
    ['of a cookie', { Cookie: `X-API-Key=${API_KEY}` }, 401],
  ])('%s', async (_, headers, status) => {
    expect(await ask(headers)).toBe(status)
  })
  test('is taken from Authorization: Bearer, in any case', async () => {
    const api = new Api()
    const secret = await api.keyWith('read')
    for (const scheme of ['Bearer', 'bearer', 'BEARER'])
      expect((await api.fetch('GET', '/api/v1/key', { Authorization: `${scheme} ${secret}` })).status).toBe(200)
  })
  test('is not taken from the URL', async () => {
    expect((await new Api().fetch('GET', `/api/v1/key?api-key=${encodeURIComponent(API_KEY)}`)).status).toBe(401)
  })
  test('that has ended says so, and is no guess', async () => {
    const api = new Api()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-22T12:00:00Z') })
    try {
      const { body } = await api.ask('POST', '/api/v1/keys', API_KEY, { name: 'ci', scopes: ['read'], ends: '1h' })
      expect((await api.ask('GET', '/api/v1/key', body.secret)).body.ends).toBe('2026-11-22T13:00:00.000Z')
      vi.setSystemTime(Date.parse('2026-11-22T13:00:00Z'))
      for (let i = 0; i < 2 * MAX_GUESSES; i++) {
        const ended = await api.ask('GET', '/api/v1/key', body.secret)
        expect([ended.status, ended.body.detail]).toEqual([
          ...[401, 'the key ci has ended at 2026-11-22T13:00:00.000Z; expected one that is valid'],
        ])
      }
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('wrong keys', () => {
  test('beyond the limit are 429; right ones from the same address pass all the time', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const api = new Api()
      const secret = await api.keyWith('read')
      const statuses: number[] = []
      for (let i = 0; i < 3 * MAX_GUESSES; i++) {
        statuses.push((await api.ask('GET', '/api/v1/key', `guess ${i}`)).status)
        for (const right of [API_KEY, secret]) expect((await api.ask('GET', '/api/v1/key', right)).status).toBe(200)
      }
      expect(statuses).toEqual([...Array(MAX_GUESSES).fill(401), ...Array(2 * MAX_GUESSES).fill(429)])
      const last = await api.ask('GET', '/api/v1/servers', 'x')
      expect([last.status, last.headers.get('retry-after'), last.text]).toEqual([
        ...[429, '1', '{"error":"too many wrong keys from this address; expected at most one a second"}'],
      ])
      expect((await api.ask('GET', '/api/v1/key', '')).status).toBe(401)
      expect(lines).toEqual([{ event: 'api-key-guessed', wrong: 1, last: '192.0.2.7' }])
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('what a key may do', () => {
  const ROUTES: readonly (readonly [string, string, object | undefined, readonly string[]])[] = [
    ['GET', '/api/v1/key', undefined, ['everything', 'read', 'health', 'zone:a.example', 'acme:a.example']],
    ['GET', '/api/v1/keys', undefined, ['everything']],
    ['POST', '/api/v1/keys', { name: 'new', scopes: ['read'] }, ['everything']],
    ['DELETE', '/api/v1/keys/aaaaaaaa', undefined, ['everything']],
    ['GET', '/api/v1/health', undefined, ['everything', 'read', 'health']],
    ['GET', '/api/v1/deployment', undefined, ['everything', 'read']],
    ['GET', '/api/v1/overrides', undefined, ['everything', 'read', 'health']],
    ['PUT', '/api/v1/overrides', { overrides: [] }, ['everything']],
    ['POST', '/api/v1/push', { check: 'a.example/load' }, ['everything', 'health']],
  ]
  test.each(ROUTES)('%s %s', async (method, path, body, allowed) => {
    const api = new Api()
    for (const scope of ['everything', 'read', 'health', 'zone:a.example', 'acme:a.example']) {
      const reply = await api.ask(method, path, await api.keyWith(scope), body)
      expect([scope, reply.status === 403]).toEqual([scope, !allowed.includes(scope)])
      if (reply.status === 403) expect(reply.body.detail).toMatch(/^the key key-\d may: .+; .+ needs everything/)
    }
  })
  test('a refused write is not made', async () => {
    const values = new Map<string, string>()
    const api = new Api({ keys: storageWith(values) })
    const secret = await api.keyWith('read', 'zone:a.example', 'health')
    const before = new Map(values)
    await api.ask('POST', '/api/v1/keys', secret, { name: 'mine', scopes: ['everything'] })
    await api.ask('DELETE', `/api/v1/keys/${secret.slice(5, 13)}`, secret)
    expect(values).toEqual(before)
  })
})

describe('keys', () => {
  test('are made, listed without secrets, used and revoked', async () => {
    const api = new Api()
    const made = await api.ask('POST', '/api/v1/keys', API_KEY, { name: 'ci', scopes: ['zone:Example.com', 'read'] })
    const { id, secret } = made.body
    expect([made.status, made.headers.get('location'), made.headers.get('cache-control')]).toEqual([
      ...[201, `/api/v1/keys/${id}`, 'no-store'],
    ])
    const shown = { id, name: 'ci', scopes: ['zone:example.com', 'read'], created: expect.any(String) }
    expect(made.body).toEqual({ ...shown, secret: expect.stringMatching(/^gslb_/) })
    const list = await api.ask('GET', '/api/v1/keys', API_KEY)
    expect(list.body).toEqual({ keys: [{ id: 'API_KEY', name: 'API_KEY', scopes: ['everything'] }, shown] })
    expect(list.text).not.toContain(secret.slice(14))
    expect((await api.ask('GET', '/api/v1/key', secret)).body).toEqual(shown)
    const again = await api.ask('POST', '/api/v1/keys', API_KEY, { name: 'ci', scopes: ['read'] })
    expect([again.status, again.body.detail]).toEqual([409, expect.stringContaining('there is a key with the name ci')])
    const revoked = await api.ask('DELETE', `/api/v1/keys/${id}`, API_KEY)
    expect([revoked.status, revoked.text, revoked.headers.get('content-type')]).toEqual([204, '', null])
    expect((await api.ask('DELETE', `/api/v1/keys/${id}`, API_KEY)).status).toBe(404)
    expect((await api.ask('GET', '/api/v1/key', secret)).status).toBe(401)
  })
  test('the first key is no entry of KV', async () => {
    const reply = await new Api().ask('DELETE', '/api/v1/keys/API_KEY', API_KEY)
    expect([reply.status, reply.body.detail]).toEqual([409, expect.stringContaining('wrangler secret delete API_KEY')])
  })
  test.each([
    ['', 400],
    ['{', 400],
    ['null', 422],
    ['[]', 422],
    ['{"__proto__":{"name":"a"},"scopes":["read"]}', 422],
    ['{"name":"a","scopes":["everything"],"constructor":1}', 422],
    ['{"name":"a"}', 422],
    ['{"name":{"a":1},"scopes":["read"]}', 422],
    ['{"name":"a","scopes":{"length":1,"0":"read"}}', 422],
    [`{"name":"a","scopes":[${'"read",'.repeat(5000)}"read"]}`, 422],
    [`${'['.repeat(30_000)}`, 400],
    [`${' '.repeat(65_537)}`, 413],
  ])('a body that is none is refused, with a reason: %.40s', async (body, status) => {
    const values = new Map<string, string>()
    const api = new Api({ keys: storageWith(values) })
    const response = await api.fetch('POST', '/api/v1/keys', { 'x-api-key': API_KEY }, body)
    expect(response.status).toBe(status)
    expect(((await response.json()) as { detail: string }).detail).toMatch(/expected/)
    expect(values.size).toBe(0)
  })
})

describe('each write', () => {
  test('leaves a line with the key, and no other request does', async () => {
    const api = new Api()
    const secret = await api.keyWith('health')
    await api.ask('GET', '/api/v1/health', secret)
    await api.fetch('HEAD', '/api/v1/health', { 'x-api-key': secret })
    await api.fetch('OPTIONS', '/api/v1/health', { 'x-api-key': secret })
    await api.ask('POST', '/api/v1/push?why=private', 'wrong')
    await api.ask('POST', '/api/v1/push?why=private', '')
    lines.length = 0
    await api.ask('POST', '/api/v1/push?why=private', secret, { check: 'a.example/load' })
    await api.ask('PUT', '/api/v1/overrides', secret, {})
    await api.ask('PUT', '/api/v1/overrides', API_KEY, {})
    await api.ask('POST', '/api/v1/zones/example.com/check', secret)
    await api.ask('POST', '/api/v1/plan', secret)
    expect(lines).toEqual([
      { event: 'api-write', key: 'key-1', method: 'POST', path: '/api/v1/push', status: 200 },
      { event: 'api-write', key: 'key-1', method: 'PUT', path: '/api/v1/overrides', status: 403 },
      { event: 'api-write', key: 'API_KEY', method: 'PUT', path: '/api/v1/overrides', status: 200 },
    ])
  })
  test('leaves a line of bounded length, without secrets, on one line', async () => {
    const api = new Api()
    const secret = await api.keyWith('everything')
    lines.length = 0
    await api.ask('DELETE', `/api/v1/keys/${secret}`, secret)
    await api.ask('DELETE', `/api/v1/keys/${secret}`, API_KEY)
    await api.ask('DELETE', `/api/v1/keys/${encodeURIComponent(API_KEY)}`, API_KEY)
    await api.ask('DELETE', `/api/v1/keys/${'x'.repeat(5000)}%0a%00`, API_KEY)
    const text = JSON.stringify(lines)
    expect([text.includes(secret.slice(14)), text.includes(API_KEY), text.length < 1000]).toEqual([false, false, true])
    expect(lines).toHaveLength(4)
  })
  test('leaves a line also when it failed', async () => {
    const api = new Api({ keys: failingStorage() })
    await api.ask('POST', '/api/v1/keys', API_KEY, { name: 'a', scopes: ['read'] })
    expect(lines).toEqual([
      { event: 'api-failed', why: 'Error: KV is down: secret detail' },
      { event: 'api-write', key: 'API_KEY', method: 'POST', path: '/api/v1/keys', status: 503 },
    ])
  })
})

describe('OPTIONS', () => {
  test('needs no key, and lets no origin in', async () => {
    const response = await new Api().fetch('OPTIONS', '/api/v1/keys', { Origin: 'https://evil.example' })
    expect([response.status, await response.text()]).toEqual([200, ''])
    expect(Object.fromEntries(response.headers)).toEqual({
      allow: 'GET, HEAD, POST, OPTIONS',
      'access-control-allow-headers': 'Content-Type, X-API-Key',
      'access-control-allow-methods': 'GET, HEAD, POST, OPTIONS',
      'access-control-max-age': '3600',
      'cache-control': 'no-store',
    })
  })
  test('of an unknown path is 404', async () => {
    expect((await new Api().fetch('OPTIONS', '/api/v1/nothing')).status).toBe(404)
    expect((await new Api().fetch('OPTIONS', '/api/v1/keys/')).status).toBe(404)
  })
  test('another method is 405 with the methods, an unknown path 404', async () => {
    const api = new Api()
    const wrong = await api.ask('PATCH', '/api/v1/keys', API_KEY)
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
    expect((await api.ask('GET', '/api/v1/nothing', API_KEY)).status).toBe(404)
    expect((await api.ask('GET', '/api/v1/keys/', API_KEY)).status).toBe(404)
  })
})
