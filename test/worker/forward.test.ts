import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import packet from 'dns-packet'
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import worker from './bundle/main.ts'
import { base64url, data, decode, EXAMPLE, publish, query, rcodeOf } from './support.ts'

const UPSTREAM = 'https://dns.test/dns-query'

/** Forwarding is on for one network alone. */
const FORWARDING = { UPSTREAMS: ` ${UPSTREAM}\n`, FORWARD_TO: '203.0.113.0/24' }
const OURS = '203.0.113.7'
const OTHERS = '198.51.100.7'

const asked: { readonly url: string; readonly init: RequestInit; readonly name: string }[] = []

/** An upstream that knows an address of each name. */
vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init = {}) => {
  const message = Buffer.from(init.body as Uint8Array)
  const questions = packet.decode(message).questions ?? []
  const name = questions[0]?.name ?? ''
  asked.push({ url: `${input}`, init, name })
  if (name === 'dead.example.net') throw new Error('connection refused')
  const answers = [{ type: 'A' as const, name, ttl: 77, data: '192.0.2.200' }]
  const flags = packet.RECURSION_AVAILABLE | packet.RECURSION_DESIRED | packet.AUTHENTIC_DATA
  return new Response(packet.encode({ type: 'response', id: 0, flags, questions, answers }) as BodyInit, {
    headers: { 'Content-Type': 'application/dns-message' },
  })
})

beforeAll(() => publish(EXAMPLE, { ...EXAMPLE, origin: 'corp.home.arpa' }, { ...EXAMPLE, origin: 'example.org' }))
beforeEach(() => {
  asked.length = 0
})

type Asking = { readonly from?: string; readonly settings?: object; readonly init?: RequestInit }

async function send(path: string, { from = OURS, settings = {}, init = {} }: Asking = {}): Promise<Response> {
  const context = createExecutionContext()
  const headers = { ...init.headers, 'CF-Connecting-IP': from }
  const request = new Request(`https://gslb.test${path}`, { ...init, headers })
  const response = await worker.fetch(
    request as Request<unknown, IncomingRequestCfProperties>,
    { ...env, ...FORWARDING, ...settings },
    context,
  )
  await waitOnExecutionContext(context)
  return response
}

async function resolve(name: string, type = 'A', asking: Asking & { readonly message?: Uint8Array } = {}) {
  const response = await send(`/dns-query?dns=${base64url(asking.message ?? query(name, type))}`, asking)
  const reply = await decode(response)
  const cache = response.headers.get('cache-control')
  return {
    reply,
    rcode: rcodeOf(reply),
    data: data(reply),
    ra: reply.flag_ra,
    aa: reply.flag_aa,
    ad: reply.flag_ad,
    cache,
  }
}

describe('a name outside our zones', () => {
  test('is forwarded for the networks of FORWARD_TO, by the next client from memory', async () => {
    for (let i = 0; i < 2; i++) {
      const { rcode, data, ra, aa, ad, cache } = await resolve('www.example.net')
      expect([rcode, data, ra, aa, ad]).toEqual(['NOERROR', ['192.0.2.200'], true, false, false])
      expect(cache).toMatch(/^private, max-age=7[67]$/)
    }
    expect(asked.map(({ url, name }) => [url, name])).toEqual([[UPSTREAM, 'www.example.net']])
    const headers = new Headers(asked[0]?.init.headers)
    expect([...headers.keys()].sort()).toEqual(['accept', 'content-type'])
    expect(asked[0]?.init.redirect).toBe('manual')
  })

  test('is REFUSED for others, also from memory', async () => {
    await resolve('www.example.net')
    asked.length = 0
    const { rcode, ra } = await resolve('www.example.net', 'A', { from: OTHERS })
    expect([rcode, ra, asked.length]).toEqual(['REFUSED', false, 0])
  })

  test('is REFUSED if recursion is not desired', async () => {
    const message = query('norec.example.net')
    message[2] = 0
    expect(await resolve('', '', { message })).toMatchObject({ rcode: 'REFUSED', ra: true })
    expect(asked).toHaveLength(0)
  })

  test('is SERVFAIL, and kept by no cache, if the upstream fails', async () => {
    expect(await resolve('dead.example.net')).toMatchObject({
      rcode: 'SERVFAIL',
      ra: true,
      cache: 'no-store, max-age=0',
    })
  })

  test('is answered over POST, and in both forms of JSON', async () => {
    const init = {
      method: 'POST',
      headers: { 'Content-Type': 'application/dns-message' },
      body: query('www.example.net', 'A', { id: 4711 }),
    }
    const reply = await decode(await send('/dns-query', { init }))
    expect([reply.id, data(reply)]).toEqual([4711, ['192.0.2.200']])
    const google = await (await send('/resolve?name=www.example.net&do=1')).json()
    const flags = { Status: 0, RA: true, AD: true }
    const answer = { type: 1, TTL: expect.any(Number), data: '192.0.2.200' }
    expect(google).toMatchObject({ ...flags, Answer: [{ name: 'www.example.net.', ...answer }] })
    const accept = { init: { headers: { Accept: 'application/dns-json' } } }
    const cloudflare = await (await send('/dns-query?name=www.example.net', accept)).json()
    expect(cloudflare).toMatchObject({
      Status: 0,
      RA: true,
      AD: false,
      Answer: [{ name: 'www.example.net', ...answer }],
    })
    const dead = await (await send('/resolve?name=dead.example.net')).json()
    expect(dead).toMatchObject({ Status: 2, Comment: expect.stringMatching(/^EDE\(23\): /) })
  })

  test('429 with Retry-After beyond the rate limit, which our own zones do not have', async () => {
    const keys: string[] = []
    const FORWARD_LIMIT = {
      limit: async ({ key }: { key: string }) => {
        keys.push(key)
        return { success: keys.length < 3 }
      },
    }
    const settings = { FORWARD_LIMIT }
    const statuses = []
    for (let i = 0; i < 3; i++) {
      const path = `/dns-query?dns=${base64url(query('www.example.net'))}`
      const { status, headers } = await send(path, { settings })
      statuses.push([status, headers.get('retry-after')])
    }
    expect(statuses).toEqual([
      [200, null],
      [200, null],
      [429, '10'],
    ])
    expect(keys).toEqual(new Array(3).fill('203.0.113.7/32'))
    expect((await resolve('ns.example.com', 'A', { settings })).rcode).toBe('NOERROR')
    expect((await resolve('localhost', 'A', { settings })).data).toEqual(['127.0.0.1'])
    expect(keys).toHaveLength(3)
  })

  test.each([
    ['fails', () => Promise.reject(new Error('no limit'))],
    [
      'throws',
      () => {
        throw new Error('no limit')
      },
    ],
    ['hangs', () => new Promise<never>(() => {})],
  ])('answered where the rate limit %s', async (_, limit) => {
    const settings = { FORWARD_LIMIT: { limit } }
    expect((await resolve('www.example.net', 'A', { settings })).data).toEqual(['192.0.2.200'])
  })
})

describe('our own zones', () => {
  test('have RA for clients whose names are forwarded', async () => {
    expect(await resolve('ns.example.com')).toMatchObject({
      rcode: 'NOERROR',
      ra: true,
      aa: true,
      data: ['192.168.56.1'],
    })
    expect(await resolve('nx.example.com')).toMatchObject({ rcode: 'NXDOMAIN', ra: true, aa: true })
    expect(await resolve('ns.example.com', 'A', { from: OTHERS })).toMatchObject({ ra: false, aa: true })
    expect(asked).toHaveLength(0)
  })

  test('a chain that leaves them is followed, with AA for its first owner', async () => {
    const { rcode, data, aa, ra, reply, cache } = await resolve('alias.example.com')
    expect([rcode, data, aa, ra]).toEqual(['NOERROR', ['www.example.net', '192.0.2.200'], true, true])
    expect(reply.answers?.map(({ name }) => name)).toEqual(['alias.example.com', 'www.example.net'])
    expect(cache).toMatch(/^private, max-age=7[0-7]$/)
    expect((await resolve('alias.example.com', 'A', { from: OTHERS })).data).toEqual(['www.example.net'])
  })

  test('a delegation is followed where recursion is desired, else a referral', async () => {
    expect(await resolve('host.sub.example.com')).toMatchObject({ data: ['192.0.2.200'], aa: false, ra: true })
    expect(asked.map(({ name }) => name)).toEqual(['host.sub.example.com'])
    const message = query('host.sub.example.com')
    message[2] = 0
    const referral = await resolve('', '', { message })
    expect([referral.data, referral.reply.authorities?.map(({ type }) => type)]).toEqual([[], ['NS']])
  })

  test('win over names that are local otherwise', async () => {
    expect(await resolve('ns.corp.home.arpa')).toMatchObject({ data: ['192.168.56.1'] })
    expect((await resolve('other.home.arpa')).rcode).toBe('NXDOMAIN')
    await resolve('x.sub.corp.home.arpa')
    expect(asked.map(({ name }) => name)).toEqual(['x.sub.corp.home.arpa'])
  })
})

test.each([OURS, OTHERS])('names that never leave are answered for %s', async (from) => {
  expect(await resolve('localhost', 'AAAA', { from })).toMatchObject({ data: ['::1'], aa: true, ra: from === OURS })
  expect((await resolve('x.onion', 'A', { from })).rcode).toBe('NXDOMAIN')
  expect(await resolve('_dns.resolver.arpa', 'SVCB', { from })).toMatchObject({ rcode: 'NOERROR', data: [] })
  expect(asked).toHaveLength(0)
})

test('a setting that is not valid is told, and nothing is forwarded', async () => {
  const { forwardSettingsOf } = await import('../../src/worker/forward-settings.ts')
  const of = (settings: object) => forwardSettingsOf({ ...env, ...settings })
  expect(of({})).toEqual({
    upstreams: [],
    to: { networks: 'on', token: false },
    passing: 'as sent',
    name: undefined,
    problems: [],
  })
  const bad = { UPSTREAMS: 'http://dns.example/', FORWARD_TO: '10.0.0.0/33', FORWARD_CLIENT_SUBNET: 'some' }
  const { upstreams, to, passing, problems } = of(bad)
  expect([upstreams, to, passing]).toEqual([[], { networks: 'off', token: false }, 'none'])
  expect(problems).toEqual([
    expect.stringMatching(/^UPSTREAMS: "http:\/\/dns.example\/" is http, .*; no name is forwarded$/),
    expect.stringMatching(/^FORWARD_TO: .*; no name is forwarded$/),
    expect.stringMatching(/^FORWARD_CLIENT_SUBNET: .*; no network is passed on$/),
  ])
})
