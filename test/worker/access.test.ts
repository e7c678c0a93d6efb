import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import packet from 'dns-packet'
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createKey, parseNewKey, revokeKey } from '../../src/keys/index.ts'
import { keyStorage } from '../../src/worker/key-storage.ts'
import worker from './bundle/main.ts'
import { base64url, data, decode, EXAMPLE, publish, query, rcodeOf } from './support.ts'

const PATH = '/dns/home'
const SETTINGS = {
  DOH_PATH: PATH,
  UPSTREAMS: 'https://dns.test/dns-query',
  FORWARD_TO: 'token 192.0.2.0/24',
  API_KEY: 'the-first-key-of-all',
  DOH_NAME: 'dns.example.com',
}
const STRANGER = '203.0.113.7'
const INSIDE = '192.0.2.7'

let asked = 0
const lines: string[] = []

/** An upstream that knows an address of each name. */
vi.spyOn(globalThis, 'fetch').mockImplementation(async (_, init = {}) => {
  asked++
  const questions = packet.decode(Buffer.from(init.body as Uint8Array)).questions ?? []
  const answers = [{ type: 'A' as const, name: questions[0]?.name ?? '', ttl: 77, data: '192.0.2.200' }]
  const flags = packet.RECURSION_AVAILABLE | packet.RECURSION_DESIRED
  return new Response(packet.encode({ type: 'response', id: 0, flags, questions, answers }) as BodyInit, {
    headers: { 'Content-Type': 'application/dns-message' },
  })
})
for (const level of ['log', 'error', 'warn'] as const)
  vi.spyOn(console, level).mockImplementation((line: unknown) => void lines.push(String(line)))

const storage = keyStorage(env.GSLB)

/** Makes a key, and returns its secret. */
async function key(name: string, ...scopes: string[]): Promise<{ readonly id: string; readonly secret: string }> {
  const wanted = parseNewKey({ name, scopes }, Date.now())
  if (!wanted.ok) throw new Error(wanted.error)
  const created = await createKey(storage, wanted.value, Date.now(), (octets) => crypto.getRandomValues(octets))
  if (!created.ok) throw new Error(created.error.why)
  return { id: created.value.key.id, secret: created.value.secret }
}

let phone: { readonly id: string; readonly secret: string }
beforeAll(async () => {
  const house = { ...EXAMPLE, origin: 'house.example', access: { token: true, networks: ['192.0.2.0/24'] } }
  await publish(EXAMPLE, house)
  phone = await key('phone', 'resolve')
})
beforeEach(() => {
  asked = 0
})

type Sending = { readonly from?: string; readonly settings?: object; readonly init?: RequestInit }

async function send(path: string, { from = STRANGER, settings = {}, init = {} }: Sending = {}): Promise<Response> {
  const context = createExecutionContext()
  const request = new Request(`https://gslb.test${path}`, {
    ...init,
    headers: { ...init.headers, 'CF-Connecting-IP': from },
  })
  const response = await worker.fetch(
    request as Request<unknown, IncomingRequestCfProperties>,
    { ...env, ...SETTINGS, ...settings },
    context,
  )
  await waitOnExecutionContext(context)
  return response
}

const dns = (name: string, type = 'A'): string => `?dns=${base64url(query(name, type))}`

async function resolve(path: string, name: string, sending: Sending = {}) {
  const response = await send(`${path}${dns(name)}`, sending)
  if (response.status !== 200) return { status: response.status }
  const reply = await decode(response)
  return { rcode: rcodeOf(reply), data: data(reply), ra: reply.flag_ra, cache: response.headers.get('cache-control') }
}

describe('DOH_PATH', () => {
  test('takes the place of /dns-query, for all forms', async () => {
    expect(await resolve(PATH, 'ns.example.com')).toMatchObject({ rcode: 'NOERROR', data: ['192.168.56.1'] })
    const body = query('ns.example.com')
    const headers = { 'Content-Type': 'application/dns-message' }
    const posted = await send(PATH, { init: { method: 'POST', headers, body } })
    expect(data(await decode(posted))).toEqual(['192.168.56.1'])
    const json = await send(`${PATH}?name=ns.example.com`, { init: { headers: { Accept: 'application/dns-json' } } })
    expect(await json.json()).toMatchObject({ Status: 0, Answer: [{ data: '192.168.56.1' }] })
    expect((await send(PATH, { init: { method: 'OPTIONS' } })).status).toBe(204)
    expect((await send(PATH, { init: { method: 'PUT' } })).status).toBe(405)
  })

  test('/dns-query is 404 then, and /resolve stays', async () => {
    const gone = await send(`/dns-query${dns('ns.example.com')}`)
    expect([gone.status, await gone.text()]).toEqual([404, `expected ${PATH}, /resolve, /api/v1/… or /\n`])
    const headers = { 'Content-Type': 'application/dns-message' }
    const posted = await send('/dns-query', { init: { method: 'POST', headers, body: query('ns.example.com') } })
    expect(posted.status).toBe(404)
    expect(await (await send('/resolve?name=ns.example.com')).json()).toMatchObject({ Status: 0 })
    for (const path of [`${PATH}/`, `${PATH}x`, '/dns', `${PATH}/a/b`])
      expect((await send(`${path}${dns('ns.example.com')}`)).status, path).toBe(404)
  })
})

describe('a token in the path', () => {
  test('forwards for whoever has it', async () => {
    expect(await resolve(PATH, 'www.example.net')).toMatchObject({ rcode: 'REFUSED', ra: false })
    expect(asked).toBe(0)
    const forwarded = await resolve(`${PATH}/${phone.secret}`, 'www.example.net')
    expect(forwarded).toMatchObject({ rcode: 'NOERROR', data: ['192.0.2.200'], ra: true })
    expect(forwarded.cache).toMatch(/^private, /)
    expect(await resolve(PATH, 'www.example.net', { from: INSIDE })).toMatchObject({ data: ['192.0.2.200'] })
  })

  test('works in all forms', async () => {
    const path = `${PATH}/${phone.secret}`
    const headers = { 'Content-Type': 'application/dns-message' }
    const posted = await send(path, { init: { method: 'POST', headers, body: query('post.example.net') } })
    expect(data(await decode(posted))).toEqual(['192.0.2.200'])
    const json = await send(`${path}?name=json.example.net`, { init: { headers: { Accept: 'application/dns-json' } } })
    expect(await json.json()).toMatchObject({ Status: 0, RA: true, Answer: [{ data: '192.0.2.200' }] })
    const head = await send(`${path}${dns('head.example.net')}`, { init: { method: 'HEAD' } })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  test('our own zones are answered the same with it', async () => {
    const [plain, token] = [
      await resolve(PATH, 'ns.example.com'),
      await resolve(`${PATH}/${phone.secret}`, 'ns.example.com'),
    ]
    expect([token.rcode, token.data]).toEqual([plain.rcode, plain.data])
  })

  test('that is not known, ended, or may not resolve, opens nothing', async () => {
    const wrong = `${phone.secret.slice(0, -1)}${phone.secret.endsWith('a') ? 'b' : 'a'}`
    for (const token of [
      'x',
      wrong,
      `gslb_aaaaaaaa_${'a'.repeat(32)}`,
      'a'.repeat(10_000),
      '%ff',
      `${phone.secret}%20`,
    ]) {
      expect(await resolve(`${PATH}/${token}`, 'ns.example.com', { from: '203.0.113.9' }), token).toEqual({
        status: 404,
      })
    }
    const { secret } = await key('ci', 'zone:example.com', 'health')
    const refused = await send(`${PATH}/${secret}${dns('ns.example.com')}`)
    expect([refused.status, await refused.text()]).toEqual([
      403,
      'the key ci may: read and write the zone example.com.; push states of targets, and read health; resolving names ' +
        'needs everything or read or resolve\n',
    ])
    expect(refused.headers.get('cache-control')).toBe('no-store')
    expect(asked).toBe(0)
  })

  test('may be of any key that may resolve, the first one included', async () => {
    const { secret } = await key('grafana', 'read')
    for (const token of [secret, SETTINGS.API_KEY])
      expect(await resolve(`${PATH}/${token}`, 'any.example.net')).toMatchObject({ rcode: 'NOERROR', ra: true })
  })

  test('that was revoked opens nothing once the isolate has read it again', async () => {
    const { id, secret } = await key('lost', 'resolve')
    expect(await resolve(`${PATH}/${secret}`, 'www.example.net')).toMatchObject({ rcode: 'NOERROR' })
    await revokeKey(storage, id)
    const now = Date.now()
    const clock = vi.spyOn(Date, 'now').mockReturnValue(now + 61_000)
    try {
      // KV of this machine caches nothing.
      expect(await resolve(`${PATH}/${secret}`, 'www.example.net')).toEqual({ status: 404 })
    } finally {
      clock.mockRestore()
    }
  })

  test('wrong ones are 429 beyond their rate, and cause no reads then; a known right one passes', async () => {
    const from = '198.51.100.1'
    const reads = vi.spyOn(env.GSLB, 'get')
    const statuses = new Map<number, number>()
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now())
    try {
      for (let i = 0; i < 60; i++) {
        const token = `gslb_${'abcdefgh'}_${String.fromCharCode(97 + (i % 26))}${'a'.repeat(30)}${i < 26 ? 'b' : i < 52 ? 'c' : 'd'}`
        const { status } = await send(`${PATH}/${token}${dns('ns.example.com')}`, { from })
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
      expect([...statuses]).toEqual([
        [404, 20],
        [429, 40],
      ])
      expect(reads.mock.calls.filter(([name]) => String(name).startsWith('key:'))).toHaveLength(20)
      expect(await resolve(`${PATH}/${phone.secret}`, 'ns.example.com', { from })).toMatchObject({ rcode: 'NOERROR' })
      const one = await send(`${PATH}/x${dns('ns.example.com')}`, { from })
      expect([one.status, one.headers.get('retry-after')]).toEqual([429, '1'])
    } finally {
      clock.mockRestore()
      reads.mockRestore()
    }
  })

  test('wrong ones that come at once cause no more reads than one by one', async () => {
    const from = '198.51.100.2'
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now())
    const reads = vi.spyOn(env.GSLB, 'get')
    try {
      const letters = 'abcdefghijklmnopqrstuvwxyz'
      const tokens = Array.from({ length: 200 }, (_, i) => {
        const end = `${letters[Math.floor(i / 26)]}${letters[i % 26]}`
        return `gslb_bbbbbb${end}_${'a'.repeat(32)}`
      })
      const statuses = await Promise.all(
        tokens.map(async (token) => (await send(`${PATH}/${token}${dns('ns.example.com')}`, { from })).status),
      )
      expect(statuses.filter((status) => status === 404)).toHaveLength(20)
      expect(statuses.filter((status) => status === 429)).toHaveLength(180)
      expect(reads.mock.calls.filter(([name]) => String(name).startsWith('key:'))).toHaveLength(20)
    } finally {
      clock.mockRestore()
      reads.mockRestore()
    }
  })

  test('of a client whose queries come all at once is read once', async () => {
    const { secret } = await key('browser', 'resolve')
    const reads = vi.spyOn(env.GSLB, 'get')
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => resolve(`${PATH}/${secret}`, 'ns.example.com', { from: '198.51.100.3' })),
    )
    expect(replies.every((reply) => 'rcode' in reply && reply.rcode === 'NOERROR')).toBe(true)
    expect(reads.mock.calls.filter(([name]) => String(name).startsWith('key:'))).toHaveLength(1)
    reads.mockRestore()
  })

  test('counts for the rate limit in place of the address', async () => {
    const keys: string[] = []
    const limit = async ({ key }: { key: string }) => {
      keys.push(key)
      return { success: keys.length < 3 }
    }
    const settings = { FORWARD_LIMIT: { limit } }
    const from = (address: string): Sending => ({ from: address, settings })
    expect(await resolve(`${PATH}/${phone.secret}`, 'a.example.net', from(STRANGER))).toMatchObject({
      rcode: 'NOERROR',
    })
    expect(await resolve(PATH, 'a.example.net', from(INSIDE))).toMatchObject({ rcode: 'NOERROR' })
    const over = await send(`${PATH}/${phone.secret}${dns('a.example.net')}`, from('2001:db8::1'))
    expect([over.status, over.headers.get('retry-after')]).toEqual([429, '10'])
    expect(keys).toEqual([`token:${phone.id}`, '192.0.2.7/32', `token:${phone.id}`])
  })

  test('stands in no line of the log', () => {
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.filter((line) => line.includes('gslb_'))).toEqual([])
  })
})

describe('a zone that is not for everybody', () => {
  const NAME = 'ns.house.example'

  test('answers clients with a token, and those in its networks', async () => {
    for (const [path, sending] of [
      [`${PATH}/${phone.secret}`, {}],
      [PATH, { from: INSIDE }],
    ] as const) {
      const { rcode, data, cache } = await resolve(path, NAME, sending)
      expect([rcode, data]).toEqual(['NOERROR', ['192.168.56.1']])
      expect(cache).toBe('private, max-age=300')
    }
  })

  test('refuses others with EDE 18, and never asks an upstream for them', async () => {
    for (const path of [PATH, '/resolve']) {
      const response = await send(`${path}?name=${NAME}`, { init: { headers: { Accept: 'application/json' } } })
      const { Status, Comment } = (await response.json()) as { readonly Status: number; readonly Comment: unknown }
      expect([Status, [Comment].flat()]).toEqual([5, ['EDE(18): Prohibited: the zone is not for this client']])
      expect(response.headers.get('cache-control')).toBe('no-store')
    }
    const settings = { FORWARD_TO: 'on' }
    expect(await resolve(PATH, NAME, { settings })).toMatchObject({ rcode: 'REFUSED' })
    expect(asked).toBe(0)
  })
})

test('the endpoint is discovered by its name', async () => {
  const json = await send('/resolve?name=_dns.resolver.arpa&type=SVCB')
  expect(await json.json()).toMatchObject({
    Status: 0,
    Answer: [{ type: 64, TTL: 300, data: `1 dns.example.com. alpn="h2,h3" key7="${PATH}{?dns}"` }],
  })
  expect(asked).toBe(0)
})
