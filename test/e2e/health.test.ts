import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, type Running, ready, start, temporaryFolder, until } from './processes.ts'

/**
 * Measures how long a dead target stays in the answers: real HTTP servers are killed (SIGKILL) and restarted, while the
 * Worker is queried. Once with the cron, whose ticks come through the scheduled handler, and once with
 * Durable Objects that probe by alarms.
 */
const BIN = join(import.meta.dirname, '../../bin/edge-gslb.js')
const INTERVAL = 2
const FALL = 2
const RISE = 2
/** The value that `npm start` sets. */
const REFRESH = 2
/** A tick of the cron, a probe, and the machine. */
const SLACK = 2
const RUNS = 3

describe.each([
  ['the cron', '', FALL * INTERVAL + REFRESH + SLACK, RISE * INTERVAL + REFRESH + SLACK],
  ['alarms in a region', 'weur', 15, 15],
])('by %s', (what, regions, goneWithin, backWithin) => {
  const folder = temporaryFolder()
  const targets = new Map<string, ChildProcess>()
  let web: number
  let url: string
  let dev: Running

  beforeAll(async () => {
    web = await freePort()
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    writeFileSync(join(folder.path, 'example.com.json'), JSON.stringify(zone(web)))
    for (const address of ADDRESSES) await startTarget(address)
    const env = { PORT: String(port), ZONES: folder.path, API_KEY: 'key', PROBE_REGIONS: regions }
    dev = start(process.execPath, [BIN, 'dev', '--persist-to', join(folder.path, '.state')], { env })
    await ready('dev', dev, async () => dev.output().includes('edge-gslb answers on'))
  })
  afterAll(async () => {
    await dev?.stop()
    for (const target of targets.values()) target.kill('SIGKILL')
    folder.remove()
  })

  /** Starts a web server in a separate process that only answers requests for www.example.com. */
  async function startTarget(address: string): Promise<void> {
    const script = `require('http').createServer((q, r) => { r.statusCode = q.headers.host === 'www.example.com' ? 200 : 421; r.end('ok') }).listen(${web}, '${address}')`
    targets.set(address, spawn(process.execPath, ['-e', script], { stdio: 'ignore' }))
    await until(
      `${address} listens`,
      async () => (await fetch(`http://${address}:${web}/`).catch(() => undefined)) !== undefined,
    )
  }

  const ask = async (name: string) => {
    const response = await fetch(`${url}/resolve?name=${name}.example.com&type=A`)
    const { Answer = [] } = (await response.json()) as { Answer?: { data: string; TTL: number }[] }
    const data = Answer.map((record) => record.data).sort()
    return { data: data.join(' '), ttl: Answer[0]?.TTL, age: response.headers.get('cache-control') }
  }

  /** Seconds until a name is answered so. */
  async function seconds(name: string, expected: string): Promise<number> {
    const began = performance.now()
    await until(`${name} is answered with ${expected}`, async () => (await ask(name)).data === expected)
    return (performance.now() - began) / 1000
  }

  test('a killed server leaves the answers, and returns when it answers again', async () => {
    const both = ADDRESSES.join(' ')
    await seconds('www', both)
    const gone: number[] = []
    const back: number[] = []
    for (let i = 0; i < RUNS; i++) {
      targets.get(ADDRESSES[1])?.kill('SIGKILL')
      gone.push(await seconds('www', ADDRESSES[0]))
      await startTarget(ADDRESSES[1])
      back.push(await seconds('www', both))
    }
    const told = (times: number[]) => times.map((time) => time.toFixed(1)).join(', ')
    console.log(
      `by ${what}, interval ${INTERVAL} s: gone after ${told(gone)} s (usual ${goneWithin}), back after ${told(back)} s (usual ${backWithin})`,
    )
  })

  test('the TTL and max-age follow health', async () => {
    await until('both are up', async () => (await ask('www')).data === ADDRESSES.join(' '))
    // Neither has failures: two results, two seconds apart.
    expect(await ask('www')).toMatchObject({ ttl: FALL * INTERVAL, age: `public, max-age=${FALL * INTERVAL}` })
    expect(await ask('fixed')).toMatchObject({ ttl: 60, age: 'public, max-age=60' })
  })

  test('a request for another host is not a success', async () => {
    await until(
      'the one that asks for another host is down',
      async () => (await ask('wrong')).data === '203.0.113.99',
      30_000,
    )
  })

  test('the status shows the vantage point', async () => {
    const response = await fetch(`${url}/api/v1/health`, { headers: { 'X-API-Key': 'key' } })
    const { targets } = (await response.json()) as {
      targets: { check: string; state: string; reports: { vantage: string; why: string }[] }[]
    }
    const [wrong] = targets.filter(({ check }) => check === 'example.com/wrong')
    expect(wrong).toMatchObject({
      state: 'down',
      reports: [{ vantage: regions || 'cron', why: 'status 421, expected 200' }],
    })
  })
})

const ADDRESSES = ['127.0.0.1', '127.0.0.2'] as const

function zone(port: number) {
  const check = { kind: 'http', port, interval: INTERVAL, timeout: 1, fall: FALL, rise: RISE }
  const pool = (name: string) => ({ kind: 'pool', check: name, select: 'all', members: ADDRESSES })
  return {
    ...{ origin: 'example.com', ttl: 60 },
    soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 3600, retry: 900, expire: 604800, minimum: 60 },
    checks: { web: { ...check, host: 'www.example.com' }, wrong: { ...check, host: 'other.example.com' } },
    records: {
      '@': { NS: 'ns' },
      ns: { A: '192.0.2.53' },
      www: { A: { ttl: [1, 60], answer: pool('web') } },
      fixed: { A: pool('web') },
      wrong: { A: { ...pool('wrong'), whenDown: { answer: '203.0.113.99' } } },
    },
  }
}
