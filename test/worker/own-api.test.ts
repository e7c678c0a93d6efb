import { beforeAll, expect, test, vi } from 'vitest'
import { eventually } from '../eventually.ts'
import { settings } from './api-support.ts'
import { type Isolate, newIsolate } from './health-support.ts'

let isolate: Isolate
beforeAll(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  isolate = await newIsolate(settings)
})

const FILE = (serial: number, weight: number) => `$ORIGIN demo.example.
$TTL 60
@ IN SOA ns root ${serial} 3600 900 604800 60
@ IN NS ns
ns IN A 192.0.2.53
www IN LUA A "pickwrandom({{1, '192.0.2.1'}, {${weight}, '192.0.2.2'}})"
old IN A 192.0.2.9
`
const call = async (method: string, path: string, body?: string, headers: Record<string, string> = {}) => {
  const all = { 'x-api-key': settings.API_KEY, 'content-type': 'text/dns', ...headers }
  const response = await isolate.fetch(`/api/v1${path}`, { method, headers: all, ...(body !== undefined && { body }) })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') && text !== ''
  return { status: response.status, text, json: isJson ? JSON.parse(text) : undefined, headers: response.headers }
}
const ZONE = '/zones/demo.example'

test('a zone goes in, is planned, changed, explained, listed, rolled back and deleted, and DNS shows it', async () => {
  const created = await call('PUT', ZONE, FILE(1, 2), { 'if-none-match': '*' })
  expect([created.status, created.json]).toEqual([
    201,
    { origin: 'demo.example', serial: 1, hash: expect.any(String), published: expect.stringMatching(/Z$/) },
  ])
  await eventually(async () => expect(await isolate.ask('old.demo.example')).toBe('192.0.2.9'))

  const plan = await call('POST', '/plan', JSON.stringify({ zones: { 'demo.example': { zoneFile: FILE(2, 100) } } }), {
    'content-type': 'application/json',
  })
  expect(plan.json.changes).toEqual([
    {
      ...{
        name: 'www.demo.example.',
        type: 'A',
        change: 'changed',
        share: { ipv4: 1 },
        ttl: { before: 60, after: 60 },
      },
      networks: ['0.0.0.0/0', '::/0'].map((prefix) => ({
        prefix,
        before: [
          { data: '192.0.2.1', probability: '1/3' },
          { data: '192.0.2.2', probability: '2/3' },
        ],
        after: [
          { data: '192.0.2.1', probability: '1/101' },
          { data: '192.0.2.2', probability: '100/101' },
        ],
      })),
    },
  ])

  const changed = await call('PUT', ZONE, FILE(2, 100).replace(/^old.*\n/m, ''), {
    'if-match': created.headers.get('etag') ?? '',
  })
  expect([changed.status, changed.json.serial]).toEqual([200, 2])
  expect((await call('PUT', ZONE, FILE(3, 1), { 'if-match': created.headers.get('etag') ?? '' })).status).toBe(412)
  await eventually(async () => expect(await isolate.ask('old.demo.example')).toBe('NXDOMAIN'))
  const explained = await call('GET', '/explain?name=www.demo.example&client=192.0.2.77')
  expect(explained.json.answers.map((answer: { probability: string }) => answer.probability)).toEqual([
    '1/101',
    '100/101',
  ])

  const { zones } = (await call('GET', '/zones')).json
  expect(zones.find(({ origin }: { origin: string }) => origin === 'demo.example')).toMatchObject({
    serial: 2,
    author: 'API_KEY',
  })

  const { changes } = (await call('GET', `${ZONE}/history`)).json
  const [newest, first] = changes.map(({ id }: { id: number }) => id)
  const past = await call('GET', `${ZONE}/history/${newest}`)
  expect(past.json.diff).toContain('\n-old IN A 192.0.2.9\n')
  const back = await call('POST', `${ZONE}/rollback`, JSON.stringify({ to: first, reason: 'too much' }), {
    'content-type': 'application/json',
  })
  expect(back.status).toBe(200)
  await eventually(async () => expect(await isolate.ask('old.demo.example')).toBe('192.0.2.9'))

  expect((await call('DELETE', ZONE)).status).toBe(204)
  await eventually(async () => expect(await isolate.ask('old.demo.example')).toBe('REFUSED'))
  expect((await call('GET', ZONE)).status).toBe(404)
})

test('of changes at once of one version, one is taken, and the others are refused', async () => {
  const { headers } = await call('PUT', '/zones/race.example', FILE(1, 2).replaceAll('demo', 'race'))
  const etag = headers.get('etag') ?? ''
  const writes = Array.from({ length: 20 }, (_, i) =>
    call('PUT', '/zones/race.example', FILE(2 + i, 3 + i).replaceAll('demo', 'race'), { 'if-match': etag }),
  )
  const statuses = (await Promise.all(writes)).map(({ status }) => status)
  expect(statuses.toSorted()).toEqual([200, ...Array(19).fill(412)])
})

test('a wrong key, a wrong method and an unknown path have a reason', async () => {
  for (const [method, path, status] of [
    ['PATCH', '/zones', 405],
    ['POST', ZONE, 405],
    ['GET', `${ZONE}/check`, 405],
    ['GET', `${ZONE}/nothing`, 404],
  ] as const) {
    const found = await call(method, path)
    expect([path, found.status, found.headers.get('content-type')]).toEqual([path, status, 'application/problem+json'])
    if (status === 405) expect(found.headers.get('allow')).toMatch(/^(GET|POST)/)
  }
  expect((await call('GET', '/zones', undefined, { 'x-api-key': 'wrong' })).status).toBe(401)
})
