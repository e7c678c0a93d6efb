import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest'
import type {} from '../unit/probe/support.ts'
import { BreakingKv, newIsolate } from './health-support.ts'
import { publish } from './support.ts'

/** Hostile servers, by the rows of test/unit/probe/cases.ts, with the results of a tick. */
const LATE: [string, string][] = [
  ['http: a black hole', 'no answer within 1 s (connecting)'],
  ['http: never answers', 'no answer within 1 s'],
  ['http: slow loris', 'no answer within 1 s'],
  ['http: slow headers', 'no answer within 1 s'],
]
const WRONG: [string, string][] = [
  ['http: refuses', 'connect failed'],
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
const HOSTILE = [...LATE.map((one) => [...one, 'late'] as const), ...WRONG.map((one) => [...one, 'bad'] as const)]
const GOOD = 'http: 200 from one who never closes'

const { ports } = inject('probeServers')
const portOf = (name: string): number => {
  const port = ports[name]
  if (port === undefined) throw new Error(`there is no server "${name}" any more`)
  return port
}

/** Each server is in a separate pool, beside a good one. */
const zone = {
  origin: 'hostile.example',
  ttl: 60,
  soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 },
  checks: {
    // The only timeout that ends. The others are deadlines, which never end here: see deadlines.ts.
    late: { kind: 'http', timeout: 1, fall: 1, rise: 1, body: { contains: 'needle' } },
    bad: { kind: 'http', timeout: 30, fall: 1, rise: 1, body: { contains: 'needle' } },
    good: { kind: 'http', timeout: 30, fall: 1, rise: 1, body: { contains: 'ok' } },
  },
  records: Object.fromEntries(
    HOSTILE.map(([name, , check], i) => [
      `pool${i}`,
      {
        A: {
          kind: 'pool',
          select: 'all',
          members: [
            { answer: '192.0.2.1', check, target: `127.0.0.1:${portOf(name)}` },
            // A separate address makes a separate probe.
            { answer: '192.0.2.2', check: 'good', target: `127.0.0.1:${portOf(GOOD)}` },
          ],
        },
      },
    ]),
  ),
}

beforeEach(async () => {
  // This clock ends a round. It is stopped, so that the round has time for all probes.
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
  await env.GSLB.delete('health')
  await publish(zone)
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

test('a tick with hostile servers ends, and only they are down', async () => {
  const isolate = await newIsolate({ API_KEY: 'key', PROBES_PER_ROUND: '100' })
  await isolate.tick()
  const { body } = await isolate.api('/health')
  type Target = { target: string; state: string; reports: { why: string }[] }
  const of = (name: string): Target => body.targets.find(({ target }: Target) => target === `127.0.0.1:${portOf(name)}`)
  for (const [name, why] of HOSTILE) {
    const { state, reports } = of(name)
    expect([name, state, reports[0]?.why]).toEqual([name, 'down', expect.stringContaining(why)])
  }
  expect(of(GOOD).state).toBe('up')
  for (let i = 0; i < HOSTILE.length; i++) expect(await isolate.ask(`pool${i}.hostile.example`)).toBe('192.0.2.2')
})

test('a hundred targets whose connections hang: the tick ends, and the others are probed', async () => {
  const holes = Array.from({ length: 100 }, (_, i) => `hole${i}`)
  const target = `127.0.0.1:${portOf('http: a black hole')}`
  const many = {
    ...zone,
    checks: {
      ...zone.checks,
      // One server, with a separate path for each probe.
      ...Object.fromEntries(holes.map((name) => [name, { ...zone.checks.late, path: `/${name}` }])),
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
  await publish(many)
  const isolate = await newIsolate({ API_KEY: 'key', PROBES_PER_ROUND: '9000' })
  // workerd may make fifty at a time, for a second each; five for each invocation, whose connections then hang.
  await isolate.tick()
  const { body } = await isolate.api('/health')
  expect(body.vantages[0].round).toMatchObject({ due: 101, probed: 101, left: 0 })
  expect(await isolate.ask('www.hostile.example')).toBe('192.0.2.1')
})

test('KV that accepts no write while targets hang delays a tick by at most two writes', async () => {
  const breaking = new BreakingKv(['put'])
  breaking.become('hangs')
  const isolate = await newIsolate({ GSLB: breaking.kv, PROBES_PER_ROUND: '100' })
  const took = await breaking.sitOut(isolate.tick({ wait: false }))
  expect(took).toBeGreaterThanOrEqual(5000)
  expect(took).toBeLessThanOrEqual(10_000)
})
