import { exports } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { ask, EXAMPLE, publish } from './support.ts'

const HOUSE = { ...EXAMPLE, access: { token: true, networks: ['192.0.2.0/24'] } }

beforeAll(() =>
  publish(
    EXAMPLE,
    { ...EXAMPLE, origin: 'gslb.test' },
    { ...HOUSE, origin: 'a-house.example' },
    { ...HOUSE, origin: 'home.gslb.test' },
  ),
)

/** Sends a request by a host, which the runtime takes the URL's host from. */
const askAt = (host: string, path: string, init: RequestInit = {}): Promise<Response> =>
  exports.default.fetch(new Request(`https://${host}${path}`, init))

describe('GET /', () => {
  test('is a page with the endpoint of the host', async () => {
    const response = await ask('/')
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8'])
    const html = await response.text()
    expect(html).toContain('>https://gslb.test/dns-query</code>')
    expect(html).toContain('href="/dns-query.mobileconfig"')
    expect(html).toMatch(/Names outside its zones are refused/)
  })

  test('asks for the zone around the host, else for the first one', async () => {
    expect(await (await ask('/')).text()).toContain('value="gslb.test"')
    expect(await (await askAt('elsewhere.test', '/')).text()).toContain('value="example.com"')
  })

  test('names no zone that is for some clients alone', async () => {
    const html = await (await askAt('dns.home.gslb.test', '/', { headers: { 'CF-Connecting-IP': '192.0.2.1' } })).text()
    expect(html).toContain('value="gslb.test"')
    for (const host of ['gslb.test', 'elsewhere.test']) {
      expect(await (await askAt(host, '/')).text()).not.toContain('house')
    }
  })

  test('lets no code run but its own, and nobody frame it', async () => {
    const policy = (await ask('/')).headers.get('content-security-policy') ?? ''
    for (const directive of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"])
      expect(policy.split('; ')).toContain(directive)
    expect(policy).not.toMatch(/unsafe|\*|https?:|data:/)
  })

  test('believes no header but Host', async () => {
    const headers = {
      ...{ 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example;proto=http' },
      ...{ 'X-Forwarded-Proto': 'http', 'X-Host': 'evil.example', 'X-Original-URL': '/evil' },
    }
    const html = await (await ask('/', { headers })).text()
    expect(html).not.toContain('evil')
    expect(html).toContain('>https://gslb.test/dns-query</code>')
  })

  test('HEAD has the same headers and no body; an ETag that is still right is 304', async () => {
    const response = await ask('/')
    const etag = response.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/)
    expect(response.headers.get('cache-control')).toBe('private, no-cache')
    const head = await ask('/', { method: 'HEAD' })
    expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, etag, ''])
    expect(head.headers.get('content-security-policy')).toBe(response.headers.get('content-security-policy'))
    for (const known of [etag, `"x", W/${etag}`]) {
      const again = await ask('/', { headers: { 'If-None-Match': known } })
      expect([again.status, await again.text()]).toEqual([304, ''])
    }
    expect((await ask('/', { headers: { 'If-None-Match': '"x"' } })).status).toBe(200)
  })

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is 405', async (method) => {
    for (const path of ['/', '/dns-query.mobileconfig']) {
      const response = await ask(path, { method })
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    }
  })
})

test('the files of the page are kept for ever, and have their types', async () => {
  const html = await (await ask('/')).text()
  const paths = html.match(/\/static\/[a-z]+-[0-9a-f]+\.\w+/g) ?? []
  expect(paths).toHaveLength(3)
  for (const path of paths) {
    const response = await ask(path)
    expect([response.status, response.headers.get('x-content-type-options')]).toEqual([200, 'nosniff'])
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(response.headers.get('content-type')).toMatch(/^(text\/css|text\/javascript|image\/svg\+xml)/)
    expect((await response.text()).length).toBeGreaterThan(100)
  }
})

describe('the profile', () => {
  const TOKEN = 'gslb_abcdefgh_abcdefghijklmnopqrstuvwxyz234567'

  test.each([
    ['/dns-query.mobileconfig', 'https://gslb.test/dns-query'],
    [`/dns-query/${TOKEN}.mobileconfig`, `https://gslb.test/dns-query/${TOKEN}`],
  ])('%s is for %s', async (path, url) => {
    const response = await ask(path)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-apple-aspen-config'])
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="gslb.test.mobileconfig"')
    expect(await response.text()).toContain(`<string>${url}</string>`)
  })

  test('is https on loopback as well', async () => {
    const response = await exports.default.fetch(new Request('http://127.0.0.1:8787/dns-query.mobileconfig'))
    expect(await response.text()).toContain('<string>https://127.0.0.1:8787/dns-query</string>')
    const page = await exports.default.fetch(new Request('http://127.0.0.1:8787/'))
    expect(await page.text()).toContain('>http://127.0.0.1:8787/dns-query</code>')
  })

  test.each([
    '/.mobileconfig',
    '/dns-query/.mobileconfig',
    '/dns-query/a/b.mobileconfig',
    '/dns-query/%3Cb%3E.mobileconfig',
    `/dns-query/${'a'.repeat(129)}.mobileconfig`,
    '/other.mobileconfig',
    '/dns-query.mobileconfig/x',
  ])('%s is 404', async (path) => {
    expect((await ask(path)).status).toBe(404)
  })
})

test.each(['/dns', '/static/landing-0000000000000000.css', '/index.html', '//', '/favicon.ico'])(
  '%s is 404',
  async (path) => {
    const response = await ask(path)
    expect([response.status, response.headers.get('cache-control')]).toEqual([404, 'no-store'])
    expect(await response.text()).toBe('expected /dns-query, /resolve, /api/v1/… or /\n')
    const head = await ask(path, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([404, ''])
  },
)
