import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { explainCommand } from '../../../src/cli/explain/explain.ts'
import { geoPut, geoRemove, geoShow } from '../../../src/cli/geo/geo.ts'
import { databaseOfFiles } from '../../../src/cli/geo/source.ts'
import type { BinaryKv, Row } from '../../../src/cli/kv/kv.ts'
import type { Location } from '../../../src/geo/index.ts'
import { err, ok } from '../../../src/result.ts'
import { writeMmdb } from '../geo/mmdb-writer.ts'
import { MUNICH, maxmind, type Rows } from '../geo/support.ts'
import { must } from '../support.ts'
import { folderWith, recorder } from './support.ts'

const mmdb = (rows: Rows, type = 'Test-City', recordSize: 24 | 32 = 24) =>
  writeMmdb(
    rows.map(([network, place]) => [network, maxmind(place)]),
    { type, recordSize },
  )
const CITY = mmdb([
  ['192.0.2.0/24', MUNICH],
  ['2001:db8::/32', { continent: 'OC', country: 'AU' }],
])
const ASN = mmdb([['192.0.2.0/25', { asn: 64_496 }]], 'Test-ASN')

/** KV in memory, with the operations on it. */
function memoryKv(refuse?: string) {
  const values = new Map<string, string | Uint8Array>()
  const log: string[] = []
  const put = (key: string, value: string | Uint8Array) => {
    if (refuse !== undefined && key.startsWith(refuse)) return err('KV is down')
    log.push(`put ${key}`)
    values.set(key, value)
    return ok(true as const)
  }
  const kv: BinaryKv = {
    get: async (key) => ok(values.get(key) as string | undefined),
    getBytes: async (key) => ok((values.get(key) as Uint8Array | undefined)?.slice().buffer as ArrayBuffer | undefined),
    put: async ([row]) => put((row as Row).key, (row as Row).value),
    putBytes: async (key, value) => put(key, value),
    delete: async (keys) => {
      log.push(`delete ${keys.join(' ')}`)
      for (const key of keys) values.delete(key)
      return ok(true)
    },
    close: async () => {},
  }
  return { values, log, target: { open: async () => ok(kv), where: 'local KV' } }
}

test('put, show, put again, remove', async () => {
  const folder = folderWith({ 'city.mmdb': CITY, 'asn.mmdb': ASN })
  const files = [join(folder, 'city.mmdb'), join(folder, 'asn.mmdb')]
  const { values, log, target } = memoryKv()
  const console = recorder()

  expect(await geoShow([], target, console)).toBe(1)
  expect(console.stderr.splice(0)).toEqual([
    'error: local KV has no database; put one with "edge-gslb geo put FILE.mmdb"',
  ])

  expect(await geoPut(files, undefined, target, console)).toBe(0)
  const [first] = [...values.keys()] as [string]
  expect(first).toMatch(/^geo:[0-9a-f]{32}$/)
  expect(log.splice(0)).toEqual([`put ${first}`, 'put geo'])
  expect(console.stdout.splice(0)).toEqual([
    'city.mmdb (Test-City of 2025-10-09) + asn.mmdb (Test-ASN of 2025-10-09): continent, country, region, city, asn, location; 0.4 KiB',
    'put into local KV: 2 KV writes',
  ])

  expect(await geoShow(['192.0.2.1', '192.0.2.200', '2001:db8::1', '10.0.0.1'], target, console)).toBe(0)
  expect(console.stdout.splice(0)).toEqual([
    '192.0.2.0/25  EU DE-BY Munich, AS64496, 48.1374 11.5755',
    '192.0.2.128/25  EU DE-BY Munich, 48.1374 11.5755',
    '2001:db8::/32  OC AU',
    '0.0.0.0/1  nowhere known',
  ])
  expect(await geoShow([], target, console)).toBe(0)
  expect(console.stdout.splice(0).slice(1)).toEqual([
    '4 IPv4 and 3 IPv6 ranges, 4 places by continent, country, region, city, asn, location',
    `0.4 KiB under ${first} in local KV`,
  ])

  // The same database costs no write. A new one keeps the previous one, which isolates may be about to read.
  expect(await geoPut(files, undefined, target, console)).toBe(0)
  expect(log.splice(0)).toEqual([])
  expect(await geoPut(files, 'country, asn', target, console)).toBe(0)
  const second = [...values.keys()].find((key) => key !== first && key !== 'geo')
  expect(log.splice(0)).toEqual([`put ${second}`, 'put geo'])
  expect(await geoPut([files[0] as string], 'country', target, console)).toBe(0)
  expect(log.splice(0).at(-1)).toBe(`delete ${first}`)
  console.stdout.splice(0)

  expect(await geoRemove(target, console)).toBe(0)
  expect([...values.keys()]).toEqual([])
  expect(await geoRemove(target, console)).toBe(0)
  expect(console.stdout.at(-1)).toBe('local KV has no database')
})

test.each([
  ['a file that is not there', ['x.mmdb'], undefined, 1, /x\.mmdb: there is no such file; expected a database/],
  ['a file that is none', ['zone'], undefined, 1, /zone: it is not a MaxMind database .*; expected a whole file like/],
  ['one that is packed', ['asn.gz'], undefined, 1, /asn\.gz: it is compressed; expected the \.mmdb file in it/],
  ['one without its end', ['no-end'], undefined, 1, /no-end: it is not a MaxMind database .*, or its end is missing/],
  ['one without its beginning', ['no-start'], undefined, 1, /no-start: its beginning is missing; expected the whole/],
  ['one without its middle', ['hole'], undefined, 1, /hole: it is a truncated or damaged MaxMind database \(.*\); ex/],
  ['a folder', ['.'], undefined, 1, /it is a folder; expected a database like GeoLite2-City\.mmdb/],
  [
    'one of other things',
    ['vpn.mmdb'],
    undefined,
    1,
    /vpn\.mmdb \(Test-VPN .*: no location has continent, .*; expected a City/,
  ],
  [
    'an unknown field',
    ['asn.mmdb'],
    'asn,zip',
    2,
    /--fields has "zip"; expected some of continent,country,region,city,asn,location/,
  ],
  ['no field', ['asn.mmdb'], ' ', 2, /--fields has " "/],
  [
    'fields that it does not have',
    ['asn.mmdb'],
    'city',
    1,
    /no location has city; expected a City, Country or ASN database/,
  ],
])('%s', async (_, files, fields, status, message) => {
  const vpn = writeMmdb([['192.0.2.0/24', { is_vpn: true }]], { type: 'Test-VPN' })
  const parts = { 'no-end': CITY.subarray(0, -200), 'no-start': CITY.subarray(-400), 'asn.gz': gzipSync(ASN) }
  const hole = Buffer.concat([CITY.subarray(0, 700), CITY.subarray(-240)])
  const folder = folderWith({ 'asn.mmdb': ASN, zone: 'hello', 'vpn.mmdb': vpn, hole, ...parts })
  const { log, target } = memoryKv()
  const console = recorder()
  expect(
    await geoPut(
      files.map((file) => join(folder, file)),
      fields,
      target,
      console,
    ),
  ).toBe(status)
  expect(console.stderr.join()).toMatch(message)
  expect(log).toEqual([])
})

test('fields that a database lacks are reported', async () => {
  const folder = folderWith({ 'asn.mmdb': ASN, 'city.mmdb': CITY })
  const said = async (file: string, fields?: string): Promise<string | undefined> => {
    const console = recorder()
    expect(await geoPut([join(folder, file)], fields, memoryKv().target, console)).toBe(0)
    return console.stdout[2]
  }
  expect(await said('asn.mmdb')).toBe(
    'it has no continent, country, region, city, location: choices by those fields alone match no client',
  )
  expect(await said('city.mmdb')).toBe('it has no asn: choices by those fields alone match no client')
  expect(await said('city.mmdb', 'country,asn')).toBe('it has no asn: choices by those fields alone match no client')
  expect(await said('city.mmdb', 'country')).toBe(undefined)
})

test('a failed write leaves the previous database', async () => {
  const folder = folderWith({ 'city.mmdb': CITY })
  const { values, target } = memoryKv('geo:')
  const console = recorder()
  expect(await geoPut([join(folder, 'city.mmdb')], undefined, target, console)).toBe(1)
  expect(console.stderr).toEqual(['error: KV is down; KV still has the previous database'])
  expect(values.size).toBe(0)
})

const longNames = (count: number): string => {
  const rows: Rows = Array.from({ length: count }, (_, i): [string, Location] => [
    `10.${i >> 8}.${i & 255}.0/24`,
    { continent: 'EU', country: 'DE', city: `${i} `.repeat(6000) },
  ])
  return join(folderWith({ 'city.mmdb': mmdb(rows, 'Test-City', 32) }), 'city.mmdb')
}

test.each([
  [1150, /2[5-9]\.\d MiB/],
  [2100, /[45]\d\.\d MiB/],
])('a database with %i texts is refused: they are too long for a value', async (count, size) => {
  const { log, target } = memoryKv()
  const console = recorder()
  expect(await geoPut([longNames(count)], undefined, target, console)).toBe(1)
  expect(console.stderr.join()).toMatch(
    /^error: with continent, country, city the database has .*; expected at most 42\.0 MiB, .*; leave out .*--fields continent,country \(\d+\.\d KiB\)$/,
  )
  expect(console.stderr.join()).toMatch(size)
  expect(log).toEqual([])
})

test('a database that is larger than a value of KV is stored in several values', async () => {
  const many = (from: number): Rows =>
    Array.from({ length: 12 }, (_, i): [string, Location] => [`10.${i}.0.0/16`, { city: `${from + i}` }])
  const files = [0, 100].map((from) => join(folderWith({ 'city.mmdb': mmdb(many(from)) }), 'city.mmdb'))
  const { values, log, target } = memoryKv()
  const console = recorder()
  expect(await geoPut([files[0] as string], undefined, target, console, 200)).toBe(0)
  const first = [...values.keys()].filter((key) => key !== 'geo')
  expect(first.length).toBeGreaterThan(1)
  expect(first.slice(1)).toEqual(first.slice(1).map((_, i) => `${first[0]}:${i + 2}`))
  expect(log.splice(0)).toEqual([...first, 'geo'].map((key) => `put ${key}`))
  expect(console.stdout.at(-2)).toBe(`put into local KV: ${first.length + 1} KV writes`)
  expect(await geoShow(['10.7.0.1'], target, console)).toBe(0)
  expect(console.stdout.at(-1)).toBe('10.7.0.0/16  7')

  // A missing value is reported. The values before the previous ones are deleted together.
  values.delete(first[1] as string)
  expect(await geoShow([], target, console)).toBe(1)
  expect(console.stderr.at(-1)).toBe(`error: KV has no ${first[1]}, which the key "geo" names; put it again`)
  expect(await geoPut([files[1] as string], undefined, target, console, 200)).toBe(0)
  log.splice(0)
  expect(await geoPut([join(folderWith({ 'city.mmdb': CITY }), 'city.mmdb')], undefined, target, console)).toBe(0)
  expect(log.at(-1)).toBe(`delete ${first.join(' ')}`)
  expect(await geoRemove(target, console)).toBe(0)
  expect([...values.keys()]).toEqual([])
})

test('explain: a connection from somewhere, and a Client Subnet by a database', async () => {
  const zone = {
    ...{
      origin: 'example.com',
      ttl: 60,
      maps: { m: { datacenters: ['fra', 'syd'], countries: { AU: ['syd', 'fra'] } } },
    },
    soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 },
    records: {
      '@': { NS: 'ns' },
      www: { A: { kind: 'geo', countries: { DE: '192.0.2.1' }, otherwise: '192.0.2.2' } },
      map: { A: { kind: 'datacenters', map: 'm', datacenters: { fra: '192.0.2.1', syd: '192.0.2.2' } } },
      near: {
        A: {
          kind: 'pool',
          select: 'nearest',
          members: [
            { answer: '192.0.2.2', latitude: -33.87, longitude: 151.21 },
            { answer: '192.0.2.1', latitude: 50.11, longitude: 8.68 },
          ],
        },
      },
    },
  }
  const folder = folderWith({ 'zones/example.com.json': JSON.stringify(zone), 'city.mmdb': CITY })
  const database = must(databaseOfFiles([join(folder, 'city.mmdb')]))
  const known = { open: undefined, platform: 'agent', vantages: [], whatIf: { down: [], up: [] }, now: 0 } as const
  const explained = async (name: string, options: object, pattern: RegExp): Promise<string[]> => {
    const console = recorder()
    const all = { client: '203.0.113.7', zones: join(folder, 'zones'), ...options }
    expect(await explainCommand(`${name}.example.com`, 'A', all, known, Math.random, console, database)).toBe(0)
    return (console.stdout.join('\n').match(pattern) ?? []).slice(1)
  }
  const steps = / {2}((?:geo|datacenters|nearest) .*)\n[\s\S]*? {2}(scope .*)\n/
  expect(await explained('www', { cf: '{"country":"DE","city":"Bonn"}' }, steps)).toEqual([
    'geo                the connection comes from DE Bonn: DE decides',
    'scope              scope 0: where this connection comes from decides, for it alone',
  ])
  expect(await explained('www', { ecs: '192.0.2.0/26' }, steps)).toEqual([
    'geo                the network is in EU DE-BY Munich, 48.1374 11.5755: DE decides (scope 24)',
    'scope              scope 24: 192.0.2.0/24',
  ])
  expect((await explained('www', {}, steps))[0]).toBe(
    'geo                nobody knows where the connection comes from: otherwise',
  )
  expect((await explained('map', { ecs: '2001:db8::/56' }, steps))[0]).toBe(
    'datacenters        the network is in OC AU: AU of the map m: syd, fra (scope 32)',
  )
  const lines = / {2}nearest .*: (.*)\n +(2 .*)\n +(1 .*)\n/
  expect(await explained('near', { ecs: '192.0.2.0/24' }, lines)).toEqual([
    'member 2 is the nearest (scope 24)',
    expect.stringMatching(/^2 {2}304\.\d km {4,}50\.11 8\.68$/),
    expect.stringMatching(/^1 {2}16\d+\.\d km {2}-33\.87 151\.21$/),
  ])
  expect(await explained('near', {}, / {2}nearest .*: (.*)\n +(1 .*)\n +(2 .*)\n/)).toEqual([
    'members in their own order',
    '1  -33.87 151.21',
    '2  50.11 8.68',
  ])
  const console = recorder()
  const bad = { client: '203.0.113.7', zones: join(folder, 'zones'), cf: 'DE' }
  expect(await explainCommand('www.example.com', 'A', bad, known, Math.random, console)).toBe(2)
  expect(console.stderr.join()).toMatch(/--cf DE is not a JSON object; expected one like/)
  for (const cf of ['{"land":"DE"}', '{"country":"Germany"}', '{"region":"BY"}']) {
    expect(await explainCommand('www.example.com', 'A', { ...bad, cf }, known, Math.random, console)).toBe(2)
    expect(console.stderr.at(-1)).toContain(`--cf ${cf} has no location; expected one like {"continent":"EU"`)
  }
})
