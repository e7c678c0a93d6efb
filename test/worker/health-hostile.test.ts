import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest'
import type {} from '../unit/probe-support.ts'
import { kvWith, newIsolate } from './health-support.ts'
import { publish } from './support.ts'

/** Servers that do their worst, by the rows of test/unit/probe-cases.ts that they belong to, and what a tick makes of them. */
const HOSTILE: [string, string][] = [
  ['http: refuses', 'connect failed'],
  ['http: a black hole', 'no answer within 1 s (connecting)'],
  ['http: never answers', 'no answer within 1 s (waiting for the status)'],
  ['http: slow loris', 'no answer within 1 s'],
  ['http: slow headers', 'no answer within 1 s'],
  ['http: a gigabyte without the text', '"needle"'],
  ['http: a gigabyte of digits', '"needle"'],
  ['http: reset at once', ''],
  ['http: reset in the body', 'connection lost'],
  ['http: closes at once', 'closed before a status'],
  ['http: garbage', 'not HTTP'],
  ['http: another protocol, which waits', 'not HTTP'],
  ['http: 10,000 headers', 'headers too large'],
  ['http: a header without end', 'headers too large'],
  ['http: interim replies without end', 'headers too large'],
  ['http: a negative chunk, which sends http-parser-js round in circles', 'not HTTP'],
  ['http: zeros', 'not HTTP'],
]
const GOOD = 'http: 200 from one who never closes'

const { ports } = inject('probeServers')
const portOf = (name: string): number => {
  const port = ports[name]
  if (port === undefined) throw new Error(`there is no server "${name}" any more`)
  return port
}

/** Each server is a pool of its own, beside a good one. */
const zone = {
  origin: 'hostile.example',
  ttl: 60,
  soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 },
  checks: {
    bad: { kind: 'http', timeout: 1, fall: 1, rise: 1, body: { contains: 'needle' } },
    good: { kind: 'http', timeout: 5, fall: 1, rise: 1, body: { contains: 'ok' } },
  },
  records: Object.fromEntries(
    HOSTILE.map(([name], i) => [
      `pool${i}`,
      {
        A: {
          kind: 'pool',
          select: 'all',
          members: [
            { answer: '192.0.2.1', check: 'bad', target: `127.0.0.1:${portOf(name)}` },
            // An address of its own, so that each is another probe.
            { answer: '192.0.2.2', check: 'good', target: `127.0.0.1:${portOf(GOOD)}` },
          ],
        },
      },
    ]),
  ),
}

beforeEach(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
  await publish(zone)
})
afterEach(() => vi.restoreAllMocks())

test('a tick among servers that do their worst ends in time, and only they are down', { timeout: 60_000 }, async () => {
  const isolate = await newIsolate({ API_KEY: 'key', PROBES_PER_ROUND: '100' })
  const took = await isolate.tick()
  const { body } = await isolate.api('/health')
  type Target = { target: string; state: string; reports: { why: string; ms: number }[] }
  const of = (name: string): Target => body.targets.find(({ target }: Target) => target === `127.0.0.1:${portOf(name)}`)
  for (const [name, why] of HOSTILE) {
    const { state, reports } = of(name)
    expect([name, state, reports[0]?.why]).toEqual([name, 'down', expect.stringContaining(why)])
    expect(reports[0]?.ms).toBeLessThan(1500)
  }
  expect(of(GOOD).state).toBe('up')
  for (let i = 0; i < HOSTILE.length; i++) expect(await isolate.ask(`pool${i}.hostile.example`)).toBe('192.0.2.2')
  const slow = Math.max(...HOSTILE.map(([name]) => of(name).reports[0]?.ms ?? 0))
  console.info(`a tick among ${HOSTILE.length} hostile targets: ${Math.round(took)} ms, the slowest of them ${slow} ms`)
  expect(took).toBeLessThan(10_000)
})

test('a hundred targets whose connections hang: the tick ends in time, and the others are probed', {
  timeout: 90_000,
}, async () => {
  const holes = Array.from({ length: 100 }, (_, i) => `hole${i}`)
  const target = `127.0.0.1:${portOf('http: a black hole')}`
  const many = {
    ...zone,
    checks: {
      ...zone.checks,
      // One server, and a path of its own for each, so that each is another probe.
      ...Object.fromEntries(holes.map((name) => [name, { ...zone.checks.bad, path: `/${name}` }])),
    },
    records: {
      www: {
        A: {
          kind: 'pool',
          select: 'all',
          members: [
            ...holes.map((check, i) => ({ answer: `198.51.100.${i}`, check, target })),
            { answer: '192.0.2.1', check: 'good', target: `127.0.0.1:${portOf(GOOD)}` },
          ],
        },
      },
    },
  }
  await env.GSLB.delete('health')
  await publish(many)
  const isolate = await newIsolate({ API_KEY: 'key', PROBES_PER_ROUND: '9000' })
  const took = await isolate.tick()
  const { body } = await isolate.api('/health')
  console.info(`a tick among 100 targets whose connections hang: ${Math.round(took)} ms`)
  // Fifty at a time, as workerd may, a second each; five to an invocation, whose connections then hang.
  expect(took).toBeGreaterThan(1900)
  expect(took).toBeLessThan(45_000)
  expect(body.vantages[0].round).toMatchObject({ due: 101, probed: 101, left: 0 })
  expect(await isolate.ask('www.hostile.example')).toBe('192.0.2.1')
})

test('KV that hangs while targets hang, too', { timeout: 60_000 }, async () => {
  const kv = kvWith({ put: () => new Promise(() => {}) })
  const isolate = await newIsolate({ GSLB: kv, PROBES_PER_ROUND: '100' })
  await env.GSLB.delete('health')
  const took = await isolate.tick({ wait: false })
  console.info(`a tick among ${HOSTILE.length} hostile targets, with KV that takes no write: ${Math.round(took)} ms`)
  expect(took).toBeGreaterThan(5000)
  expect(took).toBeLessThan(16_000)
})
