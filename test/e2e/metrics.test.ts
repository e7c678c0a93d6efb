import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort, run, temporaryFolder, until } from './processes.ts'
import { type Server, startServer } from './server.ts'
import { needs, pathOf } from './tools.ts'
import { WebTargets } from './web-targets.ts'

/**
 * Metrics of a running server with real checks, read by Prometheus's own tool; and its alert rules. A target is killed
 * and started again, while /metrics is scraped.
 */
const INTERVAL = 2
const FALL = 2
const RISE = 2
const ADDRESSES = ['127.0.0.2', '127.0.0.3'] as const

const promtool = (args: readonly string[], input = '') => run(pathOf('promtool') ?? 'promtool', args, input)

const zone = (port: number) => ({
  origin: 'example.com',
  ttl: 60,
  soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 },
  checks: { web: { kind: 'http', port, interval: INTERVAL, timeout: 1, fall: FALL, rise: RISE } },
  records: {
    '@': { NS: 'ns' },
    ns: { A: '192.0.2.53' },
    www: { A: { kind: 'pool', select: 'all', check: 'web', members: [...ADDRESSES] } },
    app: { A: { kind: 'failover', check: 'web', pools: [ADDRESSES[1], ADDRESSES[0]] } },
  },
})

let server: Server
let key: string
let targets: WebTargets

beforeAll(async () => {
  targets = new WebTargets(await freePort())
  await targets.start(...ADDRESSES)
  // No key is given: the server makes one.
  server = await startServer({ 'example.com.json': JSON.stringify(zone(targets.port)) })
  key = /export EDGE_GSLB_KEY=(\w+)/.exec(server.output())?.[1] ?? ''
})
afterAll(async () => {
  await server?.stop()
  targets?.killAll()
})

const scrape = async (headers: Record<string, string> = {}): Promise<string> => {
  const response = await fetch(`${server.url}/metrics`, { headers: { 'x-api-key': key, ...headers } })
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
  return response.text()
}

/** Returns the value of the only series of a metric that has these labels. */
async function seriesValue(name: string, ...labels: readonly string[]): Promise<number | undefined> {
  const lines = (await scrape()).split('\n').filter((line) => line.startsWith(`${name}{`))
  const found = lines.filter((line) => labels.every((label) => line.includes(label)))
  expect(found.length).toBeLessThanOrEqual(1)
  return found[0] === undefined ? undefined : Number(found[0].slice(found[0].lastIndexOf(' ') + 1))
}

test('npm start makes a key for the run and prints it: /metrics is 401 without it, and 200 with it', async () => {
  expect(key).toMatch(/^[0-9a-f]{32}$/)
  expect(server.output()).toContain(`${server.url}/metrics`)
  expect((await fetch(`${server.url}/metrics`)).status).toBe(401)
  const bearer = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${key}` } })
  expect(bearer.status).toBe(200)
})

test('/healthz is 200 without a key', async () => {
  const response = await fetch(`${server.url}/healthz`)
  expect([response.status, await response.text()]).toEqual([200, 'ok\n'])
})

test('a killed target is down in /metrics, its pool degraded, and the other level active; and back', async () => {
  const [first, second] = ADDRESSES
  const gone = `target="${second}:${targets.port}"`
  const pool = ['zone="example.com"', 'pool="www.example.com/A"']
  const shows = async (up: number, live: number, level: number): Promise<boolean> =>
    (await seriesValue('edge_gslb_target_up', gone, 'vantage="cron"')) === up &&
    (await seriesValue('edge_gslb_target_effective_up', gone)) === up &&
    (await seriesValue('edge_gslb_pool_live_members', ...pool)) === live &&
    (await seriesValue('edge_gslb_failover_active_level', 'pool="app.example.com/A"')) === level
  await until('both are up', () => shows(1, 2, 1))
  const changes = (await seriesValue('edge_gslb_target_changes_total', gone)) as number

  targets.kill(second)
  const killed = performance.now()
  await until('one is down', () => shows(0, 1, 2))
  const down = (performance.now() - killed) / 1000
  expect(await seriesValue('edge_gslb_target_up', `target="${first}:${targets.port}"`)).toBe(1)
  expect(await seriesValue('edge_gslb_target_changes_total', gone)).toBe(changes + 1)

  await targets.start(second)
  const started = performance.now()
  await until('it is back', () => shows(1, 2, 1))
  const back = (performance.now() - started) / 1000
  expect(await seriesValue('edge_gslb_target_changes_total', gone)).toBe(changes + 2)
  console.log(
    `down in /metrics after ${down.toFixed(1)} s (usual at most ${FALL * INTERVAL + 5}), up after ${back.toFixed(1)} s (usual at most ${RISE * INTERVAL + 5})`,
  )
})

test('every required metric is there, with its labels', async () => {
  const text = await scrape()
  const target = 'zone="example.com",check="example.com/web",target="127.0.0.2:'
  for (const start of [
    `edge_gslb_target_up{${target}`,
    `edge_gslb_target_effective_up{${target}`,
    `edge_gslb_target_latency_seconds{${target}`,
    `edge_gslb_target_since_timestamp_seconds{${target}`,
    `edge_gslb_target_changes_total{${target}`,
    'edge_gslb_pool_members{zone="example.com",pool="www.example.com/A"} 2',
    'edge_gslb_zone_serial{zone="example.com"} 1',
    'edge_gslb_zone_refused{zone="example.com"} 0',
    'edge_gslb_vantage_age_seconds{vantage="cron"} ',
    'edge_gslb_build_info{version="',
  ])
    expect(text).toContain(`\n${start}`)
})

test('an override is a series, and counts', async () => {
  const put = (overrides: unknown) =>
    fetch(`${server.url}/api/v1/overrides`, {
      method: 'PUT',
      headers: { 'x-api-key': key },
      body: JSON.stringify({ overrides }),
    })
  await put([{ target: '127.0.0.3*', force: 'drained', by: 'ann', why: 'kernel' }])
  await until('it is active', async () => (await seriesValue('edge_gslb_override_active', 'state="drained"')) === 1)
  expect(await seriesValue('edge_gslb_target_effective_up', 'target="127.0.0.3')).toBe(0)
  expect(await seriesValue('edge_gslb_target_up', 'target="127.0.0.3')).toBe(1)
  await put([])
  await until('it has ended', async () => (await seriesValue('edge_gslb_override_active')) === undefined)
})

needs('promtool')("Prometheus's own tool", () => {
  test('has nothing to say about the metrics', async () => {
    const { status, stdout, stderr } = await promtool(['check', 'metrics'], await scrape())
    expect([status, stdout, stderr]).toEqual([0, '', ''])
  })

  test('accepts the rules, their tests, and the configuration', async () => {
    const folder = join(import.meta.dirname, '../../examples/prometheus')
    const inFolder = (file: string) => join(folder, file)
    expect((await promtool(['check', 'rules', inFolder('edge-gslb.rules.yml')])).stdout).toContain('11 rules found')
    const tested = await promtool(['test', 'rules', inFolder('edge-gslb.test.yml')])
    expect([tested.status, tested.stderr]).toEqual([0, expect.not.stringContaining('FAILED')])
    const config = await promtool(['check', 'config', '--syntax-only', inFolder('prometheus.yml')])
    expect([config.status, config.stderr]).toEqual([0, ''])
  })

  test('refuses the tests of the rules if a rule is missing', async () => {
    const folder = temporaryFolder()
    try {
      for (const name of ['edge-gslb.rules.yml', 'edge-gslb.test.yml']) {
        const text = readFileSync(join(import.meta.dirname, '../../examples/prometheus', name), 'utf8')
        writeFileSync(join(folder.path, name), text.replace('alert: EdgeGslbPoolEmpty', 'alert: Other'))
      }
      expect((await promtool(['test', 'rules', join(folder.path, 'edge-gslb.test.yml')])).status).not.toBe(0)
    } finally {
      folder.remove()
    }
  })
})
