import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type Location, pack, RangeList } from '../../src/geo/index.ts'
import { GEO_KEY } from '../../src/store/index.ts'
import worker from './bundle/main.ts'
import { base64url, data, decode, EXAMPLE, publish, query, type Subnet } from './support.ts'

/** Returns a database in which only 203.0.113.0/24 has a location, `place`. */
function databaseOf(place: Location, most?: number): Uint8Array[] {
  const v4 = new RangeList(1)
  v4.add([0], 0, 0)
  v4.add([0xcb007100], 0, 1)
  v4.add([0xcb007200], 0, 0)
  const v6 = new RangeList(4)
  v6.add([0, 0, 0, 0], 0, 0)
  return pack({ v4, v6, places: [{}, place] }, ['country'], most)
}

async function put(key: string, values: readonly (Uint8Array | string)[]): Promise<void> {
  const keys = values.map((_, i) => (i === 0 ? key : `${key}:${i + 1}`))
  for (const [i, value] of values.entries()) await env.GSLB.put(keys[i] as string, value)
  const manifest = { keys, bytes: 0, put: '2026-11-22T00:00:00.000Z', sources: [], fields: ['country'] }
  await env.GSLB.put(GEO_KEY, JSON.stringify(manifest))
}

const reads: string[] = []
let broken = false
const counted = new Proxy(env.GSLB, {
  get(target, property) {
    const member = Reflect.get(target, property)
    if (typeof member !== 'function') return member
    return (key: unknown, ...rest: unknown[]) => {
      if (typeof key === 'string' && key.startsWith('geo')) {
        reads.push(key)
        if (broken) throw new Error('KV is down')
      }
      return member.call(target, key, ...rest)
    }
  },
})

type Asked = { readonly cf?: unknown; readonly subnet?: Subnet }

/** Sends one query at a simulated time. */
async function askAt(seconds: number, { cf, subnet }: Asked, name = 'www.geo.example') {
  vi.setSystemTime(1_700_000_000_000 + seconds * 1000)
  const context = createExecutionContext()
  const url = `https://gslb.test/dns-query?dns=${base64url(query(name, 'A', subnet ? { subnet } : {}))}`
  const request = new Request(url, {
    headers: { 'CF-Connecting-IP': '198.51.100.7' },
    cf: cf as RequestInitCfProperties,
  })
  const response = await worker.fetch(
    request as Request<unknown, IncomingRequestCfProperties>,
    { ...env, GSLB: counted, REFRESH_SECONDS: '30' },
    context,
  )
  await waitOnExecutionContext(context)
  const cache = response.headers.get('cache-control')
  const reply = await decode(response)
  const options = reply.additionals?.flatMap((record) => (record.type === 'OPT' ? record.options : [])) ?? []
  const ecs = options.find((option) => option.code === 8) as { scopePrefixLength: number } | undefined
  return { data: data(reply), cache, scope: ecs?.scopePrefixLength }
}

const ZONE = {
  ...EXAMPLE,
  origin: 'geo.example',
  records: {
    '@': { NS: 'ns' },
    ns: { A: '192.0.2.53' },
    www: { A: { kind: 'geo', countries: { DE: '192.0.2.1', US: '192.0.2.2' }, otherwise: '192.0.2.9' } },
  },
}

const NETWORK: Asked = { subnet: { ip: '203.0.113.0', length: 24 } }

// One test in order, since all steps share the isolate's copy.
test('locations are known from the first query on, and follow the database in KV', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  await publish(EXAMPLE, ZONE)

  // A zone without locations reads no database.
  await askAt(0, {}, 'ns.example.com')
  expect(reads).toEqual([])

  // Without a database the location of a Client Subnet is unknown.
  expect(await askAt(1, { ...NETWORK, cf: { country: 'DE' } })).toEqual({
    data: ['192.0.2.9'],
    cache: 'public, max-age=300',
    scope: 0,
  })
  expect(reads).toEqual(['geo'])

  // The connection has the location from Cloudflare, for itself alone.
  expect(await askAt(2, { cf: { country: 'DE' } })).toEqual({ data: ['192.0.2.1'], cache: 'private, max-age=300' })
  expect(await askAt(2, { cf: { country: 'US' } })).toMatchObject({ data: ['192.0.2.2'] })
  expect(await askAt(2, { cf: { country: 'T1' } })).toMatchObject({
    data: ['192.0.2.9'],
    cache: 'private, max-age=300',
  })
  expect(await askAt(2, {})).toMatchObject({ data: ['192.0.2.9'], cache: 'private, max-age=300' })
  const optedOut = { subnet: { ip: '0.0.0.0', length: 0 }, cf: { country: 'DE' } }
  expect(await askAt(2, optedOut)).toEqual({ data: ['192.0.2.1'], cache: 'private, max-age=300', scope: 0 })

  // A database is found within ten minutes, behind an answer.
  await put('geo:one', databaseOf({ country: 'DE' }))
  for (let seconds = 3; seconds < 600; seconds += 10) await askAt(seconds, NETWORK)
  expect(reads).toEqual(['geo'])
  expect(await askAt(602, NETWORK)).toMatchObject({ data: ['192.0.2.9'] })
  expect(reads).toEqual(['geo', 'geo', 'geo:one'])
  expect(await askAt(603, NETWORK)).toEqual({ data: ['192.0.2.1'], cache: 'public, max-age=300', scope: 24 })
  expect(await askAt(603, { subnet: { ip: '10.0.0.0', length: 8 } })).toMatchObject({ data: ['192.0.2.9'], scope: 1 })

  // An unchanged database is not read again. No query waits for a new one, not even after a long silence.
  reads.length = 0
  await askAt(1300, NETWORK)
  expect(reads).toEqual(['geo'])
  await put('geo:two', databaseOf({ country: 'US' }, 100))
  expect(await askAt(100_000, NETWORK)).toMatchObject({ data: ['192.0.2.1'] })
  expect(reads.slice(1)).toEqual(['geo', 'geo:two:3', 'geo:two', 'geo:two:2'])
  expect(await askAt(100_001, NETWORK)).toMatchObject({ data: ['192.0.2.2'] })

  // A database with a missing part is read again later.
  await put('geo:late', databaseOf({ country: 'DE' }, 100))
  const errors = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => errors.mockRestore())
  await env.GSLB.delete('geo:late:3')
  reads.length = 0
  await askAt(100_700, NETWORK)
  expect(await askAt(100_701, NETWORK)).toMatchObject({ data: ['192.0.2.2'] })
  // The value that is written last is read first, so that the large others are not read repeatedly.
  expect(reads).toEqual(['geo', 'geo:late:3', 'geo', 'geo:late:3'])
  expect(errors.mock.calls.splice(0).map(([line]) => JSON.parse(String(line)).why)).toEqual([
    'the database geo:late:3 is not in KV, or not everywhere yet',
    'the database geo:late:3 is not in KV, or not everywhere yet',
  ])
  await put('geo:two', databaseOf({ country: 'US' }, 100))

  // After a failed read or a damaged value the last valid database stays, and the log has the reason.
  broken = true
  expect(await askAt(101_000, NETWORK)).toMatchObject({ data: ['192.0.2.2'] })
  broken = false
  await put('geo:three', ['no database'])
  expect(await askAt(102_000, NETWORK)).toMatchObject({ data: ['192.0.2.2'] })
  expect(await askAt(102_001, NETWORK)).toMatchObject({ data: ['192.0.2.2'] })
  // It is not read again, since the value of its key never changes.
  reads.length = 0
  await askAt(102_700, NETWORK)
  expect(reads).toEqual(['geo'])
  await env.GSLB.put(GEO_KEY, 'no manifest')
  expect(await askAt(103_400, NETWORK)).toMatchObject({ data: ['192.0.2.2'] })
  expect(await askAt(103_401, NETWORK)).toMatchObject({ data: ['192.0.2.2'] })
  const said = errors.mock.calls.map(([line]) => JSON.parse(String(line)))
  expect(said.map(({ event }) => event)).toEqual(['geo-failed', 'geo-failed', 'geo-failed'])
  expect(said.map(({ why }) => why)).toEqual([
    'Error: KV is down',
    expect.stringMatching(/geo:three cannot be used: it is too short/),
    expect.stringMatching(/not what "geo put" writes/),
  ])

  // Without the database locations are unknown again.
  await env.GSLB.delete(GEO_KEY)
  await askAt(104_000, NETWORK)
  expect(await askAt(104_001, NETWORK)).toMatchObject({ data: ['192.0.2.9'], scope: 0 })
})
