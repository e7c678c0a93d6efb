import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import worker from './bundle/main.ts'
import { EXAMPLE, publish } from './support.ts'

const API_KEY = 'a-key-for-this-test-of-32-letters'
const HOST = 'https://gslb.test'

beforeAll(() => publish(EXAMPLE))

type Sent = {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly form?: Record<string, string>
}

async function ask(path: string, { method, headers = {}, form }: Sent = {}) {
  const context = createExecutionContext()
  const request = new Request(path.startsWith('/') ? HOST + path : path, {
    method: method ?? (form ? 'POST' : 'GET'),
    redirect: 'manual',
    headers: { 'CF-Connecting-IP': '203.0.113.7', ...headers },
    ...(form && { body: new URLSearchParams(form) }),
  })
  const response = await worker.fetch(
    request as Request<unknown, IncomingRequestCfProperties>,
    { ...env, API_KEY },
    context,
  )
  await waitOnExecutionContext(context)
  return response
}

/** Signs in, and returns the cookie. */
async function signIn(key = API_KEY): Promise<string> {
  const response = await ask('/console/session', { form: { key } })
  expect(response.status).toBe(303)
  return (response.headers.get('set-cookie') ?? '').split(';')[0] as string
}

/** Makes a key by the API. */
async function makeKey(name: string, scopes: readonly string[]): Promise<{ id: string; secret: string }> {
  const context = createExecutionContext()
  const request = new Request(`${HOST}/api/v1/keys`, {
    method: 'POST',
    headers: { 'X-API-Key': API_KEY },
    body: JSON.stringify({ name, scopes }),
  })
  const response = await worker.fetch(
    request as Request<unknown, IncomingRequestCfProperties>,
    { ...env, API_KEY },
    context,
  )
  await waitOnExecutionContext(context)
  return response.json()
}

/** Returns the token that the forms of a page carry. */
async function tokenOf(cookie: string, path = '/console'): Promise<string> {
  const page = await (await ask(path, { headers: { Cookie: cookie } })).text()
  return /name="token" value="([0-9a-f]{64})"/.exec(page)?.[1] ?? ''
}

describe('without a session', () => {
  test('the first page is a form with one field for the key', async () => {
    const response = await ask('/console')
    const page = await response.text()
    expect(response.status).toBe(200)
    expect(page.match(/<input (?!type="hidden"|[^>]* hidden)/g)).toHaveLength(1)
    expect(page).toMatch(/<form method="post" action="\/console\/session"/)
    expect(page).not.toContain('Sign out')
  })

  test.each(['/console/health', '/console/nothing', '/console?x=1'])(
    '%s shows the form, and leads there',
    async (path) => {
      const response = await ask(path)
      expect(response.status).toBe(path.startsWith('/console?') ? 200 : 401)
      expect(await response.text()).toContain(`name="to" value="${path}"`)
    },
  )

  test('data is 401, and no page', async () => {
    const response = await ask('/console/data/health')
    expect([response.status, response.headers.get('content-type')]).toEqual([401, 'text/plain; charset=UTF-8'])
  })

  test('headers let nothing in: no code in the page, no frame, no cache', async () => {
    const { headers } = await ask('/console')
    const policy = headers.get('content-security-policy') ?? ''
    for (const part of [
      "default-src 'none'",
      ...["script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
      ...["form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"],
    ])
      expect(policy.split('; ')).toContain(part)
    expect(policy).not.toContain('unsafe')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('same-origin')
  })
})

describe('signing in', () => {
  test('a right key gets a cookie that no script and no other site can use, and leads to the page', async () => {
    const response = await ask('/console/session', { form: { key: ` ${API_KEY} `, to: '/console/health?zone=a' } })
    expect([response.status, response.headers.get('location')]).toEqual([303, '/console/health?zone=a'])
    const cookie = response.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(
      /^edge_gslb_session=API_KEY\.\d{13}\.[a-z2-7]{16}\.[0-9a-f]{64}; Path=\/console; Max-Age=43200; /,
    )
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict; Secure$/)
    expect(cookie).not.toContain(API_KEY)
    const page = await ask('/console', { headers: { Cookie: cookie.split(';')[0] as string } })
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('Sign out')
  })

  test('on http of loopback the cookie is not Secure, and elsewhere it is', async () => {
    const at = async (url: string) =>
      (await ask(`${url}/console/session`, { form: { key: API_KEY } })).headers.get('set-cookie')
    expect(await at('http://127.0.0.1:8787')).not.toContain('Secure')
    expect(await at('http://localhost:8787')).not.toContain('Secure')
    expect(await at('http://gslb.test')).toContain('Secure')
    expect(await at('https://127.0.0.1')).toContain('Secure')
  })

  test.each(['https://evil.test/', '//evil.test', '/consoles', '/console/\\evil', '/api/v1/zones', ''])(
    'it leads nowhere else: %j',
    async (to) => {
      const response = await ask('/console/session', { form: { key: API_KEY, to } })
      expect(response.headers.get('location')).toBe('/console')
    },
  )

  test('a wrong key is 401, then 429 for its address alone, and a right one is let in all the same', async () => {
    const wrong = (from: string) =>
      ask('/console/session', { form: { key: 'wrong' }, headers: { 'CF-Connecting-IP': from } })
    const statuses = new Set<number>()
    for (let i = 0; i < 40; i++) statuses.add((await wrong('198.51.100.1')).status)
    expect([...statuses]).toEqual([401, 429])
    const limited = await wrong('198.51.100.1')
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await limited.text()).toContain('too many wrong keys')
    expect((await wrong('198.51.100.2')).status).toBe(401)
    const right = { form: { key: API_KEY }, headers: { 'CF-Connecting-IP': '198.51.100.1' } }
    expect((await ask('/console/session', right)).status).toBe(303)
  })
})

describe('a session', () => {
  test('ends with its key, at once', async () => {
    const { id, secret } = await makeKey('short-lived', ['read'])
    const cookie = await signIn(secret)
    expect((await ask('/console/data/health', { headers: { Cookie: cookie } })).status).toBe(200)
    const revoked = await ask(`/api/v1/keys/${id}`, { method: 'DELETE', headers: { 'X-API-Key': API_KEY } })
    expect(revoked.status).toBe(204)
    expect((await ask('/console/data/health', { headers: { Cookie: cookie } })).status).toBe(401)
    expect(await (await ask('/console', { headers: { Cookie: cookie } })).text()).not.toContain('Sign out')
  })

  test('that somebody made up, or changed, is none', async () => {
    const cookie = await signIn()
    const [, id, ends, nonce, mac] = /=(\w+)\.(\d+)\.(\w+)\.(\w+)$/.exec(cookie) ?? []
    const { id: other } = await makeKey('other', ['everything'])
    for (const text of [
      `${id}.${Number(ends) + 1000}.${nonce}.${mac}`,
      `${other}.${ends}.${nonce}.${mac}`,
      `${id}.${ends}.${nonce}.${'0'.repeat(64)}`,
      `${id}.${Date.now() - 1000}.${nonce}.${mac}`,
    ]) {
      const headers = { Cookie: `edge_gslb_session=${text}` }
      expect((await ask('/console/data/health', { headers })).status).toBe(401)
    }
    const beside = { Cookie: `edge_gslb_session=x; ${cookie}` }
    expect((await ask('/console/data/health', { headers: beside })).status).toBe(200)
  })

  test('is left by Sign out', async () => {
    const cookie = await signIn()
    const token = await tokenOf(cookie)
    const left = await ask('/console/sign-out', { form: { token }, headers: { Cookie: cookie } })
    expect([left.status, left.headers.get('location')]).toEqual([303, '/console'])
    expect(left.headers.get('set-cookie')).toMatch(/^edge_gslb_session=; Path=\/console; Max-Age=0; /)
  })

  test('a theme is kept, and is one of three', async () => {
    const cookie = await signIn()
    const token = await tokenOf(cookie)
    const chosen = await ask('/console/theme', { form: { token, theme: 'dark' }, headers: { Cookie: cookie } })
    expect(chosen.headers.get('set-cookie')).toMatch(/^edge_gslb_theme=dark; /)
    const page = await ask('/console', { headers: { Cookie: `${cookie}; edge_gslb_theme=dark` } })
    expect(await page.text()).toContain('data-theme="dark"')
    const odd = await ask('/console', { headers: { Cookie: `${cookie}; edge_gslb_theme="><b>` } })
    expect(await odd.text()).toContain('data-theme="system"')
  })
})

describe('a change that another site asks for is refused, and leads nowhere', () => {
  test.each([
    [{ 'Sec-Fetch-Site': 'cross-site' }],
    [{ 'Sec-Fetch-Site': 'same-site' }],
    [{ Origin: 'https://evil.test' }],
    [{ Origin: 'null' }],
    [{ Origin: 'https://gslb.test.evil.test' }],
  ])('%j', async (foreign) => {
    const cookie = await signIn()
    const token = await tokenOf(cookie)
    for (const path of ['/console/sign-out', '/console/theme', '/console/session', '/console']) {
      const response = await ask(path, {
        form: { token, key: API_KEY },
        headers: { Cookie: cookie, ...(foreign as Record<string, string>) },
      })
      expect([path, response.status, response.headers.get('location'), response.headers.get('set-cookie')]).toEqual([
        path,
        403,
        null,
        null,
      ])
    }
  })

  test.each([undefined, '', '0'.repeat(64)])('a form with the token %j', async (token) => {
    const cookie = await signIn()
    const form: Record<string, string> = token === undefined ? {} : { token }
    const response = await ask('/console/sign-out', { form, headers: { Cookie: cookie } })
    expect([response.status, response.headers.get('location')]).toEqual([403, null])
  })

  test('the token of another session does not count', async () => {
    const token = await tokenOf(await signIn())
    const response = await ask('/console/sign-out', { form: { token }, headers: { Cookie: await signIn() } })
    expect(response.status).toBe(403)
  })

  test('islands change nothing without the token, and with it what the key may', async () => {
    const cookie = await signIn()
    const put = (headers: Record<string, string>) =>
      ask('/console/data/overrides', { method: 'PUT', headers: { Cookie: cookie, ...headers } })
    expect((await put({})).status).toBe(403)
    expect((await put({ 'X-Form-Token': '0'.repeat(64) })).status).toBe(403)
    const token = await tokenOf(cookie)
    expect((await put({ 'X-Form-Token': token, Origin: 'https://evil.test' })).status).toBe(403)
    // An empty body is no list of overrides: it reached the API.
    expect((await put({ 'X-Form-Token': token })).status).toBe(422)
    const { secret } = await makeKey('reader', ['read'])
    const reader = await signIn(secret)
    const refused = await ask('/console/data/overrides', {
      method: 'PUT',
      headers: { Cookie: reader, 'X-Form-Token': await tokenOf(reader) },
    })
    expect(refused.status).toBe(403)
  })
})

test('a key of one zone sees that one, and no health', async () => {
  const { secret } = await makeKey('zoned', ['zone:example.com'])
  const cookie = await signIn(secret)
  const at = async (path: string) => (await ask(`/console/data/${path}`, { headers: { Cookie: cookie } })).status
  expect([await at('zones'), await at('health'), await at('keys')]).toEqual([200, 403, 403])
  for (const path of [
    ...['deployment', 'health/events', 'health/history?zone=example.com&target=x', 'notifications', 'overrides'],
    ...['partition?name=www.example.com&type=A', 'places?name=www.example.com&type=A'],
    ...['zones/example.net/rrsets', 'zones/example.net/policies', 'zones/example.net/history'],
  ])
    expect([path, await at(path)]).toEqual([path, 403])
})

test('a key in a header is none for a page: wrong ones would not be counted', async () => {
  const headers = { 'X-API-Key': API_KEY }
  expect((await ask('/console/data/zones', { headers })).status).toBe(401)
  expect((await ask('/console/health', { headers })).status).toBe(401)
})

test('a row of slashes, and cookies without names, are read in one pass', async () => {
  const path = `/console${'/'.repeat(7000)}`
  expect((await ask(path)).status).toBe(200)
  expect((await ask(`${path}x`)).status).toBe(401)
  const cookie = `${await signIn()};${'=;'.repeat(5000)}`
  expect((await ask('/console/data/zones', { headers: { Cookie: cookie } })).status).toBe(200)
})

test('no header of a page passes a key on to the API', async () => {
  const { secret } = await makeKey('plain', ['read'])
  const headers = { Cookie: await signIn(secret), 'X-API-Key': API_KEY }
  expect((await ask('/console/data/keys', { headers })).status).toBe(403)
})
