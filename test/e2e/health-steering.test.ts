import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, type Running, ready, run, start, temporaryFolder, until } from './processes.ts'

/** The effect of health on answers, with real servers on separate ports, and states that are forced in KV. */
const ROOT = join(import.meta.dirname, '../..')
const BIN = join(ROOT, 'bin/edge-gslb.js')
const RUNS = 5
/** A command of KV that fails so often does not fail by chance. */
const MOST_TRIES = 20

const folder = temporaryFolder()
const state = join(folder.path, '.state')
const servers = new Map<string, ChildProcess>()
const ports: Record<string, number> = {}
let url: string
let dev: Running

/** A server that fails on demand, and counts its failures. */
const flaky = { fails: false, failures: 0 }
const flakyServer = createServer((_, response) => {
  if (flaky.fails) flaky.failures++
  response.writeHead(flaky.fails ? 503 : 200).end()
})

/** Servers in separate processes, by behaviour. */
const SCRIPTS = {
  http: "require('http').createServer((q, r) => { r.statusCode = q.headers.host === 'www.example.com' ? 200 : 421; r.end('fine') })",
  banner: "require('net').createServer((s) => { s.on('error', () => {}); s.end('220 ready\\r\\n') })",
  silent: "require('net').createServer((s) => s.on('error', () => {}).resume())",
}
type Kind = keyof typeof SCRIPTS
const SERVERS: Record<string, Kind> = { web1: 'http', web2: 'http', mail1: 'banner', mail2: 'banner', stuck: 'silent' }

async function startServer(name: string): Promise<void> {
  const script = `${SCRIPTS[SERVERS[name] as Kind]}.listen(${ports[name]}, '127.0.0.1', () => console.log('listens'))`
  const server = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  servers.set(name, server)
  await once(server.stdout, 'data')
}

async function kill(name: string): Promise<void> {
  const server = servers.get(name)
  if (!server?.kill('SIGKILL')) throw new Error(`${name} does not run`)
  await once(server, 'exit')
}

const target = (name: string): string => `127.0.0.1:${ports[name]}`

function zone(): object {
  const often = { interval: 1, timeout: 1, fall: 2, rise: 2 }
  const pair = (kind: string, first: number) => [
    { answer: `192.0.2.${first}`, target: target(`${kind}1`) },
    { answer: `192.0.2.${first + 1}`, target: target(`${kind}2`), datacenter: 'second' },
  ]
  return {
    ...{ origin: 'example.com', ttl: 60 },
    soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 },
    checks: {
      web: { kind: 'http', host: 'www.example.com', body: { contains: 'fine' }, ...often },
      mail: { kind: 'tcp', port: 25, expect: { contains: '220 ' }, ...often },
      slow: { kind: 'http', host: 'www.example.com', interval: 2, timeout: 1, fall: 3, rise: 3 },
    },
    records: {
      '@': { NS: 'ns' },
      ns: { A: '192.0.2.53' },
      www: { A: { kind: 'pool', name: 'web', check: 'web', select: 'all', members: pair('web', 1) } },
      mail: { A: { kind: 'pool', check: 'mail', select: 'all', members: pair('mail', 11) } },
      shop: {
        A: {
          kind: 'failover',
          pools: [
            { kind: 'pool', check: 'web', members: [{ answer: '192.0.2.1', target: target('web1') }] },
            { kind: 'pool', check: 'web', members: [{ answer: '192.0.2.2', target: target('web2') }] },
          ],
          whenDown: { answer: '203.0.113.99' },
        },
      },
      dynamic: {
        A: {
          ttl: [1, 300],
          answer: {
            ...{ kind: 'pool', check: 'slow', select: 'all' },
            members: [
              { answer: '192.0.2.1', target: target('web1') },
              { answer: '192.0.2.2', target: target('flaky') },
            ],
          },
        },
      },
    },
  }
}

/** A hundred and fifty pages that never arrive, and one that does. */
function hanging(): object {
  const members = Array.from({ length: 150 }, (_, i) => ({
    ...{ answer: `198.51.100.${i}`, target: target('stuck') },
    check: { kind: 'http', path: `/${i}`, interval: 60, timeout: 20 },
  }))
  const good = {
    answer: '192.0.2.1',
    target: target('web1'),
    check: { kind: 'http', host: 'www.example.com', path: '/' },
  }
  const pool = { kind: 'pool', select: 'all', members: [good, ...members] }
  return { ...zone(), origin: 'example.net', checks: {}, records: { '@': { NS: 'ns.example.com.' }, www: { A: pool } } }
}

beforeAll(async () => {
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  for (const name of Object.keys(SERVERS)) ports[name] = await freePort()
  await Promise.all(Object.keys(SERVERS).map(startServer))
  await once(flakyServer.listen(0, '127.0.0.1'), 'listening')
  ports.flaky = (flakyServer.address() as AddressInfo).port
  writeFileSync(join(folder.path, 'example.com.json'), JSON.stringify(zone()))
  const env = { PORT: String(port), ZONES: folder.path, API_KEY: 'key' }
  dev = start(process.execPath, [BIN, 'dev', '--persist-to', state], { env })
  await ready('dev', dev, async () => dev.output().includes('edge-gslb answers on'))
})
afterAll(async () => {
  await dev?.stop()
  for (const server of servers.values()) server.kill('SIGKILL')
  flakyServer.close()
  folder.remove()
})

type Answer = { readonly data: string; readonly ttl: number; readonly maxAge: number }

async function ask(name: string): Promise<Answer> {
  const response = await fetch(`${url}/resolve?name=${name}.example.com&type=A`)
  const { Answer = [] } = (await response.json()) as { Answer?: { data: string; TTL: number }[] }
  const data = Answer.map((record) => record.data).sort()
  const maxAge = /max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '')?.[1]
  return { data: data.join(' '), ttl: Answer[0]?.TTL ?? Number.NaN, maxAge: Number(maxAge) }
}

/** Returns the seconds until a name has this answer. */
async function seconds(name: string, expected: string): Promise<number> {
  const began = performance.now()
  await until(`${name} is answered with ${expected}`, async () => (await ask(name)).data === expected)
  return (performance.now() - began) / 1000
}

function shown(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b)
  return `median ${sorted[Math.floor(sorted.length / 2)]?.toFixed(1)} s, worst ${sorted.at(-1)?.toFixed(1)} s`
}

/** Has the Worker probe what is due, as its cron does. */
const tick = async (): Promise<string> => (await fetch(`${url}/cdn-cgi/handler/scheduled?cron=*+*+*+*+*`)).text()

type Report = {
  readonly targets: readonly { check: string; target: string; state: string; real: string; forced?: object }[]
  readonly vantages: readonly { round: { ms: number; due: number; probed: number; left: number } }[]
}
const report = async (): Promise<Report> =>
  (await (await fetch(`${url}/api/v1/health`, { headers: { 'X-API-Key': 'key' } })).json()) as Report

/** fall × interval, a refresh interval, a tick, and the same again for a slow machine. */
const USUAL = 2 * 1 + 2 + 1 + 2

describe.each([
  ['http', 'www', 'web', 1],
  ['tcp', 'mail', 'mail', 11],
])('%s, at the port that the target names', (kind, name, server, first) => {
  const [one, both] = [`192.0.2.${first}`, `192.0.2.${first} 192.0.2.${first + 1}`]

  test('killed and started again, several times', async () => {
    await seconds(name, both)
    const gone: number[] = []
    const back: number[] = []
    for (let i = 0; i < RUNS; i++) {
      await kill(`${server}2`)
      gone.push(await seconds(name, one))
      await startServer(`${server}2`)
      back.push(await seconds(name, both))
      // At varying moments of an interval.
      await sleep(170 * i)
    }
    console.log(`${kind}, interval 1 s, ${RUNS} runs: gone ${shown(gone)}; back ${shown(back)}; ${USUAL} s is usual`)
  })
})

test('a failover uses the next member, its last resort when all are down, and then the first again', async () => {
  await seconds('shop', '192.0.2.1')
  await kill('web1')
  const next = await seconds('shop', '192.0.2.2')
  await kill('web2')
  const last = await seconds('shop', '203.0.113.99')
  await Promise.all([startServer('web1'), startServer('web2')])
  const back = await seconds('shop', '192.0.2.1')
  const [a, b, c] = [next, last, back].map((time) => `${time.toFixed(1)} s`)
  console.log(`failover: to the second after ${a}, to the last resort after ${b}, back to the first after ${c}`)
})

test('a TTL of [1, 300] falls as failures add up, and max-age with it', async () => {
  await seconds('dynamic', '192.0.2.1 192.0.2.2')
  await until('nothing counts against it', async () => (await ask('dynamic')).ttl === 6)
  // The server's own cron stands still, so that each failure is seen however slow the machine is.
  process.kill(dev.pid, 'SIGSTOP')
  try {
    // One that the cron began is over before this one is.
    await tick()
    flaky.fails = true
    // Three failures, two seconds apart, lead to down, and three successes back: a TTL is the time to the next state.
    for (const [failures, data, ttl] of [
      [1, '192.0.2.1 192.0.2.2', 4],
      [2, '192.0.2.1 192.0.2.2', 2],
      [3, '192.0.2.1', 6],
    ] as const) {
      await until(`it has failed ${failures} times`, async () => {
        if (flaky.failures < failures) await tick()
        return flaky.failures >= failures
      })
      expect(flaky.failures).toBe(failures)
      await until(`the TTL is ${ttl}`, async () => (await ask('dynamic')).ttl === ttl)
      // No client caches an answer longer than its validity.
      expect(await ask('dynamic')).toEqual({ data, ttl, maxAge: ttl })
    }
  } finally {
    process.kill(dev.pid, 'SIGCONT')
  }
  flaky.fails = false
  await seconds('dynamic', '192.0.2.1 192.0.2.2')
})

describe('overrides', () => {
  /** Runs a command of KV again until it succeeds: local KV refuses while the Worker writes. */
  const wrangler = async (...args: string[]): Promise<void> => {
    const place = ['--binding', 'GSLB', '--local', '--persist-to', state]
    const command = [process.execPath, 'node_modules/wrangler/bin/wrangler.js', 'kv', 'key', ...args, ...place]
    let said = ''
    const isDone = async () => {
      const { status, stdout, stderr } = await run('env', ['-C', ROOT, ...command])
      said = `${stdout}${stderr}`
      return status === 0
    }
    await until('wrangler has done it', isDone, MOST_TRIES).catch((error) => {
      throw new Error(`${error.message}: ${said}`)
    })
  }
  const put = async (...overrides: object[]): Promise<void> => {
    const document = { overrides: overrides.map((override) => ({ by: 'e2e', why: 'maintenance', ...override })) }
    await wrangler('put', 'overrides', JSON.stringify(document))
  }
  /** Puts an override that ends. It tries longer times until the answer arrives before the end; returns the end. */
  const putUntil = async (override: object, name: string, data: string): Promise<number> => {
    for (let lasts = 8000; ; lasts *= 2) {
      const ends = Date.now() + lasts
      await put({ ...override, until: new Date(ends).toISOString() })
      let seen = false
      await until('it is answered, or over', async () => {
        seen = (await ask(name)).data === data
        return seen || Date.now() > ends
      })
      if (seen) return ends
    }
  }
  const BOTH = '192.0.2.1 192.0.2.2'

  test('put into KV by hand: a target in maintenance and a datacenter, until the end of the override', async () => {
    await seconds('www', BOTH)
    await put({ target: target('web1'), force: 'drained' })
    const drained = await seconds('www', '192.0.2.2')
    // The measured state stays known.
    const forced = (await report()).targets.find(
      (one) => one.check === 'example.com/web' && one.target === target('web1'),
    )
    expect(forced).toMatchObject({ state: 'drained', real: 'up', forced: { by: 'e2e', why: 'maintenance' } })

    const ends = await putUntil({ datacenter: 'second', pool: 'www.*', force: 'down' }, 'www', '192.0.2.1')
    await seconds('www', BOTH)
    const late = Date.now() - ends
    console.log(
      `forced by hand in KV: answered after ${drained.toFixed(1)} s; one that ends is over ${late} ms after its end`,
    )
    expect(late).toBeGreaterThanOrEqual(-50)
  })

  test('damaged by hand: the last valid ones stay; deleted: no state is forced', async () => {
    await put({ target: target('web2'), force: 'down' })
    await seconds('www', '192.0.2.1')
    await wrangler('put', 'overrides', '{"overrides":')
    await until('it is told', async () => {
      await ask('www')
      return dev.output().includes('"overrides-failed"')
    })
    expect((await ask('www')).data).toBe('192.0.2.1')
    await wrangler('delete', 'overrides')
    await seconds('www', BOTH)
  })

  test('up keeps a dead target in the answers', async () => {
    const mail = async () => (await report()).targets.find((one) => one.target === target('mail1'))
    await put({ check: 'example.com/mail', force: 'up' })
    await until('it is forced', async () => (await mail())?.forced !== undefined)
    await kill('mail1')
    await until('it is seen', async () => (await mail())?.real === 'down')
    expect((await ask('mail')).data).toBe('192.0.2.11 192.0.2.12')
    await put()
    await seconds('mail', '192.0.2.12')
    await startServer('mail1')
  })
})

test('150 pages that never arrive: a round ends in time, leaves the rest, and queries are answered meanwhile', async () => {
  writeFileSync(join(folder.path, 'example.net.json'), JSON.stringify(hanging()))
  await until('it is published', () => dev.output().includes('published in')).catch((error) => {
    throw new Error(`${error.message}\n${dev.output().slice(-2000)}`)
  })
  const times: number[] = []
  let round: Report['vantages'][number]['round'] | undefined
  await until('a round has met them', async () => {
    const began = performance.now()
    await ask('www')
    times.push(performance.now() - began)
    round = (await report()).vantages[0]?.round
    return (round?.due ?? 0) > 100
  })
  times.sort((a, b) => a - b)
  console.log(
    `150 hanging targets: round ${round?.ms} ms, ${round?.probed} of ${round?.due} probed, ${round?.left} left; ` +
      `meanwhile ${times.length} queries, median ${times[times.length >> 1]?.toFixed(1)} ms, slowest ${times.at(-1)?.toFixed(0)} ms`,
  )
  expect(round?.left).toBeGreaterThan(0)
  const { targets } = await report()
  const good = targets.find((one) => one.check === 'example.net/http' && one.target === target('web1'))
  expect(good?.state).toBe('up')
})
