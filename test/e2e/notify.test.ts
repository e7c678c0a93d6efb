import { createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLocalKv } from '../../src/cli/kv/local.ts'
import { freePort, type Running, ready, run, start, temporaryFolder, until } from './processes.ts'
import { Receiver } from './receiver.ts'
import { type Server, startServer } from './server.ts'
import { needs, pathOf } from './tools.ts'
import { WebTargets } from './web-targets.ts'

/**
 * Notifications of a running server, over HTTP to a real receiver, in all formats; Alertmanager itself gets those that
 * are for it. A target is killed and started again, a document refused, an override set and removed.
 */
const KEY = 'the-key-of-the-end-to-end-tests'
const SECRET = `whsec_${Buffer.from('a secret of these end-to-end tests').toString('base64')}`
const INTERVAL = 2
const FALL = 2
const RISE = 2
const ADDRESSES = ['127.0.0.2', '127.0.0.3'] as const

let receiver: Receiver
let base: string
let server: Server
let alertmanager: Running | undefined
let alerts: string
const folder = temporaryFolder()
let targets: WebTargets

const SOA = { mname: 'ns', rname: 'root', serial: 1, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 }

const zone = (serial: number, more: object = {}) => ({
  origin: 'example.com',
  ttl: 60,
  soa: { ...SOA, serial },
  checks: { web: { kind: 'http', port: targets.port, interval: INTERVAL, timeout: 1, fall: FALL, rise: RISE } },
  notify: [
    { url: `${base}/zone`, format: 'json', secret: '$HOOK_SECRET' },
    { url: `${base}/held`, format: 'json', hold: 3600 },
    { url: `${base}/pools`, format: 'json', on: ['pool-degraded', 'pool-restored'] },
  ],
  records: {
    '@': { NS: 'ns' },
    ns: { A: '192.0.2.53' },
    www: { A: { kind: 'pool', select: 'all', check: 'web', members: [...ADDRESSES] } },
  },
  ...more,
})

async function startAlertmanager(): Promise<void> {
  const command = pathOf('prometheus-alertmanager')
  const port = await freePort()
  alerts = `http://127.0.0.1:${port}`
  if (!command) return
  const config = join(folder.path, 'alertmanager.yml')
  writeFileSync(config, 'route:\n  receiver: none\nreceivers:\n  - name: none\n')
  alertmanager = start(command, [
    `--config.file=${config}`,
    `--storage.path=${join(folder.path, 'alertmanager')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  ])
  await ready('alertmanager', alertmanager, async () => (await fetch(`${alerts}/-/ready`)).ok)
}

beforeAll(async () => {
  targets = new WebTargets(await freePort())
  await targets.start(...ADDRESSES)
  receiver = new Receiver()
  base = `http://127.0.0.1:${await receiver.listen()}`
  await startAlertmanager()
  const NOTIFY = JSON.stringify([
    { url: `${base}/json`, format: 'json', secret: SECRET },
    { url: `${base}/slack`, format: 'slack' },
    { url: `${base}/discord`, format: 'discord' },
    { url: `${base}/pagerduty`, format: 'pagerduty', routingKey: 'a routing key' },
    { url: `${base}/alerts`, format: 'alertmanager' },
    { url: alerts, format: 'alertmanager' },
  ])
  server = await startServer({ 'example.com.json': JSON.stringify(zone(1)) }, KEY, { NOTIFY, HOOK_SECRET: SECRET })
  await until('both are up', async () => (await states()).every((state) => state === 'up'))
  // The monitor has seen them so.
  await until('the record has both', async () => {
    const found = await Promise.all(
      ADDRESSES.map((address) => api(`/health/history?zone=example.com&target=${address}:${targets.port}`)),
    )
    return found.every(({ body }) => body.changes.at(-1)?.state === 'up')
  })
})
afterAll(async () => {
  await server?.stop()
  await alertmanager?.stop()
  receiver?.close()
  targets?.killAll()
  folder.remove()
})

async function api(path: string, init: RequestInit = {}) {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    ...init,
    headers: { 'x-api-key': KEY, ...init.headers },
  })
  // biome-ignore lint/suspicious/noExplicitAny: a reply is compared, not used
  return { status: response.status, body: (await response.json()) as any }
}

const states = async (): Promise<string[]> =>
  (await api('/health')).body.targets.map(({ real }: { real: string }) => real)

const isOf = (event: string) => (body: { event: string }) => body.event === event

test('a killed target, and the pool that it leaves, are told in every format; and that they are back', async () => {
  const [, second] = ADDRESSES
  const target = `${second}:${targets.port}`
  targets.kill(second)
  const killed = performance.now()
  const down = await receiver.got('/json', isOf('target-down'))
  const degraded = await receiver.got('/json', isOf('pool-degraded'))
  expect(down.body).toMatchObject({
    ...{ event: 'target-down', zone: 'example.com', check: 'example.com/web', targets: [target] },
    ...{ live: 1, members: 2 },
  })
  expect(down.body.text).toContain(`${target} of example.com/web is down: `)
  expect(degraded.body).toMatchObject({
    ...{ event: 'pool-degraded', zone: 'example.com', pool: 'www.example.com/A', live: 1, members: 2 },
  })
  await receiver.got('/zone', isOf('target-down'))
  await receiver.got('/slack', ({ text }) => text.includes(`${target} of example.com/web is down`))
  await receiver.got('/discord', ({ content }) => content.includes(`${target} of example.com/web is down`))
  const triggered = await receiver.got('/pagerduty', ({ payload }) => payload?.summary.includes('is down'))
  expect(triggered.body).toMatchObject({ event_action: 'trigger', routing_key: 'a routing key' })
  const alert = await receiver.got('/alerts/api/v2/alerts', ([{ labels }]) => labels.alertname === 'EdgeGslbTargetDown')

  await targets.start(second)
  const started = performance.now()
  const up = await receiver.got('/json', isOf('target-up'))
  const restored = await receiver.got('/json', isOf('pool-restored'))
  expect(up.body).toMatchObject({ targets: [target], live: 2, members: 2 })
  expect(restored.body).toMatchObject({ pool: 'www.example.com/A', live: 2, members: 2 })
  await receiver.got(
    '/pagerduty',
    (body) => body.event_action === 'resolve' && body.dedup_key === triggered.body.dedup_key,
  )
  const ended = await receiver.got(
    '/alerts/api/v2/alerts',
    ([one]) => one.labels.alertname === 'EdgeGslbTargetDown' && Date.parse(one.endsAt) <= Date.now(),
  )
  expect(ended.body[0].labels).toEqual(alert.body[0].labels)
  const seconds = [(down.at - killed) / 1000, (restored.at - started) / 1000]
  console.log(
    `down told after ${seconds[0]?.toFixed(1)} s (usual at most ${FALL * INTERVAL + 5}), restored after ${seconds[1]?.toFixed(1)} s (usual at most ${RISE * INTERVAL + 5})`,
  )
  await receiver.got('/pools', isOf('pool-restored'))
  // The receiver that waits for an hour has nothing, and the one that asks for pools alone has no targets.
  expect(receiver.at('/held')).toEqual([])
  expect(receiver.at('/pools').map(({ body }) => body.event)).toEqual(['pool-degraded', 'pool-restored'])
})

test('the form json is signed, and another implementation verifies it', () => {
  for (const path of ['/json', '/zone']) {
    expect(receiver.at(path).length).toBeGreaterThan(0)
    for (const { headers, text } of receiver.at(path)) {
      const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`
      const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64')
      expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
    }
  }
})

test('the record has the events, the newest first, and the past of a target', async () => {
  const { body } = await api('/health/events?zone=example.com&limit=4')
  const names = body.events.map(({ event }: { event: string }) => event)
  expect(new Set(names)).toEqual(new Set(['target-down', 'pool-degraded', 'target-up', 'pool-restored']))
  const target = `${ADDRESSES[1]}:${targets.port}`
  const past = await api(`/health/history?zone=example.com&target=${target}`)
  expect(past.body.changes.map(({ state }: { state: string }) => state).slice(-3)).toEqual(['up', 'down', 'up'])
  expect(past.body.latency[0]).toMatchObject({ check: 'example.com/web', vantage: 'cron' })
})

test('an override is told when it is set and when it is removed, and so is what it does to the pool', async () => {
  const put = (overrides: object[]) =>
    api('/overrides', {
      method: 'PUT',
      body: JSON.stringify({ overrides }),
      headers: { 'content-type': 'application/json' },
    })
  const drained = { target: `${ADDRESSES[0]}`, force: 'drained', by: 'ops', why: 'a new disk' }
  expect((await put([drained])).status).toBe(200)
  const set = await receiver.got('/json', isOf('override-set'))
  expect(set.body.text).toBe(`ops forces target ${ADDRESSES[0]} drained: a new disk`)
  await receiver.got('/zone', isOf('override-set'))
  expect((await put([])).status).toBe(200)
  await receiver.got('/json', isOf('override-ended'))
  const told = (event: string) => receiver.at('/json').filter(({ body }) => body.event === event).length
  const [begun, ended] = [told('override-set'), told('override-ended')]
  // A busy machine may not see one that is soon over: another lasts longer.
  for (let lasts = 4000; told('override-set') === begun; lasts *= 2) {
    const ends = Date.now() + lasts
    await put([{ ...drained, until: new Date(ends).toISOString() }])
    await until('it is told, or over', () => told('override-set') > begun || Date.now() > ends)
  }
  await until('the end is told', () => told('override-ended') > ended)
  const past = await api(`/health/history?zone=example.com&target=${ADDRESSES[0]}:${targets.port}`)
  expect(past.body.changes).toContainEqual(expect.objectContaining({ state: 'drained', by: 'ops' }))
})

test('another version of a zone is told, and a document that is refused and comes right', async () => {
  writeFileSync(join(server.zones, 'example.com.json'), JSON.stringify(zone(2)))
  const published = await receiver.got('/json', isOf('zone-published'))
  expect(published.body).toMatchObject({ zone: 'example.com', text: 'example.com is served with serial 2' })
  const written = await api('/zones/example.net', {
    ...{ method: 'PUT', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify({
      origin: 'example.net',
      ttl: 60,
      soa: SOA,
      records: { '@': { NS: 'ns' }, ns: { A: '192.0.2.1' } },
    }),
  })
  expect(written.status).toBeLessThan(300)
  await receiver.got('/json', (body) => body.event === 'zone-published' && body.zone === 'example.net')

  // A person puts a document that is not valid, then one that is.
  const persistTo = join(server.zones, '..', 'kv')
  const kv = await openLocalKv({ binding: 'GSLB', config: 'wrangler.toml', persistTo })
  if (!kv.ok) throw new Error(kv.error)
  const { put, close } = kv.value
  // Local KV refuses while the Worker writes.
  const putByHand = (document: object) =>
    until('it is put', async () => (await put([{ key: 'zone:example.org', value: JSON.stringify(document) }])).ok)
  const document = { origin: 'example.org', ttl: 60, soa: SOA, records: { '@': { NS: 'ns' }, ns: { A: '192.0.2.1' } } }
  await putByHand({ ...document, records: { ns: { A: 'no address' } } })
  const refused = await receiver.got('/pagerduty', ({ payload }) => payload?.summary.includes('example.org is refused'))
  const told = await receiver.got('/json', (body) => body.event === 'zone-refused' && body.zone === 'example.org')
  expect(told.body.text).toMatch(/^what is in KV for example\.org is refused: records\.ns\.A: /)
  await putByHand(document)
  await receiver.got('/json', (body) => body.event === 'zone-published' && body.zone === 'example.org')
  const { dedup_key: key } = refused.body
  await receiver.got('/pagerduty', (body) => body.event_action === 'resolve' && body.dedup_key === key)
  await close()
})

describe('deliveries', () => {
  const list = async () => (await api('/notifications')).body.receivers
  const test1 = (receiver: number) =>
    api('/notifications/test', {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ receiver }),
    })

  test('are listed without secrets, and a test goes to one receiver', async () => {
    await until('nothing waits', async () => (await list()).every(({ waiting }: { waiting: number }) => waiting === 0))
    const receivers = await list()
    expect(receivers.map(({ zone, format }: { zone: string; format: string }) => [zone, format])).toEqual([
      ...['json', 'slack', 'discord', 'pagerduty', 'alertmanager', 'alertmanager'].map((format) => [null, format]),
      ...['json', 'json', 'json'].map((format) => ['example.com', format]),
    ])
    expect(JSON.stringify(receivers)).not.toMatch(
      /\/(slack|discord|pagerduty|alerts|zone|held|pools)"|routing key|whsec|HOOK_SECRET/,
    )
    expect(receivers[0]).toMatchObject({
      url: `${base}/…`,
      waiting: 0,
      failed: 0,
      last: { delivered: true, status: 204 },
    })
    expect((await test1(2)).body).toEqual({ receiver: 2, delivered: true, status: 204 })
    await receiver.got('/slack', ({ text }) => text.includes('this is a test'))
    expect((await test1(99)).status).toBe(404)
  })

  test('are tried again after a failure, in order; redirects are not followed', async () => {
    receiver.status.set('/json', [500, ...Array<number>(1000).fill(503)])
    receiver.status.set('/zone', [302])
    const before = receiver.at('/json').length
    writeFileSync(join(server.zones, 'example.com.json'), JSON.stringify(zone(3)))
    const failing = async () => (await api('/health')).body.notifications?.[0]
    await until('two are refused', async () => (await failing())?.last.why === 'status 503')
    expect(await failing()).toMatchObject({ number: 1, last: { delivered: false }, waiting: 1 })
    receiver.status.delete('/json')
    await until('another try is taken', async () => (await list())[0].last.delivered)
    const tries = receiver.at('/json').slice(before)
    expect(tries.length).toBeGreaterThanOrEqual(3)
    expect(new Set(tries.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(new Set(tries.map(({ body }) => body.text))).toEqual(new Set(['example.com is served with serial 3']))
    await until('the other has failed', async () => (await list())[6].failed === 1)
    expect((await list())[6].last).toMatchObject({ status: 302, why: 'status 302: redirects are not followed' })
    expect(receiver.at('/elsewhere')).toEqual([])
  })

  test('are counted in /metrics, and shown by the command', async () => {
    const metrics = await (await fetch(`${server.url}/metrics`, { headers: { 'x-api-key': KEY } })).text()
    expect(metrics).toMatch(/edge_gslb_notifications_total\{format="slack",result="delivered"\} [1-9]/)
    expect(metrics).toMatch(/edge_gslb_notifications_total\{format="json",result="failed"\} 1\n/)
    const command = (...args: string[]) =>
      run('node', ['bin/edge-gslb.js', 'notify', ...args, '--to', server.url], '', { EDGE_GSLB_KEY: KEY })
    const listed = await command('list')
    expect([listed.status, listed.stdout]).toEqual([
      0,
      expect.stringContaining(`1. json ${base}/…, all zones (NOTIFY)`),
    ])
    const tested = await command('test', '3')
    expect([tested.status, tested.stdout.trim()]).toEqual([0, 'the receiver 3 has a test: status 204'])
    const status = await run('node', ['bin/edge-gslb.js', 'status', '--url', server.url], '', { API_KEY: KEY })
    expect(status.stdout).toContain('the receiver 7 of notifications, json ')
  })
})

needs('amtool')('Alertmanager', () => {
  const amtool = async (...args: string[]) => {
    const { stdout, stderr } = await run(pathOf('amtool') ?? 'amtool', [
      `--alertmanager.url=${alerts}`,
      '--output=json',
      'alert',
      'query',
      ...args,
    ])
    if (stderr) throw new Error(stderr)
    return JSON.parse(stdout) as { labels: Record<string, string>; annotations: Record<string, string> }[]
  }

  test('has the alerts of targets that are down, and of their pool, until they are back', async () => {
    // The first test's messages are five minutes of silence for the target it killed, and for a pool that is degraded.
    const [first, second] = ADDRESSES
    const down = ['alertname=EdgeGslbTargetDown', `target=${first}:${targets.port}`]
    const isThere = async (count: number, ...query: string[]) => (await amtool(...query)).length === count
    targets.kill(first)
    targets.kill(second)
    await until('the alert of the target is there', () => isThere(1, ...down))
    const [alert] = await amtool(...down)
    expect(alert?.labels).toMatchObject({
      zone: 'example.com',
      check: 'example.com/web',
      target: `${first}:${targets.port}`,
    })
    expect(alert?.annotations.summary).toContain('is down')
    await until('the alert of the pool is there', () => isThere(1, 'alertname=EdgeGslbPoolDown'))
    const [ofPool] = await amtool('alertname=EdgeGslbPoolDown')
    expect(ofPool?.labels).toMatchObject({ zone: 'example.com', pool: 'www.example.com/A', severity: 'critical' })
    for (const address of ADDRESSES) await targets.start(address)
    await until('the alert of the target has ended', () => isThere(0, ...down))
    await until('the alert of the pool has ended', () => isThere(0, 'alertname=EdgeGslbPoolDown'))
    expect(await amtool('alertname=EdgeGslbPoolDegraded')).toEqual([])
  })
})
