import { env } from 'cloudflare:workers'
import packet from 'dns-packet'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Isolate, kvWith, newIsolate } from './health-support.ts'
import { publish } from './support.ts'

const SOA = { mname: 'ns', rname: 'root', serial: 1, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 }
const zone = (origin: string, records: object) => ({ origin, ttl: 300, soa: SOA, records })

const ZONES = [
  zone('apex.example', {
    '@': { ALIAS: 'lb.example.net.', TXT: 'x' },
    ours: { ALIAS: 'www.other.example.' },
    across: { ALIAS: 'out.other.example.' },
  }),
  zone('other.example', { www: { A: '192.0.2.80' }, out: { CNAME: 'far.example.net.' } }),
]

/** The upstream server: its addresses by name, or its silence. */
const upstream = {
  addresses: {} as Record<string, readonly string[]>,
  isDead: false,
  asked: [] as string[],
}

// The test runner has no other way to let a Worker reach a DoH server of the test's own; test/e2e/alias.test.ts has a
// real one.
vi.spyOn(globalThis, 'fetch').mockImplementation(async (_, init = {}) => {
  const { questions = [] } = packet.decode(Buffer.from(init.body as Uint8Array))
  const { name = '', type } = questions[0] ?? {}
  upstream.asked.push(`${name} ${type}`)
  if (upstream.isDead) throw new Error('connection refused')
  const addresses = type === 'A' ? (upstream.addresses[name] ?? []) : []
  const answers = addresses.map((data) => ({ type: 'A' as const, name, ttl: 600, data }))
  const flags = packet.RECURSION_AVAILABLE | packet.RECURSION_DESIRED
  return new Response(packet.encode({ type: 'response', id: 0, flags, questions, answers }) as BodyInit, {
    headers: { 'Content-Type': 'application/dns-message' },
  })
})

const puts: string[] = []
const KV = kvWith({
  put: (key: string, ...rest: [string]) => {
    puts.push(key)
    return env.GSLB.put(key, ...rest)
  },
})

const isolateWith = (more: object = {}): Promise<Isolate> =>
  newIsolate(
    { UPSTREAMS: 'https://dns.test/dns-query', FORWARD_TO: 'off', GSLB: KV, API_KEY: 'k'.repeat(20), ...more },
    {},
  )

beforeEach(async () => {
  await env.GSLB.delete('aliases')
  await publish(...ZONES)
  Object.assign(upstream, { addresses: { 'lb.example.net': ['192.0.2.1'], 'far.example.net': ['192.0.2.7'] } })
  Object.assign(upstream, { isDead: false, asked: [] })
  puts.length = 0
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => vi.useRealTimers())

const later = (seconds: number): void => void vi.setSystemTime(Date.now() + seconds * 1000)

test('a tick asks for targets outside the zones alone, A and AAAA, and another isolate answers from KV', async () => {
  const cron = await isolateWith()
  await cron.tick()
  expect(upstream.asked.sort()).toEqual(['lb.example.net A', 'lb.example.net AAAA'])
  expect(puts).toEqual(['aliases'])
  const other = await isolateWith()
  expect(await other.ask('apex.example')).toBe('192.0.2.1')
  expect(await other.ask('ours.apex.example')).toBe('192.0.2.80')
  expect(upstream.asked).toHaveLength(2)
})

test('what has not changed is not written again, in isolates without memory either; a change is', async () => {
  for (let i = 0; i < 3; i++) {
    await (await isolateWith()).tick()
    later(60)
  }
  expect(puts).toEqual(['aliases'])
  expect(upstream.asked.length).toBeGreaterThan(2)
  upstream.addresses['lb.example.net'] = ['192.0.2.2']
  await (await isolateWith()).tick()
  expect(puts).toEqual(['aliases', 'aliases'])
  expect(await (await isolateWith()).ask('apex.example')).toBe('192.0.2.2')
})

test('before the first result it is SERVFAIL, and resolved behind that answer', async () => {
  const isolate = await isolateWith()
  expect(await isolate.ask('apex.example')).toBe('SERVFAIL')
  expect(await isolate.ask('apex.example')).toBe('192.0.2.1')
  expect(await isolate.ask('across.apex.example')).toBe('SERVFAIL')
  expect(await isolate.ask('across.apex.example')).toBe('192.0.2.7')
  expect(upstream.asked).toEqual(['lb.example.net A', 'far.example.net A'])
})

test('while upstream servers fail it is stale for an hour, then SERVFAIL; status says so', async () => {
  const isolate = await isolateWith()
  await isolate.tick()
  upstream.isDead = true
  later(601)
  await isolate.tick()
  expect(await isolate.ask('apex.example')).toBe('192.0.2.1')
  const { body } = await isolate.api('/health')
  expect(body.aliases).toMatchObject([
    { name: 'lb.example.net.', type: 'A', isServed: true },
    { name: 'lb.example.net.', type: 'AAAA' },
  ])
  later(3598)
  expect(await isolate.ask('apex.example')).toBe('192.0.2.1')
  later(120)
  expect(await isolate.ask('apex.example')).toBe('SERVFAIL')
})

test('without UPSTREAMS nobody is asked, and status names the setting', async () => {
  const isolate = await isolateWith({ UPSTREAMS: '' })
  await isolate.tick()
  expect(await isolate.ask('apex.example')).toBe('SERVFAIL')
  expect(upstream.asked).toEqual([])
  const { body } = await isolate.api('/health')
  expect(body.problems).toEqual([expect.stringContaining('lb.example.net.')])
  expect([body.aliases, puts]).toEqual([[], []])
})

test('a damaged document is repaired by the next tick', async () => {
  await env.GSLB.put('aliases', '{"at":"yesterday"}')
  const isolate = await isolateWith()
  expect(await isolate.ask('apex.example')).toBe('SERVFAIL')
  await isolate.tick()
  expect(await (await isolateWith()).ask('apex.example')).toBe('192.0.2.1')
})
