import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pause } from '../eventually.ts'
import { API_KEY, ApiClient, linesOf, ONE_ZONE, replace, soon } from './api-client.ts'
import { type Ask, answersOf, askDoh } from './messages.ts'
import { run } from './processes.ts'
import { type Server, startServer } from './server.ts'
import { has } from './tools.ts'
import { cpuMs, workerOf } from './workerd.ts'

let server: Server
let api: ApiClient
let ask: Ask
beforeAll(async () => {
  server = await startServer(ONE_ZONE, API_KEY)
  api = new ApiClient(server)
  ask = askDoh(server.url)
})
afterAll(() => server.stop())

describe('100 clients that PATCH one zone at once', () => {
  const CLIENTS = Array.from({ length: 100 }, (_, i) => i)
  const lineOf = (i: number): string => `host-${i}.many.example. 60 A 192.0.2.${i}`

  test('all are taken, and each raises the serial', async () => {
    const { serial } = await api.create('many.example.', { soa_edit_api: 'INCREASE' })
    await Promise.all(
      CLIENTS.map((i) => api.patch('many.example.', replace(`host-${i}.many.example.`, 'A', 60, `192.0.2.${i}`))),
    )
    const zone = await api.zone('many.example.')
    expect(linesOf(zone)).toEqual([...CLIENTS.map(lineOf), 'many.example. 3600 NS ns1.many.example.'].sort())
    expect(zone.serial).toBe(serial + CLIENTS.length)
  })

  test('all are in answers', async () => {
    const started = performance.now()
    await soon(async () => {
      const answers = await Promise.all(CLIENTS.map(async (i) => answersOf(await ask(`host-${i}.many.example`, 'A'))))
      expect(answers).toEqual(CLIENTS.map((i) => [`192.0.2.${i}`]))
    })
    console.log(`100 PATCHes at once are in answers ${Math.round(performance.now() - started)} ms after the last`)
  })

  test('with EXTEND, 100 records come into one rrset', async () => {
    const extend = (i: number) => ({
      ...replace('set.many.example.', 'A', 60, `198.51.100.${i}`),
      changetype: 'EXTEND',
    })
    await Promise.all(CLIENTS.map((i) => api.patch('many.example.', extend(i))))
    const { rrsets } = await api.zone('many.example.')
    const contents = rrsets.find(({ name }) => name === 'set.many.example.')?.records.map(({ content }) => content)
    expect(contents?.sort()).toEqual(CLIENTS.map((i) => `198.51.100.${i}`).sort())
  })

  test('of 20 with the same If-Match one is taken', async () => {
    const { headers } = await api.must(200, 'GET', '/api/v1/zones/many.example')
    const tag = headers.get('etag') ?? ''
    const text = (i: number) =>
      `$TTL 60\n@ IN SOA ns root ${i} 2 3 4 5\n@ IN NS ns.example.net.\nwon IN A 192.0.2.${i}\n`
    const replies = await Promise.all(
      CLIENTS.slice(0, 20).map((i) =>
        api.call('PUT', '/api/v1/zones/many.example', text(i), { 'If-Match': tag, 'Content-Type': 'text/dns' }),
      ),
    )
    const statuses = replies.map(({ status }) => status).sort()
    expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 412)])
    const won = replies.findIndex(({ status }) => status === 200)
    expect(linesOf(await api.zone('many.example.'))).toContain(`won.many.example. 60 A 192.0.2.${won}`)
  })
})

/** True if KV has the newest version of a zone. @param origin without the final dot */
async function isPublished(origin: string): Promise<boolean> {
  const { body } = await api.must(200, 'GET', '/api/v1/zones')
  const { zones } = body as { readonly zones: readonly { readonly origin: string; readonly published?: string }[] }
  return typeof zones.find((zone) => zone.origin === origin)?.published === 'string'
}

describe('a zone of 10,000 records', () => {
  const RECORDS = 10_000
  const PATCHES = 15
  const WRITE_GAP_MS = 1500
  /** CPU of workerd for a PATCH and its publication in local KV, which is in workerd, too. */
  const MAX_CPU_MS = 100

  test('a PATCH of one record takes at most 100 ms of CPU, and is in answers', async () => {
    const lines = Array.from({ length: RECORDS }, (_, i) => `host-${i} A 192.0.${i >> 8}.${i & 255}\n`)
    const text = `$TTL 60\n@ IN SOA ns root 1 2 3 4 5\n@ IN NS ns.example.net.\n${lines.join('')}`
    await api.must(201, 'PUT', '/api/v1/zones/large.example', text, { 'Content-Type': 'text/dns' })
    const pid = workerOf(server)
    const taken: number[] = []
    for (let i = 0; i < PATCHES; i++) {
      const [owner, address] = [`host-${i * 600}.large.example`, `198.51.100.${i}`]
      // Local KV takes a version a second of a zone: this one is written at once, and the reply waits for that.
      await pause(WRITE_GAP_MS)
      const before = cpuMs(pid)
      await api.patch('large.example.', replace(`${owner}.`, 'A', 60, address))
      const cpu = cpuMs(pid) - before
      // A slow machine may answer before KV has the change.
      if (await isPublished('large.example')) taken.push(cpu)
      await soon(async () => expect(answersOf(await ask(owner, 'A'))).toEqual([address]))
    }
    const sorted = taken.toSorted((a, b) => a - b)
    const [cpu = Number.NaN, middle] = [sorted[0], sorted[sorted.length >> 1]]
    const told = [cpu, middle, taken[0]].map((ms) => `${ms?.toFixed(0)} ms`)
    console.log(
      `a PATCH of one of 10,000 records, published: CPU of workerd ${told[0]}, median ${told[1]}, first ${told[2]}`,
    )
    expect(cpu).toBeLessThanOrEqual(MAX_CPU_MS)
  })
})

test.skipIf(!has('curl'))('a PATCH by curl with a LUA record changes the answer', async () => {
  await api.create('curl.example.', { rrsets: [replace('www.curl.example.', 'A', 60, '192.0.2.1')] })
  await soon(async () => expect(answersOf(await ask('www.curl.example', 'A'))).toEqual(['192.0.2.1']))
  const body = `{"rrsets": [
    {"name": "www.curl.example.", "type": "A", "changetype": "DELETE"},
    {"name": "www.curl.example.", "type": "LUA", "ttl": 60, "changetype": "REPLACE",
     "records": [{"content": "A \\"pickwrandom({ {1, '192.0.2.2'}, {1, '192.0.2.2'} })\\""}]}]}`
  const url = `${server.url}/api/v1/servers/localhost/zones/curl.example.`
  const args = ['--silent', '--request', 'PATCH', '--header', `X-API-Key: ${API_KEY}`, '--write-out', '%{http_code}']
  const { stdout } = await run('curl', [...args, url, '--data', body])
  expect(stdout).toBe('204')
  await soon(async () => expect(answersOf(await ask('www.curl.example', 'A'))).toEqual(['192.0.2.2']))
  const { rrsets } = await api.zone('curl.example.')
  expect(rrsets.filter(({ name }) => name === 'www.curl.example.')).toMatchObject([
    { type: 'LUA', ttl: 60, records: [{ content: `A "pickwrandom({ {1, '192.0.2.2'}, {1, '192.0.2.2'} })"` }] },
  ])
})
