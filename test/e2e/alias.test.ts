import type { DecodedPacket } from 'dns-packet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { API_KEY, ApiClient } from './api-client.ts'
import { answersOf, askDoh, rcodeOf } from './messages.ts'
import { until } from './processes.ts'
import { type Server, startServer } from './server.ts'
import { needs } from './tools.ts'
import { startUnbound, type Unbound } from './unbound.ts'

const ZONE = `$TTL 300
@      IN SOA   ns hostmaster 1 3600 900 604800 60
@      IN NS    ns
@      IN MX    10 mail
@      IN TXT   "v=spf1 -all"
@      IN ALIAS lb.upstream.example.
ns     IN A     192.0.2.53
mail   IN A     192.0.2.25
short  20 IN ALIAS lb.upstream.example.
chain  IN ALIAS inner
inner  10 IN CNAME lb.upstream.example.
far    IN ALIAS alias.upstream.example.
gone   IN ALIAS never.upstream.example.
`

/** Returns the Extended DNS Errors of an answer, which Cloudflare's JSON form has as texts. */
async function commentOf({ url }: Server, name: string): Promise<string> {
  const headers = { accept: 'application/dns-json' }
  const response = await fetch(`${url}/dns-query?name=${name}&type=A`, { headers })
  const { Comment: comments = [] } = (await response.json()) as { Comment?: readonly string[] }
  return comments.join(' ')
}

/** A TTL that no test waits for: it is longer than a test may take. */
const LONG = 3600

needs('unbound', 'nghttpx')('ALIAS to a name outside the zones', () => {
  let unbound: Unbound
  let server: Server
  const resolve = (name: string, type = 'A') => askDoh(server.url)(name, type)
  const ttlsOf = (reply: DecodedPacket): number[] =>
    (reply.answers ?? []).map((record) => ('ttl' in record ? (record.ttl ?? -1) : -1))
  const isStale = async (name: string): Promise<boolean> => (await commentOf(server, name)).includes('EDE(3)')
  const comes = (name: string, addresses: readonly string[], type = 'A') =>
    until(`${name} ${type} is ${addresses}`, async () => `${answersOf(await resolve(name, type))}` === `${addresses}`)

  beforeAll(async () => {
    unbound = await startUnbound()
    await unbound.set('lb.upstream.example.', LONG, 'A 192.0.2.1', 'A 192.0.2.2', 'AAAA 2001:db8::1')
    server = await startServer({ 'ours.example.zone': ZONE }, API_KEY, { UPSTREAMS: unbound.url, FORWARD_TO: 'off' })
  })
  afterAll(async () => {
    await server?.stop()
    await unbound?.stop()
  })

  test('the first answer has the addresses of the target, as the owner’s own', async () => {
    const reply = await resolve('ours.example')
    expect(answersOf(reply)).toEqual(['192.0.2.1', '192.0.2.2'])
    expect(reply.answers?.map(({ name }) => name)).toEqual(['ours.example', 'ours.example'])
    expect([rcodeOf(reply), reply.flag_aa]).toEqual(['NOERROR', true])
    expect(answersOf(await resolve('ours.example', 'AAAA'))).toEqual(['2001:db8::1'])
    expect(answersOf(await resolve('far.ours.example'))).toEqual(['192.0.2.80'])
  })

  test('other types at the owner are its own, and names outside are nobody’s', async () => {
    expect(answersOf(await resolve('ours.example', 'MX'))).toEqual(['{"preference":10,"exchange":"mail.ours.example"}'])
    expect((await resolve('ours.example', 'TXT')).answers).toHaveLength(1)
    expect(rcodeOf(await resolve('lb.upstream.example'))).toBe('REFUSED')
  })

  test('the TTL is the smallest of the ALIAS, the chain and the target', async () => {
    expect(new Set(ttlsOf(await resolve('ours.example')))).toEqual(new Set([300]))
    expect(new Set(ttlsOf(await resolve('short.ours.example')))).toEqual(new Set([20]))
    expect(new Set(ttlsOf(await resolve('chain.ours.example')))).toEqual(new Set([10]))
  })

  test('the TTL of the target is counted down', async () => {
    await unbound.set('lb.upstream.example.', 200, 'A 192.0.2.3')
    await comes('ours.example', ['192.0.2.3'])
    const first = Math.max(...ttlsOf(await resolve('ours.example')))
    expect(first).toBeLessThanOrEqual(200)
    await until('the TTL is smaller', async () => Math.max(...ttlsOf(await resolve('ours.example'))) < first)
  })

  test('a change is followed long before its TTL ends', async () => {
    await unbound.set('lb.upstream.example.', LONG, 'A 192.0.2.4', 'AAAA 2001:db8::4')
    const began = Date.now()
    await comes('ours.example', ['192.0.2.4'])
    await comes('ours.example', ['2001:db8::4'], 'AAAA')
    console.log(
      `a change of an ALIAS is followed after ${((Date.now() - began) / 1000).toFixed(1)} s (usual at most 15)`,
    )
  })

  test('a target that does not exist is NODATA of the owner, and so is one that is gone', async () => {
    const never = await resolve('gone.ours.example')
    expect([rcodeOf(never), never.answers, never.authorities?.map(({ name, type }) => [name, type])]).toEqual([
      ...['NOERROR', []],
      [['ours.example', 'SOA']],
    ])
    await unbound.set('lb.upstream.example.', 0)
    await until('the name is NODATA', async () => {
      const reply = await resolve('ours.example')
      return rcodeOf(reply) === 'NOERROR' && reply.answers?.length === 0
    })
    expect(answersOf(await resolve('ours.example', 'MX'))).toHaveLength(1)
    await unbound.set('lb.upstream.example.', 3, 'A 192.0.2.5')
    await comes('ours.example', ['192.0.2.5'])
  })

  test('while the upstream server is dead the addresses are served stale; status says so; then they are fresh', async () => {
    await unbound.die()
    await until('the answer is stale', () => isStale('ours.example'))
    const stale = await resolve('ours.example')
    expect([answersOf(stale), ttlsOf(stale)]).toEqual([['192.0.2.5'], [30]])
    expect(answersOf(await resolve('ours.example', 'TXT'))).toHaveLength(1)
    const health = await new ApiClient(server).call('GET', '/api/v1/health')
    const { aliases } = health.body as { aliases: { name: string; type: string; isServed: boolean }[] }
    expect(aliases.filter(({ type }) => type === 'A').map(({ name, isServed }) => [name, isServed])).toContainEqual([
      ...['lb.upstream.example.', true],
    ])
    unbound.revive()
    await until('the answer is fresh', async () => !(await isStale('ours.example')))
    expect(answersOf(await resolve('ours.example'))).toEqual(['192.0.2.5'])
  })

  test('explain says which upstream server told it, and when', async () => {
    const api = new ApiClient(server)
    const told = await api.call('GET', '/api/v1/explain?name=ours.example&type=A&client=192.0.2.9')
    const { trace } = told.body as { trace: { step: string; from?: string; age?: number; addresses?: string[] }[] }
    const outside = trace.find(({ step }) => step === 'outside')
    expect(outside).toMatchObject({ from: new URL(unbound.url).host, addresses: ['192.0.2.5'] })
    expect(outside?.age).toBeGreaterThanOrEqual(0)
  })

  test('external-dns: an ALIAS that is written through PowerDNS’s API is resolved', async () => {
    const api = new ApiClient(server)
    const rrset = (type: string, content: string) => ({
      ...{ name: 'api.example.', type, ttl: 60, changetype: 'REPLACE' },
      records: [{ content, disabled: false }],
    })
    const made = await api.call('POST', 'Z', {
      name: 'api.example.',
      kind: 'Native',
      nameservers: ['ns.ours.example.'],
    })
    expect(made.status).toBe(201)
    const rrsets = [rrset('ALIAS', 'www.upstream.example.'), rrset('TXT', '"heritage=external-dns"')]
    expect((await api.call('PATCH', 'Z/api.example.', { rrsets })).status).toBe(204)
    await comes('api.example', ['192.0.2.80'])
    expect((await resolve('api.example', 'TXT')).answers).toHaveLength(1)
  })
})

describe('ALIAS to a name outside, without upstream servers', () => {
  let server: Server
  beforeAll(async () => {
    server = await startServer({ 'ours.example.zone': ZONE })
  })
  afterAll(() => server?.stop())

  test('is SERVFAIL, with the setting that is missing; start-up warns of it', async () => {
    expect(rcodeOf(await askDoh(server.url)('ours.example', 'A'))).toBe('SERVFAIL')
    expect(await commentOf(server, 'ours.example')).toContain('expected UPSTREAMS')
    expect(server.output()).toMatch(/warning: ALIAS to lb\.upstream\.example\..*expected UPSTREAMS/)
  })
})
