import fc from 'fast-check'
import { Reader } from 'mmdb-lib'
import { describe, expect, test } from 'vitest'
import { readMmdb } from '../../../src/cli/geo/mmdb.ts'
import { Database, FIELDS, type Location, mergeSurveys, NO_DATABASE, pack, RangeList } from '../../../src/geo/index.ts'
import { formatAddress } from '../../../src/net/index.ts'
import { runCount } from '../../effort.ts'
import { address, must } from '../support.ts'
import { writeMmdb } from './mmdb-writer.ts'
import { AUSTIN, BERLIN, databaseOf, MUNICH, maxmind, type Rows, SYDNEY } from './support.ts'

const ROWS: Rows = [
  ['192.0.2.0/24', MUNICH],
  ['192.0.2.128/25', BERLIN],
  ['198.51.100.0/24', { country: 'FR', continent: 'EU' }],
  ['2001:db8::/32', AUSTIN],
  ['2001:db8:0:1::/64', SYDNEY],
  ['2001:db8:ffff::1/128', { asn: 64_496 }],
]

const found = (database: Database, text: string) => database.lookup(address(text))

describe('a MaxMind database is converted', () => {
  test.each([24, 28, 32] as const)('with records of %i bits', (recordSize) => {
    const bytes = writeMmdb(
      ROWS.map(([network, place]) => [network, maxmind(place)]),
      { recordSize },
    )
    // The writer of the tests is right where another reader reads the same.
    expect(new Reader(bytes).get('192.0.2.1')).toEqual(maxmind(MUNICH))
    expect(new Reader(bytes).metadata).toMatchObject({ recordSize, ipVersion: 6, databaseType: 'Test-City' })
    const database = databaseOf(ROWS, undefined, { recordSize })
    expect(found(database, '192.0.2.1')).toEqual({ place: MUNICH, prefixLength: 25 })
    expect(found(database, '192.0.2.200')).toEqual({ place: BERLIN, prefixLength: 25 })
    expect(found(database, '192.0.3.1')).toEqual({ place: {}, prefixLength: 24 })
    expect(found(database, '::ffff:192.0.2.1')).toEqual({ place: MUNICH, prefixLength: 121 })
    expect(found(database, '2001:db8:0:1::5')).toEqual({ place: SYDNEY, prefixLength: 64 })
    expect(found(database, '2001:db8:ffff::1')).toEqual({ place: { asn: 64_496 }, prefixLength: 128 })
    expect(found(database, '2001:db9::')).toEqual({ place: {}, prefixLength: 32 })
  })

  test('a database for IPv4 only leaves IPv6 unknown', () => {
    const database = databaseOf([['10.0.0.0/8', MUNICH]], undefined, { ipVersion: 4 })
    expect(found(database, '10.1.2.3')).toEqual({ place: MUNICH, prefixLength: 8 })
    expect(found(database, '11.1.2.3')).toEqual({ place: {}, prefixLength: 8 })
    expect(found(database, '2001:db8::')).toEqual({ place: {}, prefixLength: 0 })
  })

  test('IPv4 that the tree repeats inside IPv6 is left out of IPv6', () => {
    const aliases = ['2002::/16', '2001::/32']
    const database = databaseOf([['192.0.2.0/24', MUNICH]], undefined, { aliases })
    expect(found(database, '192.0.2.1').place).toEqual(MUNICH)
    expect(found(database, '2002:c000:0201::').place).toEqual({})
    expect(database.summary.ranges6).toBe(1)
  })

  test('a network around all of IPv4, or of everything', () => {
    const wide = databaseOf([['::/64', MUNICH]])
    expect([found(wide, '10.0.0.1').place, found(wide, '::1:0:0:1').place, found(wide, '1::').place]).toEqual([
      MUNICH,
      MUNICH,
      {},
    ])
    expect(found(databaseOf([['::/0', MUNICH]]), '10.0.0.1')).toEqual({ place: MUNICH, prefixLength: 0 })
  })

  test('neighbours that differ in left-out fields only become one range', () => {
    const database = databaseOf(ROWS, ['country'])
    expect(found(database, '192.0.2.1')).toEqual({ place: { country: 'DE' }, prefixLength: 24 })
    expect(found(database, '2001:db8:ffff::1')).toEqual({ place: {}, prefixLength: 128 })
    expect(database.summary.fields).toEqual(['country'])
  })

  test('other databases have other field names', () => {
    const flat = {
      continent: 'EU',
      country: 'de',
      region_code: 'by',
      city: 'Munich',
      asn: 'AS64496',
      lat: '48.5',
      lng: '11',
    }
    const bytes = writeMmdb([
      ['192.0.2.0/24', flat],
      ['198.51.100.0/24', { continent_code: 'NA', country_code: 'US', latitude: 1.25, longitude: -2.5 }],
      ['203.0.113.0/24', { country: 'XX', continent: 'EUROPE', asn: 0, latitude: 91, longitude: 0 }],
    ])
    const { places } = must(readMmdb(bytes))
    expect(places.slice(1)).toEqual([
      { ...MUNICH, asn: 64_496, latitude: 48.5, longitude: 11 },
      { continent: 'NA', country: 'US', latitude: 1.25, longitude: -2.5 },
      {},
    ])
  })

  test('two databases merged: of a field in both, the first counts', () => {
    const survey = (rows: Rows) => must(readMmdb(writeMmdb(rows.map(([net, place]) => [net, maxmind(place)]))))
    const cities = survey([['192.0.2.0/24', MUNICH]])
    const systems = survey([
      ['192.0.0.0/16', { asn: 64_496, country: 'FR' }],
      ['192.0.2.64/26', { asn: 64_497 }],
      ['2001:db8::/32', { asn: 64_498 }],
    ])
    const packed = pack(mergeSurveys(cities, systems), ['country', 'asn'])
    const database = must(Database.open(packed.map(({ buffer }) => buffer as ArrayBuffer)))
    expect(found(database, '192.0.1.1').place).toEqual({ country: 'FR', asn: 64_496 })
    expect(found(database, '192.0.2.1').place).toEqual({ country: 'DE', asn: 64_496 })
    expect(found(database, '192.0.2.100')).toEqual({ place: { country: 'DE', asn: 64_497 }, prefixLength: 26 })
    expect(found(database, '2001:db8::1').place).toEqual({ asn: 64_498 })
  })
})

test('any address: the same location as mmdb-lib finds', () => {
  const place = fc.constantFrom<Location>(MUNICH, BERLIN, AUSTIN, SYDNEY, {}, { asn: 64_496 })
  const v4 = fc.tuple(fc.nat({ max: 255 }), fc.integer({ min: 1, max: 14 })).map(([a, n]) => `${a}.${a ^ 85}.0.0/${n}`)
  const v6 = fc
    .tuple(fc.nat({ max: 65_535 }), fc.integer({ min: 17, max: 128 }))
    .map(([a, n]) => `2a${(a & 255).toString(16).padStart(2, '0')}:${a.toString(16)}::${a.toString(16)}/${n}`)
  const rows = fc.array(fc.tuple(fc.oneof(v4, v6), place), { maxLength: 12 })
  const octets = (count: number) => fc.uint8Array({ minLength: count, maxLength: count })
  const some4 = octets(4).map((bytes) => ({ family: 1 as const, bytes }))
  const some6 = octets(16).map((bytes) => ({ family: 2 as const, bytes: bytes.with(0, 0x2a) }))
  fc.assert(
    fc.property(rows, fc.array(fc.oneof(some4, some6), { minLength: 20, maxLength: 20 }), (list, clients) => {
      const unique = [...new Map(list).entries()]
      const bytes = writeMmdb(unique.map(([network, where]) => [network, maxmind(where)]))
      const reader = new Reader(bytes)
      const database = databaseOf(unique)
      const own = unique.map(([network]) => address((network as string).split('/')[0] as string))
      for (const client of [...clients, ...own]) {
        const text = formatAddress(client)
        expect(maxmind(database.lookup(client).place)).toEqual(reader.get(text) ?? {})
      }
    }),
    { numRuns: runCount(100) },
  )
})

test('a database in several values is the same', () => {
  const networks = Array.from({ length: 300 }, (_, i) => [`10.${i % 7}.${i % 256}.0/${20 + (i % 9)}`, i % 5] as const)
  const rows = [...new Map(networks)].map(([network, i]): Rows[number] => [
    network,
    [MUNICH, BERLIN, AUSTIN, SYDNEY, {}][i] as Location,
  ])
  const survey = must(readMmdb(writeMmdb([...ROWS, ...rows].map(([network, place]) => [network, maxmind(place)]))))
  const whole = databaseOf([...ROWS, ...rows])
  const values = pack(survey, FIELDS, 1000)
  expect(values.length).toBeGreaterThan(3)
  for (const { length } of values.slice(0, -1)) expect(length).toBeLessThanOrEqual(1000)
  const database = must(Database.open(values.map(({ buffer }) => buffer as ArrayBuffer)))
  for (const [network] of [...ROWS, ...rows]) {
    const text = network.split('/')[0] as string
    expect(found(database, text)).toEqual(found(whole, text))
  }
})

test('more locations than 16 bits can count', () => {
  const v4 = new RangeList(1)
  const places: Location[] = [{}]
  for (let i = 0; i < 70_000; i++) v4.add([i << 8], 0, places.push({ asn: i + 1 }) - 1)
  v4.add([70_000 << 8], 0, 0)
  const v6 = new RangeList(4)
  v6.add([0, 0, 0, 0], 0, 0)
  v6.add([0x20010db8, 0x00010000, 0, 0], 0, 70_000)
  v6.add([0x20010db8, 0x00020000, 0, 0], 0, 0)
  const values = pack({ v4, v6, places }, ['asn'])
  const database = must(Database.open(values.map(({ buffer }) => buffer as ArrayBuffer)))
  for (const i of [0, 1, 255, 256, 65_534, 65_535, 65_536, 69_999]) {
    const text = `${i >> 16}.${(i >> 8) & 255}.${i & 255}.9`
    expect(found(database, text)).toEqual({ place: { asn: i + 1 }, prefixLength: 24 })
  }
  expect(found(database, '1.17.112.1').place).toEqual({})
  expect(found(database, '2001:db8:1::1')).toEqual({ place: { asn: 70_000 }, prefixLength: 48 })
  expect(found(database, '2001:db8:2::1').place).toEqual({})
})

describe('damage is reported, and a damaged database never used', () => {
  const survey = must(readMmdb(writeMmdb([['192.0.2.0/24', maxmind(MUNICH)]])))
  const [packed] = pack(survey, ['country', 'city', 'location']) as [Uint8Array]
  const headerOf = (bytes: Uint8Array): number => 20 + 8 * (bytes[16] as number)
  test.each<[string, (bytes: Uint8Array) => Uint8Array, RegExp]>([
    ['cut', (bytes) => bytes.slice(0, -4), /cut/],
    ['longer', (bytes) => Uint8Array.from([...bytes, 0, 0, 0, 0]), /cut/],
    ['nothing', () => new Uint8Array(), /too short/],
    ['text', () => new Uint8Array(Buffer.from('x'.repeat(100))), /not what "geo put" wrote/],
    ['another version', (bytes) => bytes.with(4, 9), /version 9; expected 2/],
    ['a start that is not the first address', (bytes) => bytes.with(headerOf(bytes), 1), /do not fit together/],
    ['a place that no range ends with', (bytes) => bytes.with(headerOf(bytes) + 12, 9), /do not fit together/],
    ['an array that nobody knows', (bytes) => bytes.with(20, 99), /header/],
    ['an array that is there twice', (bytes) => bytes.with(28, 0), /header/],
    ['a part of another', (bytes) => bytes.with(12, 2), /part 0 of 2, not 0 of 1/],
  ])('%s', (_, damage, message) => {
    const opened = Database.open([damage(packed).buffer as ArrayBuffer])
    expect(opened.ok ? '' : opened.error).toMatch(message)
  })
  test('missing values, or values in another order, are refused', () => {
    const values = pack(survey, ['country', 'city', 'location'], 120).map(({ buffer }) => buffer as ArrayBuffer)
    const error = (buffers: readonly ArrayBuffer[]): string => {
      const opened = Database.open(buffers)
      return opened.ok ? '' : opened.error
    }
    expect(values.length).toBeGreaterThan(2)
    expect(error(values)).toBe('')
    expect(error(values.slice(0, -1))).toMatch(/part 0 of \d, not 0 of \d/)
    expect(error(values.toReversed())).toMatch(/part \d of \d, not 0 of \d/)
    expect(error([])).toMatch(/do not fit together/)
  })
  test('any octets: no exception', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => !Database.open([bytes.slice().buffer]).ok))
  })
  test('a file that is not an MMDB is refused', () => {
    const error = (bytes: Buffer): string => {
      const read = readMmdb(bytes)
      return read.ok ? '' : read.error
    }
    expect(error(Buffer.from('hello, world'))).toMatch(/not a MaxMind database/)
    expect(error(Buffer.alloc(0))).toMatch(/not a MaxMind database/)
    const good = writeMmdb([['192.0.2.0/24', maxmind(MUNICH)]], { ipVersion: 4 })
    // A tree that leads back to its own root.
    expect(error(Buffer.concat([Buffer.alloc(3), good.subarray(3)]))).toMatch(/deeper than an address/)
  })
})

test('without a database every location is unknown', () => {
  expect(NO_DATABASE.lookup(address('192.0.2.1'))).toEqual({ place: {} })
  expect(NO_DATABASE.lookup(address('2001:db8::1'))).toEqual({ place: {} })
})
