import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { formatOverrides, liveOverrides } from '../../src/health/index.ts'
import { OVERRIDES_KEY } from '../../src/store/index.ts'
import { eventually } from '../eventually.ts'
import worker from './bundle/main.ts'
import { publish } from './support.ts'

const API_KEY = 'a-key-for-this-test-of-32-letters'
const HOST = 'https://gslb.test'
/** Markup that would do harm as HTML, in an attribute, in a script, or in a URL. */
const HOSTILE = `<img src=x onerror=alert(1)>"'</script><script>alert(2)</script>&lt;`

/** A zone with a pushed pool, and hostile texts wherever a zone document has room for them. */
const ZONE = {
  ...{ origin: 'shop.example', ttl: 60 },
  soa: { mname: 'ns', rname: 'root', serial: 7, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 },
  checks: { '<b>push"': { kind: 'push' } },
  records: {
    '@': { NS: 'ns' },
    ns: { A: '192.0.2.53' },
    '<b>www': { A: { kind: 'pool', check: '<b>push"', select: 'all', members: ['192.0.2.1', '192.0.2.2'] } },
    text: { TXT: JSON.stringify(HOSTILE) },
    near: { A: { kind: 'pool', select: 'nearest', members: Array.from({ length: 200 }, (_, i) => memberAt(i)) } },
  },
}

function memberAt(i: number): object {
  return { answer: `192.0.2.${i}`, latitude: (i % 170) - 85, longitude: (i * 7) % 180 }
}

vi.spyOn(console, 'log').mockImplementation(() => {})
vi.spyOn(console, 'error').mockImplementation(() => {})

async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const context = createExecutionContext()
  const settings = { API_KEY, REFRESH_SECONDS: '0.001', AGENT_KEYS: JSON.stringify({ fra: 'x'.repeat(32) }) }
  const request = new Request(HOST + path, { redirect: 'manual', ...init })
  const response = await worker.fetch(
    request as Request<unknown, IncomingRequestCfProperties>,
    { ...env, ...settings },
    context,
  )
  await waitOnExecutionContext(context)
  return response
}

const api = (path: string, method = 'GET', body?: string) =>
  send(path, { method, headers: { 'X-API-Key': API_KEY }, ...(body !== undefined && { body }) })

/** A reader of the console, with the cookie of a session. */
class Visitor {
  private readonly cookie: string
  private constructor(cookie: string) {
    this.cookie = cookie
  }

  static async with(key: string): Promise<Visitor> {
    const signedIn = await send('/console/session', { method: 'POST', body: new URLSearchParams({ key }) })
    return new Visitor((signedIn.headers.get('set-cookie') ?? '').split(';')[0] as string)
  }

  get(path: string): Promise<Response> {
    return send(path, { headers: { Cookie: this.cookie } })
  }

  async page(path: string): Promise<string> {
    return (await this.get(path)).text()
  }

  async post(path: string, form: Readonly<Record<string, string>>, token?: string): Promise<Response> {
    const own = token ?? /name="token" value="([0-9a-f]+)"/.exec(await this.page('/console'))?.[1] ?? ''
    return send(path, {
      method: 'POST',
      headers: { Cookie: this.cookie },
      body: new URLSearchParams({ ...form, token: own }),
    })
  }
}

const force = (overrides: Parameters<typeof liveOverrides>[0]) =>
  env.GSLB.put(OVERRIDES_KEY, formatOverrides(liveOverrides(overrides)))

async function makeKey(name: string, ...scopes: string[]): Promise<{ id: string; secret: string }> {
  return (await api('/api/v1/keys', 'POST', JSON.stringify({ name, scopes }))).json()
}

let admin: Visitor
let reader: Visitor
beforeAll(async () => {
  await publish(ZONE)
  admin = await Visitor.with(API_KEY)
  reader = await Visitor.with((await makeKey('reader', 'read')).secret)
  await api(
    '/api/v1/push',
    'POST',
    JSON.stringify({ check: 'shop.example/<b>push"', target: '192.0.2.1', state: 'down', why: HOSTILE }),
  )
})
beforeEach(() => force([]))

/** Returns the values of a form's hidden fields. */
function hiddenIn(html: string, step: string): Record<string, string> {
  const form = html.split('<form').find((part) => part.includes(`name="step" value="${step}"`)) ?? ''
  const inputs = form.split('</form>')[0]?.match(/<input[^>]*type="hidden"[^>]*>/g) ?? []
  return Object.fromEntries(
    inputs.map((input) => [/name="([^"]*)"/.exec(input)?.[1] ?? '', plain(/value="([^"]*)"/.exec(input)?.[1] ?? '')]),
  )
}

const plain = (text: string): string =>
  text.replace(/&(lt|gt|quot|amp|#39);/g, (_, name: string) => ENTITIES[name] as string)
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', amp: '&', '#39': "'" }

const DRAIN = {
  ...{ target: '192.0.2.2', check: '', pool: '', datacenter: '', force: 'drained', weight: '', until: '2h' },
  ...{ by: 'ops', why: 'a new disk' },
}

describe('texts of others', () => {
  const PAGES = ['/console', '/console/health', '/console/settings', '/console/health/override?why=%3Cb%3Ex', TARGET()]

  test.each(PAGES)('are text at %s', async (path) => {
    await force([
      { target: '192.0.2.2', force: 'up', by: HOSTILE, why: HOSTILE },
      { pool: '<b>*', force: 'up', by: 'x', why: HOSTILE },
    ])
    const response = await admin.get(path)
    const html = await response.text()
    expect(response.status).toBe(200)
    expect(html).not.toMatch(/<img|<b>|alert\(2\)<\/script>|onerror=alert\(1\)>[^&]/)
    expect(html.match(/<script[^>]*>/g)?.every((tag) => /src="\/static\/|type="application\/json"/.test(tag))).toBe(
      true,
    )
    expect(html).not.toMatch(/ style="| on[a-z]+="|javascript:/)
    // It is there, and not left out.
    if (path === '/console/health') expect(plain(html)).toContain(HOSTILE)
  })

  test('in a path, a parameter or a form come back as text', async () => {
    for (const path of [
      '/console/%3Cimg%20src=x%3E',
      '/console/health?q=%22%3E%3Cimg%20src=x%3E&state=%3Cb%3E&before=%22%3E%3Cb%3E',
      '/console/health/target?check=%3Cimg%3E&target=%3Cimg%3E',
    ])
      expect(await admin.page(path)).not.toMatch(/<img|"><b>/)
    const response = await admin.post('/console/health/override', {
      ...DRAIN,
      step: 'rehearse',
      why: HOSTILE,
      until: HOSTILE,
    })
    expect(response.status).toBe(422)
    expect(await response.text()).not.toMatch(/<img|<script>/)
  })

  test.each([
    ['/console/health/override', 'set', ['target', 'force', 'by', 'why', 'until', 'etag']],
    ['/console/health/override', 'end', ['number', 'etag']],
    ['/console/settings', 'create-key', ['name', 'scopes', 'ends']],
    ['/console/settings', 'revoke-key', ['id']],
    ['/console/settings', 'test', ['receiver']],
    ['/console/settings', HOSTILE, []],
    ...['plan', 'check', 'publish', 'edit', HOSTILE].flatMap((step) => [
      ['/console/zones/shop.example/edit', step, ['etag', 'text', 'form', 'reason']] as const,
      ['/console/zones/%3Cimg%3Enew.example/edit', step, ['text', 'form', 'reason']] as const,
    ]),
    ['/console/zones/shop.example/history/1', 'rollback', ['etag', 'reason']],
    ['/console/zones/shop.example/history/%3Cimg%3E', 'plan', ['etag']],
    ['/console/theme', '', ['theme', 'to']],
  ] as const)('in a form that nobody filled in come back as text: %s, step %s', async (path, step, fields) => {
    const hostile = Object.fromEntries(fields.map((name) => [name, HOSTILE]))
    const response = await admin.post(path, { etag: '', ...hostile, step })
    expect(response.status).toBeLessThan(500)
    expect(await response.text()).not.toMatch(/<img|<script>|alert\(2\)<\/script>/)
    expect(response.headers.get('location') ?? '/console').toMatch(/^\/console/)
  })

  function TARGET(): string {
    return `/console/health/target?${new URLSearchParams({ check: 'shop.example/<b>push"', target: '192.0.2.1' })}`
  }
})

describe('the overview', () => {
  test('tells what is wrong first: the target that is down, since when and why', async () => {
    const html = await eventually(async () => {
      const page = plain(await admin.page('/console'))
      expect(page.indexOf('What is wrong now')).toBeGreaterThan(0)
      return page
    })
    expect(html.indexOf('What is wrong now')).toBeLessThan(html.indexOf('Zones'))
    expect(html).toMatch(/192\.0\.2\.1 of shop\.example\/<b>push"/)
    expect(html).toMatch(/1 of 2 members up/)
  })

  test('an override without an end is told, and one with an end is not', async () => {
    await force([{ target: '192.0.2.2', force: 'drained', by: 'ops', why: 'forgotten disk' }])
    expect(await admin.page('/console')).toContain('no end')
    await force([{ target: '192.0.2.2', force: 'drained', by: 'ops', why: 'x', until: Date.now() + 3_600_000 }])
    expect(await admin.page('/console')).not.toContain('no end')
  })

  test('a key of one zone sees that zone alone, and no health', async () => {
    const { secret } = await makeKey('zoned', 'zone:other.example')
    const html = await (await Visitor.with(secret)).page('/console')
    expect(html).not.toContain('shop.example')
    expect(html).toContain('may not read health')
    expect(html).not.toContain('href="/console/health"')
    expect((await (await Visitor.with(secret)).get('/console/health')).status).toBe(403)
  })
})

describe('a name', () => {
  test('with too many members by distance tells that its places take too long', async () => {
    const html = await admin.page('/console/name?name=near.shop.example&type=A&client=192.0.2.1')
    expect(html).toContain('What 192.0.2.1 would get, by place')
    expect(html).toContain('the places of the name take more than 500000 steps; expected a name with fewer members')
  })
})

describe('an override', () => {
  const stored = async () => (await api('/api/v1/overrides')).json<{ overrides: object[] }>()

  test('is rehearsed, then set, then ended', async () => {
    const rehearsed = await admin.post('/console/health/override', { ...DRAIN, step: 'rehearse', target: '192.0.2.1' })
    const html = await rehearsed.text()
    expect(rehearsed.status).toBe(200)
    expect(html).toContain('What would happen')
    expect((await stored()).overrides).toEqual([])
    const set = await admin.post('/console/health/override', hiddenIn(html, 'set'))
    expect([set.status, set.headers.get('location')]).toEqual([303, '/console/health?done=set#overrides'])
    expect((await stored()).overrides).toEqual([
      { target: '192.0.2.1', force: 'drained', by: 'ops', why: 'a new disk', until: expect.stringMatching(/Z$/) },
    ])
    const ended = await admin.post('/console/health/override', hiddenIn(await admin.page('/console/health'), 'end'))
    expect(ended.status).toBe(303)
    expect((await stored()).overrides).toEqual([])
  })

  test('that would leave a pool without a member is refused, until somebody says so', async () => {
    const rehearsed = await admin.post('/console/health/override', { ...DRAIN, step: 'rehearse', target: '192.0.2.*' })
    const html = await rehearsed.text()
    expect(html).toContain('No member that is up would be left in')
    const fields = hiddenIn(html, 'set')
    const refused = await admin.post('/console/health/override', fields)
    expect(refused.status).toBe(409)
    expect((await stored()).overrides).toEqual([])
    expect((await admin.post('/console/health/override', { ...fields, anyway: 'yes' })).status).toBe(303)
    expect((await stored()).overrides).toHaveLength(1)
  })

  test('of a list that somebody else has changed is refused', async () => {
    const html = await (
      await admin.post('/console/health/override', { ...DRAIN, step: 'rehearse', target: '192.0.2.1' })
    ).text()
    await force([{ target: '192.0.2.9', force: 'up', by: 'another', why: 'x' }])
    expect((await admin.post('/console/health/override', hiddenIn(html, 'set'))).status).toBe(409)
    expect((await stored()).overrides).toHaveLength(1)
  })

  test.each([
    ['until', 'yesterday', /is no end; expected/],
    ['until', '2020-01-01T00:00:00Z', /not in the future/],
    ['weight', 'x', /not a number/],
    ['force', 'sideways', /expected "up", "down"/],
    ['why', '', /expected why/],
  ])('with %s %j is not valid', async (field, value, why) => {
    const form = { ...DRAIN, step: 'rehearse', [field]: value, ...(field === 'weight' && { force: 'weight' }) }
    const response = await admin.post('/console/health/override', form)
    expect(response.status).toBe(422)
    expect(plain(await response.text())).toMatch(why)
  })

  test('a reader may rehearse one, and not set it, whatever form is sent', async () => {
    const html = await (await reader.post('/console/health/override', { ...DRAIN, step: 'rehearse' })).text()
    expect(html).toContain('What would happen')
    expect(html).not.toContain('Set this override')
    const etag = (await api('/api/v1/overrides')).headers.get('etag') ?? ''
    expect((await reader.post('/console/health/override', { ...DRAIN, step: 'set', etag })).status).toBe(403)
    await force([{ target: '192.0.2.9', force: 'up', by: 'another', why: 'x' }])
    const now = (await api('/api/v1/overrides')).headers.get('etag') ?? ''
    expect((await reader.post('/console/health/override', { step: 'end', number: '0', etag: now })).status).toBe(403)
    expect((await stored()).overrides).toHaveLength(1)
  })

  test('without the token of the session nothing is written', async () => {
    const etag = (await api('/api/v1/overrides')).headers.get('etag') ?? ''
    for (const token of ['', '0'.repeat(64)]) {
      const response = await admin.post('/console/health/override', { ...DRAIN, step: 'set', etag }, token)
      expect([response.status, response.headers.get('location')]).toEqual([403, null])
    }
    expect((await stored()).overrides).toEqual([])
  })
})

describe('settings', () => {
  test('a key is made, shown once, lets in, and is revoked', async () => {
    const form = { step: 'create-key', name: 'phone', scopes: 'read, zone:shop.example', ends: '90d' }
    const html = await (await admin.post('/console/settings', form)).text()
    const secret = /<code id="secret">(gslb_[a-z2-7_]+)<\/code>/.exec(html)?.[1] ?? ''
    const phone = await Visitor.with(secret)
    expect(await phone.page('/console')).toContain('>phone<')
    const after = await admin.page('/console/settings')
    expect(after).not.toContain(secret)
    const id = secret.split('_')[1] ?? ''
    const revoked = await admin.post('/console/settings', { step: 'revoke-key', id })
    expect([revoked.status, revoked.headers.get('location')]).toEqual([303, '/console/settings?done=revoked'])
    expect(await phone.page('/console')).not.toContain('>phone<')
  })

  test('what is not valid is told in the words of the API', async () => {
    const form = { step: 'create-key', name: 'a b', scopes: 'zone:x.example', ends: '90d' }
    const response = await admin.post('/console/settings', form)
    expect(response.status).toBe(422)
    const html = await response.text()
    expect(html).toContain('the name of the key is not valid')
    // The form keeps what was typed.
    for (const text of [form.name, form.scopes, form.ends]) expect(html).toContain(`value="${text}"`)
  })

  test('no secret of the deployment is in the page', async () => {
    const html = await admin.page('/console/settings')
    expect(html).toContain('AGENT_KEYS')
    expect(html).not.toContain('x'.repeat(32))
    expect(html).not.toContain(API_KEY)
    expect(html).toContain('>fra<')
  })

  test('a reader sees no keys, and makes none', async () => {
    expect(await reader.page('/console/settings')).not.toContain('A new key')
    const response = await reader.post('/console/settings', { step: 'create-key', name: 'mine', scopes: 'everything' })
    expect(response.status).toBe(403)
    expect(await (await api('/api/v1/keys')).text()).not.toContain('"mine"')
  })
})
