import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { probabilities } from '../../../src/explain/index.ts'
import {
  type Database,
  type GeoSources,
  greatCircleKm,
  type Location,
  squaredDegrees,
  toLocation,
} from '../../../src/geo/index.ts'
import { Health, liveOverrides, NO_HEALTH } from '../../../src/health/index.ts'
import { type Expression, type Policy, Work } from '../../../src/policy/index.ts'
import { findRrset } from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { policyOf, type Traced, texts, traced } from '../policy/support.ts'
import { address, contextOf, ecsOption, oracle, queryOf, replyTo, seeded, zoneOf } from '../support.ts'
import { issuesOf } from '../zone/support.ts'
import { AUSTIN, BERLIN, databaseOf, MUNICH, type Rows, SYDNEY } from './support.ts'

const NAME = '\x03www\x07example\x03com\0'
const ip = (i: number): string => `192.0.2.${i + 1}`

function decide(policy: Policy, client: string, places: GeoSources, health = NO_HEALTH, seed = 1): Traced {
  return traced(policy, {
    client: address(client),
    health,
    places,
    random: seeded(seed),
    work: new Work(),
    name: NAME,
  })
}

const at = (place: Location): GeoSources => ({ connection: place })
const down = (...targets: string[]): Health =>
  new Health([], liveOverrides(targets.map((target) => ({ target, force: 'down', by: 'test', why: 'test' }))), 0)

/** The policy of the A records of `www` in a zone with maps. */
function inZone(answer: unknown, maps: unknown = {}): Policy {
  const zone = zoneOf({ '@': { NS: 'ns' }, www: { A: answer } }, { maps })
  return findRrset(zone.names.find(NAME) as never, 1)?.policy as Policy
}

// --- geo ------------------------------------------------------------------------------------------------------------

describe('geo: the finest level with an entry for the location decides', () => {
  const policy = policyOf({
    kind: 'geo',
    asns: { AS64496: ip(0), '64497': ip(1) },
    cities: { 'de/MUNICH': ip(2), 'US-TX/Austin': ip(3) },
    regions: { 'de-by': ip(4), 'US-TX': ip(5) },
    countries: { DE: ip(6), as: ip(7) },
    continents: { EU: ip(8), AS: ip(9), NA: ip(10) },
    otherwise: ip(11),
  })
  test.each<[string, Location, number, string | null]>([
    ['an autonomous system before all', { ...MUNICH, asn: 64_496 }, 0, 'AS64496'],
    ['a number without AS', { asn: 64_497 }, 1, 'AS64497'],
    ['another system', { ...MUNICH, asn: 64_498 }, 2, 'DE/Munich'],
    ['a city of a country', { ...MUNICH, city: 'MUNICH' }, 2, 'DE/MUNICH'],
    ['a city of a subdivision', AUSTIN, 3, 'US-TX/Austin'],
    ['the same city elsewhere', { ...AUSTIN, region: 'MN' }, 10, 'NA'],
    ['another city: its region', { ...MUNICH, city: 'Augsburg' }, 4, 'DE-BY'],
    ['an unknown city', { continent: 'EU', country: 'DE', region: 'BY' }, 4, 'DE-BY'],
    ['another region: the country', BERLIN, 6, 'DE'],
    ['a country without more', { country: 'DE' }, 6, 'DE'],
    ['another country: the continent', { continent: 'EU', country: 'FR' }, 8, 'EU'],
    ['an unknown country', { continent: 'EU' }, 8, 'EU'],
    ['American Samoa is not Asia', { continent: 'OC', country: 'AS' }, 7, 'AS'],
    ['Asia is not American Samoa', { continent: 'AS', country: 'JP' }, 9, 'AS'],
    ['another continent', SYDNEY, 11, null],
    ['a region without its country', { region: 'BY' }, 11, null],
    ['nothing known', {}, 11, null],
  ])('%s', (_, place, branch, matched) => {
    const decision = decide(policy, '192.0.2.1', at(place))
    expect(texts(decision)).toEqual([ip(branch)])
    expect(decision.trace[0]).toMatchObject({ step: 'geo', matched, from: 'connection', scope: 0 })
  })

  test('networks decide before locations, for connections and for subnets', () => {
    const steered = policyOf({
      kind: 'geo',
      networks: { '10.0.0.0/8': ip(0), '10.1.0.0/16': ip(1) },
      countries: { DE: ip(2) },
      otherwise: ip(3),
    })
    const database = databaseOf([['10.0.0.0/7', MUNICH]])
    for (const [client, branch, scope] of [
      ['10.2.0.1', 0, 15],
      ['10.1.0.1', 1, 16],
      ['11.0.0.1', 2, 8],
      ['12.0.0.1', 3, 6],
    ] as const) {
      expect(texts(decide(steered, client, at(client.startsWith('12') ? {} : MUNICH)))).toEqual([ip(branch)])
      const decision = decide(steered, client, { database })
      expect([texts(decision), decision.scope]).toEqual([[ip(branch)], scope])
    }
  })

  test('branches with equal answers limit no scope, and a choice of one is static', () => {
    const answer: Expression = { kind: 'random', of: [ip(0), ip(1)] }
    const same = policyOf({ kind: 'geo', countries: { DE: answer, US: answer }, otherwise: answer })
    expect(same.kind).toBe('random')
    const two = policyOf({
      kind: 'geo',
      countries: { DE: ip(0), AT: ip(0) },
      regions: { 'DE-BY': ip(0) },
      otherwise: ip(1),
    })
    const database = databaseOf([
      ['10.0.0.0/9', MUNICH],
      ['10.128.0.0/10', { country: 'AT' }],
      ['10.192.0.0/10', BERLIN],
    ])
    expect(decide(two, '10.0.0.1', { database })).toMatchObject({ scope: 8 })
  })

  test('a client that the request does not locate is looked up, with scope 0', () => {
    const database = databaseOf([['198.51.100.0/24', MUNICH]])
    expect(decide(policy, '198.51.100.1', { connection: {}, database })).toMatchObject({ scope: 0 })
    expect(texts(decide(policy, '198.51.100.1', { connection: {}, database }))).toEqual([ip(2)])
  })

  test('without a database the location of a subnet is unknown', () => {
    for (const client of ['198.51.100.1', '2001:db8::1']) {
      expect(texts(decide(policy, client, {}))).toEqual([ip(11)])
      expect(decide(policy, client, {}).scope).toBe(0)
    }
  })
})

test('all clients in the scope get the same answer, and with one bit less they do not', () => {
  const place = fc.constantFrom<Location>(MUNICH, BERLIN, AUSTIN, SYDNEY, { ...AUSTIN, asn: 64_496 }, {})
  const branch = fc.nat({ max: 2 }).map(ip)
  const keyed = (...keys: string[]) => fc.dictionary(fc.constantFrom(...keys), branch, { maxKeys: 3 })
  const geo = fc.record({
    kind: fc.constant('geo' as const),
    networks: keyed('32.0.0.0/3', '32.0.0.0/5', '128.0.0.0/2', '7.0.0.0/8'),
    asns: keyed('64496'),
    cities: keyed('DE/Munich', 'US-TX/Austin'),
    regions: keyed('DE-BY', 'DE-BE'),
    countries: keyed('DE', 'US', 'AU'),
    continents: keyed('EU', 'OC'),
    otherwise: branch,
  })
  const net = fc.tuple(fc.nat({ max: 255 }), fc.integer({ min: 1, max: 8 })).map(([a, n]) => `${a}.0.0.0/${n}`)
  fc.assert(
    fc.property(geo, fc.array(fc.tuple(net, place), { maxLength: 10 }), (expression, rows) => {
      const policy = policyOf(expression)
      const database = databaseOf([...new Map(rows)])
      const decisions = Array.from({ length: 256 }, (_, i) => decide(policy, `${i}.0.0.0`, { database }))
      const answers = decisions.map((decision) => texts(decision).join())
      const block = (i: number, length: number) => {
        const size = 2 ** (8 - length)
        const first = Math.floor(i / size) * size
        return new Set(answers.slice(first, first + size))
      }
      decisions.forEach(({ scope }, i) => {
        expect(block(i, scope).size).toBe(1)
        if (scope > 0) expect(block(i, scope - 1).size).toBeGreaterThan(1)
      })
    }),
    { numRuns: runCount(60) },
  )
})

// --- maps of datacenters ----------------------------------------------------------------------------------------------

const MAPS = {
  world: {
    datacenters: ['fra', 'nyc', 'sin'],
    coordinates: { fra: [50.11, 8.68], nyc: [40.71, -74.01], sin: [1.35, 103.82] },
    auto: 2,
    networks: { '10.0.0.0/8': ['sin'], '10.1.0.0/16': [] },
    asns: { AS64496: ['nyc', 'fra'] },
    countries: { US: ['nyc'], AU: 'auto' },
    continents: { EU: ['fra', 'sin'] },
  },
  plain: { datacenters: ['fra', 'nyc', 'sin'], countries: { US: ['nyc', 'fra'] } },
}
const DATACENTERS = { fra: ip(0), nyc: { answer: ip(1) }, sin: ip(2) }
const mapped = (map: string, more: object = {}): Policy =>
  inZone({ kind: 'datacenters', map, check: { kind: 'tcp', port: 80 }, datacenters: DATACENTERS, ...more }, MAPS)

describe('a map of datacenters', () => {
  const orderOf = (policy: Policy, client: string, places: GeoSources) => {
    const step = decide(policy, client, places).trace[0]
    return step?.step === 'datacenters' ? [step.order.join(' '), step.matched] : undefined
  }
  test.each<[string, string, Location, string, string | null]>([
    ['as written for the country', '192.0.2.1', AUSTIN, 'nyc', 'US'],
    ['for the continent', '192.0.2.1', MUNICH, 'fra sin', 'EU'],
    ['auto in the map, cut at the limit', '192.0.2.1', SYDNEY, 'sin nyc', 'AU: auto'],
    ['auto where nothing is written', '192.0.2.1', { latitude: -23.5, longitude: -46.6 }, 'nyc fra', 'auto'],
    ['no coordinates: all, in their order', '192.0.2.1', { country: 'JP' }, 'fra nyc sin', null],
    ['auto without coordinates', '192.0.2.1', { country: 'AU' }, 'fra nyc sin', 'AU'],
    ['a network before the place', '10.2.0.1', AUSTIN, 'sin', '10.0.0.0/8'],
    ['an autonomous system before the country', '192.0.2.1', { ...AUSTIN, asn: 64_496 }, 'nyc fra', 'AS64496'],
  ])('%s', (_, client, place, order, matched) => {
    expect(orderOf(mapped('world'), client, at(place))).toEqual([order, matched])
  })

  test('an empty order is NODATA, with the scope of its network', () => {
    const policy = mapped('world')
    expect(decide(policy, '10.1.0.1', { database: databaseOf([]) })).toMatchObject({ rdatas: [], scope: 16 })
    expect(probabilities(policy, { client: address('10.1.0.1'), health: NO_HEALTH, name: NAME }).empty?.valueOf()).toBe(
      1,
    )
  })

  test('the first datacenter that is up answers; if all are down, the first, or whenDown', () => {
    const policy = mapped('plain')
    const picks = (health: Health, place: Location) => texts(decide(policy, '192.0.2.1', at(place), health))
    expect(picks(NO_HEALTH, AUSTIN)).toEqual([ip(1)])
    expect(picks(down('192.0.2.2:80'), AUSTIN)).toEqual([ip(0)])
    expect(picks(down('192.0.2.2:80', '192.0.2.1:80'), AUSTIN)).toEqual([ip(1)])
    expect(picks(down('192.0.2.1:80', '192.0.2.2:80'), {})).toEqual([ip(2)])
    const backup = mapped('plain', { whenDown: { answer: ip(9) } })
    const dead = down('192.0.2.1:80', '192.0.2.2:80')
    expect(texts(decide(backup, '192.0.2.1', at(AUSTIN), dead))).toEqual([ip(9)])
  })

  test('an override takes a datacenter out by its name', () => {
    const override = { pool: 'www.example.com/A', datacenter: 'nyc', force: 'drained', by: 'ann', why: 'test' } as const
    const health = new Health([], liveOverrides([override]), 0)
    expect(texts(decide(mapped('plain'), '192.0.2.1', at(AUSTIN), health))).toEqual([ip(0)])
  })

  test('the scope of an order by distance is exact', () => {
    const database = databaseOf([
      ['10.0.0.0/9', { latitude: 50, longitude: 8 }],
      ['10.128.0.0/10', { latitude: 49, longitude: 9 }],
      ['10.192.0.0/10', { latitude: -33, longitude: 151 }],
    ])
    const maps = { m: { datacenters: ['fra', 'sin'], coordinates: { fra: [50, 8.7], sin: [1.3, 103.8] } } }
    const policy = inZone({ kind: 'datacenters', map: 'm', datacenters: { fra: ip(0), sin: ip(1) } }, maps)
    const near = (client: string) => [
      texts(decide(policy, client, { database })),
      decide(policy, client, { database }).scope,
    ]
    expect(near('10.1.0.1')).toEqual([[ip(0)], 9])
    expect(near('10.129.0.1')).toEqual([[ip(0)], 10])
    expect(near('10.200.0.1')).toEqual([[ip(1)], 10])
  })

  test('branches differ by order: [a, b] is not [b, a]', () => {
    const database = databaseOf([
      ['10.0.0.0/8', AUSTIN],
      ['11.0.0.0/8', { country: 'FR' }],
    ])
    const maps = { m: { datacenters: ['fra', 'nyc'], countries: { US: ['nyc', 'fra'], FR: ['fra', 'nyc'] } } }
    const policy = inZone({ kind: 'datacenters', map: 'm', datacenters: { fra: ip(0), nyc: ip(1) } }, maps)
    expect(decide(policy, '10.0.0.1', { database }).scope).toBe(8)
    // The order for France is the default order, so that its border limits no scope.
    expect(decide(policy, '11.0.0.1', { database }).scope).toBe(8)
    expect(decide(policy, '12.0.0.1', { database }).scope).toBe(6)
  })
})

describe('distances', () => {
  const point = (latitude: number, longitude: number) => ({ latitude, longitude })
  test.each([
    [point(0, 0), point(0, 90), 10_007.5],
    [point(90, 0), point(-90, 77), 20_015.1],
    [point(0, 179), point(0, -179), 222.4],
    [point(50.11, 8.68), point(50.11, 8.68), 0],
    [point(36.12, -86.67), point(33.94, -118.4), 2886.4], // Nashville to Los Angeles, the usual example of haversine
  ])('great circle %j %j: %f km', (a, b, km) => {
    expect(greatCircleKm(a, b)).toBeCloseTo(km, 0)
    expect(greatCircleKm(b, a)).toBe(greatCircleKm(a, b))
  })
  test.each([
    [point(0, 179), point(0, -179), 4],
    [point(60, 0), point(60, 10), 100], // no narrower towards the poles
    [point(-10, 20), point(10, -10), 1300],
    [point(0, 0), point(0, 180), 32_400],
  ])('squared degrees as in PowerDNS %j %j: %f', (a, b, squared) => {
    expect(squaredDegrees(a, b)).toBe(squared)
  })
})

// --- by distance ------------------------------------------------------------------------------------------------------

const CITIES = [
  { answer: ip(0), latitude: 50.11, longitude: 8.68 },
  { answer: ip(1), latitude: 40.71, longitude: -74.01 },
  { answer: ip(2), latitude: 1.35, longitude: 103.82 },
]

describe('pool, select nearest', () => {
  const pool = (more: object = {}): Policy =>
    inZone({ kind: 'pool', select: 'nearest', check: { kind: 'tcp', port: 80 }, members: CITIES, ...more })
  test.each<[Location, number, number]>([
    [MUNICH, 0, 1],
    [AUSTIN, 1, 0],
    [SYDNEY, 2, 1],
    [{}, 0, 1],
  ])('%j', (place, first, second) => {
    expect(texts(decide(pool(), '192.0.2.1', at(place)))).toEqual([ip(first)])
    expect(texts(decide(pool(), '192.0.2.1', at(place), down(`${ip(first)}:80`)))).toEqual([ip(second)])
    expect(new Set(texts(decide(pool({ count: 2 }), '192.0.2.1', at(place))))).toEqual(new Set([ip(first), ip(second)]))
  })
  test('equally near members keep the order of the zone', () => {
    const members = [ip(5), ip(4)].map((answer) => ({ answer, latitude: 1, longitude: 1 }))
    expect(texts(decide(pool({ members }), '192.0.2.1', at(MUNICH)))).toEqual([ip(5)])
  })
  test('the whole order limits the scope if members can go down, else only the answered members do', () => {
    const database = databaseOf([
      ['10.0.0.0/8', MUNICH],
      ['11.0.0.0/8', { latitude: 41, longitude: 29 }],
    ])
    // Both have Frankfurt nearest; the second nearest of Istanbul is Singapore no less than New York of Munich.
    expect(decide(pool(), '10.0.0.1', { database }).trace[0]).toMatchObject({ order: [[0], [1], [2]] })
    expect(decide(pool(), '11.0.0.1', { database }).trace[0]).toMatchObject({ order: [[0], [1], [2]] })
    const far = databaseOf([
      ['10.0.0.0/8', MUNICH],
      ['11.0.0.0/8', { latitude: 25, longitude: 55 }],
    ])
    expect(decide(pool(), '11.0.0.1', { database: far }).trace[0]).toMatchObject({ order: [[0], [2], [1]] })
    expect(decide(pool(), '10.0.0.1', { database: far }).scope).toBe(8)
    expect(decide(pool({ check: undefined }), '10.0.0.1', { database: far }).scope).toBe(0)
  })
})

describe('pool, select pickclosest: PowerDNS', () => {
  const policy = inZone({ kind: 'pool', select: 'pickclosest', members: [ip(0), '198.51.100.1', '203.0.113.1'] })
  const members: Rows = [
    ['192.0.2.0/24', MUNICH],
    ['198.51.100.0/24', AUSTIN],
  ]
  const chances = (places: GeoSources) =>
    [...probabilities(policy, { client: address('10.0.0.1'), health: NO_HEALTH, places, name: NAME }).records].map(
      ([text, chance]) => `${text} ${chance?.toFraction()}`,
    )
  test('the database locates the members, and an unknown location counts as 0 0', () => {
    const database = databaseOf(members)
    expect(chances({ connection: BERLIN, database })).toEqual(['192.0.2.1 1'])
    expect(chances({ connection: { ...AUSTIN, latitude: 19.4 }, database })).toEqual(['198.51.100.1 1'])
    expect(chances({ connection: { latitude: 6.5, longitude: 3.4 }, database })).toEqual(['203.0.113.1 1'])
    expect(chances({ connection: { country: 'DE' }, database })).toEqual(['203.0.113.1 1'])
  })
  test('without a database all members are equally likely', () => {
    const each = ['192.0.2.1 1/3', '198.51.100.1 1/3', '203.0.113.1 1/3']
    expect(chances({})).toEqual(each)
    expect(chances({ connection: MUNICH })).toEqual(each)
  })
  test('its scope is exact', () => {
    const database = databaseOf([...members, ['10.0.0.0/8', BERLIN], ['11.0.0.0/8', MUNICH]])
    expect(decide(policy, '10.0.0.1', { database })).toMatchObject({ scope: 7 })
  })
})

test('the scope does not depend on health', () => {
  const database = databaseOf([
    ['10.0.0.0/9', MUNICH],
    ['10.128.0.0/10', AUSTIN],
    ['11.0.0.0/8', SYDNEY],
    ['12.0.0.0/8', { latitude: 25, longitude: 55 }],
  ])
  const nearest = inZone({ kind: 'pool', select: 'nearest', check: { kind: 'tcp', port: 80 }, members: CITIES })
  const nested = inZone(
    {
      kind: 'geo',
      countries: {
        DE: { kind: 'datacenters', map: 'world', check: { kind: 'tcp', port: 80 }, datacenters: DATACENTERS },
      },
      otherwise: { kind: 'pool', select: 'nearest', check: { kind: 'tcp', port: 80 }, members: CITIES },
    },
    MAPS,
  )
  const some = fc.subarray([ip(0), ip(1), ip(2)].map((target) => `${target}:80`))
  const client = fc.tuple(fc.integer({ min: 9, max: 13 }), fc.nat({ max: 255 })).map(([a, b]) => `${a}.${b}.0.1`)
  fc.assert(
    fc.property(fc.constantFrom(nearest, nested, mapped('world')), client, some, (policy, from, targets) => {
      const health = down(...targets)
      const decision = decide(policy, from, { database }, health)
      expect(decision.scope).toBe(decide(policy, from, { database }).scope)
      // The drawn records are those that have a probability.
      const asked = { client: address(from), health, places: { database }, name: NAME }
      const likely = [...probabilities(policy, asked).records.keys()]
      expect(likely).toEqual(texts(decision))
    }),
    { numRuns: runCount(300) },
  )
})

// --- in replies -------------------------------------------------------------------------------------------------------

describe('in a reply', () => {
  const zone = zoneOf({ www: { A: { kind: 'geo', countries: { DE: ip(0) }, otherwise: ip(1) } } })
  const database: Database = databaseOf([['203.0.113.0/24', MUNICH]])
  const ask = (place: Location, ...networks: string[]) => {
    const options = networks.map(ecsOption)
    const query = queryOf('www.example.com.', 'A', networks.length > 0 ? { options } : {})
    const reply = replyTo(query, contextOf([zone], { place, database }))
    const record = oracle(reply.message).answers?.[0] as { data: string }
    return { data: record.data, scope: reply.response.scope, shareable: reply.shareable }
  }
  test('an answer by the location of the connection is valid for it alone', () => {
    expect(ask(MUNICH)).toEqual({ data: ip(0), scope: 0, shareable: false })
    expect(ask(AUSTIN)).toEqual({ data: ip(1), scope: 0, shareable: false })
  })
  test('a Client Subnet is looked up, not the connection', () => {
    expect(ask(AUSTIN, '203.0.113.0/24')).toEqual({ data: ip(0), scope: 24, shareable: true })
    expect(ask(MUNICH, '203.0.112.0/24')).toEqual({ data: ip(1), scope: 24, shareable: true })
    expect(ask(MUNICH, '10.0.0.0/24')).toEqual({ data: ip(1), scope: 1, shareable: true })
  })
  test('a client that opts out of ECS has the location of its connection', () => {
    expect(ask(MUNICH, '0.0.0.0/0')).toMatchObject({ data: ip(0), scope: 0, shareable: false })
  })
})

// --- what is refused --------------------------------------------------------------------------------------------------

describe('errors are reported with their paths', () => {
  const www = (answer: unknown, maps?: unknown) =>
    issuesOf({
      ...{ origin: 'example.com', ttl: 60, records: { '@': { NS: 'ns' }, www: { A: answer } } },
      soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 },
      ...(maps !== undefined && { maps }),
    })
  const geo = (more: object) => www({ kind: 'geo', otherwise: ip(0), ...more })
  test.each<[string, string[], string[]]>([
    [
      'no otherwise',
      www({ kind: 'geo', countries: { DE: ip(0) } }),
      [
        'records / www / A / otherwise: the field "otherwise" is missing; expected text, a list, or an object with a "kind", like { "kind": "random", "of": ["192.0.2.1"] }',
      ],
    ],
    [
      'a continent',
      geo({ continents: { EUR: ip(1) } }),
      ['records / www / A / continents / EUR: "EUR" is not a continent; expected one of AF, AN, AS, EU, NA, OC, SA'],
    ],
    [
      'a country',
      geo({ countries: { DEU: ip(1) } }),
      ['records / www / A / countries / DEU: "DEU" is not a country of ISO 3166-1; expected two letters like "DE"'],
    ],
    [
      'UK',
      geo({ countries: { uk: ip(1) } }),
      ['records / www / A / countries / uk: "UK" is not in ISO 3166-1; expected "GB"'],
    ],
    [
      'EU',
      geo({ countries: { EU: ip(1) } }),
      ['records / www / A / countries / EU: "EU" is not a country; expected it under "continents", which is Europe'],
    ],
    [
      'a region',
      geo({ regions: { BY: ip(1) } }),
      [
        'records / www / A / regions / BY: "BY" is not a subdivision of ISO 3166-2; expected one like "DE-BY" or "US-CA"',
      ],
    ],
    [
      'a city',
      geo({ cities: { Munich: ip(1) } }),
      [
        'records / www / A / cities / Munich: "Munich" is not a city with its country; expected one like "DE/Munich" or "US-TX/Austin"',
      ],
    ],
    [
      'a system',
      geo({ asns: { AS0: ip(1) } }),
      [
        'records / www / A / asns / AS0: "AS0" is not the number of an autonomous system; expected one like "64496" or "AS64496"',
      ],
    ],
    [
      'twice',
      geo({ countries: { DE: ip(1), de: ip(2) } }),
      ['records / www / A / countries / de: de is here twice, in two spellings; expected it once'],
    ],
    [
      'a network twice',
      geo({ networks: { '2001:db8::/32': ip(1), '2001:DB8::/32': ip(2) } }),
      ['records / www / A / networks / 2001:DB8::/32: 2001:DB8::/32 is here twice, in two spellings; expected it once'],
    ],
    [
      'a network',
      geo({ networks: { '10.0.0.0/33': ip(1) } }),
      [
        'records / www / A / networks / 10.0.0.0/33: "10.0.0.0/33" has no valid prefix length; expected 0 to 32 after the slash',
      ],
    ],
    [
      'an answer inside',
      geo({ countries: { DE: 'x' } }),
      [
        'records / www / A / countries / DE: "x" is not an IP address; expected four numbers like 192.0.2.1, or IPv6 like 2001:db8::1',
      ],
    ],
    [
      'no map',
      www({ kind: 'datacenters', map: 'm', datacenters: {} }),
      ['records / www / A / map: there is no map "m"; the zone has no "maps"'],
    ],
    [
      'another map',
      www({ kind: 'datacenters', map: 'm', datacenters: {} }, { world: { datacenters: ['a'] } }),
      ['records / www / A / map: there is no map "m"; expected one of world'],
    ],
    [
      'a datacenter without an answer',
      www({ kind: 'datacenters', map: 'm', datacenters: { a: ip(0) } }, { m: { datacenters: ['a', 'b'] } }),
      ['records / www / A / datacenters: the datacenter "b" of the map "m" is missing; expected an answer for each'],
    ],
    [
      'a datacenter that is called as every object is',
      www({ kind: 'datacenters', map: 'm', datacenters: {} }, { m: { datacenters: ['constructor'] } }),
      [
        'records / www / A / datacenters: the datacenter "constructor" of the map "m" is missing; expected an answer for each',
      ],
    ],
    [
      'one too many',
      www({ kind: 'datacenters', map: 'm', datacenters: { a: ip(0), b: ip(1) } }, { m: { datacenters: ['a'] } }),
      ['records / www / A / datacenters / b: the map "m" has no datacenter "b"; expected a'],
    ],
    [
      'what is wrong in a datacenter',
      www(
        { kind: 'datacenters', map: 'm', datacenters: { a: 'x', b: { answer: 'y' } } },
        { m: { datacenters: ['a', 'b'] } },
      ),
      [
        'records / www / A / datacenters / a: "x" is not an IP address; expected four numbers like 192.0.2.1, or IPv6 like 2001:db8::1',
        'records / www / A / datacenters / b / answer: "y" is not an IP address; expected four numbers like 192.0.2.1, or IPv6 like 2001:db8::1',
      ],
    ],
    [
      'an order',
      www(ip(0), { m: { datacenters: ['a'], countries: { DE: ['b'] } } }),
      ['maps / m / countries / DE: the map has no datacenter "b"; expected some of a'],
    ],
    [
      'twice in a map',
      www(ip(0), { m: { datacenters: ['a', 'a'] } }),
      ['maps / m / datacenters / 1: "a" is listed twice'],
    ],
    [
      'auto without coordinates',
      www(ip(0), { m: { datacenters: ['a'], auto: 1, countries: { DE: 'auto' } } }),
      [
        'maps / m / auto: nothing is known of where the datacenters are; expected "coordinates" in the map',
        'maps / m / countries / DE: "auto" goes by distance; expected "coordinates" in the map',
      ],
    ],
    [
      'auto for a network',
      www(ip(0), { m: { datacenters: ['a'], coordinates: { a: [1, 2] }, networks: { '10.0.0.0/8': 'auto' } } }),
      ['maps / m / networks / 10.0.0.0/8: a network is at no place; expected a list of datacenters'],
    ],
    [
      'coordinates',
      www(ip(0), { m: { datacenters: ['a'], coordinates: { a: [91, 2] } } }),
      ['maps / m / coordinates / a / 0: 91 is not valid here; expected a latitude in degrees, from -90 to 90'],
    ],
    [
      'another word than auto',
      www(ip(0), { m: { datacenters: ['a'], countries: { DE: 'nearest' } } }),
      [
        'maps / m / countries / DE: "nearest" is not valid here; expected a list of datacenters, like ["fra", "nyc"], or "auto"',
      ],
    ],
    [
      'nearest without coordinates',
      www({ kind: 'pool', select: 'nearest', members: [ip(0), { answer: ip(1), latitude: 1 }] }),
      [
        'records / www / A / members / 0: a member without "latitude" and "longitude"; expected both',
        'records / www / A / members / 1: a member without "latitude" and "longitude"; expected both',
      ],
    ],
    [
      'coordinates for nothing',
      www({ kind: 'pool', members: [{ answer: ip(1), latitude: 1, longitude: 2 }] }),
      ['records / www / A / members / 0: select "random" looks at no coordinates; expected "nearest"'],
    ],
    [
      'pickclosest of no address',
      www({ kind: 'pool', select: 'pickclosest', members: [[ip(0), ip(1)]] }),
      [
        'records / www / A / members / 0: select "pickclosest" goes by where a member\'s address is; expected one address',
      ],
    ],
  ])('%s', (_, issues, expected) => {
    expect(issues).toEqual(expected)
  })
})

test('the location in request.cf, and its unknown fields', () => {
  const cf = {
    country: 'de',
    continent: 'EU',
    city: ' Munich ',
    asn: 64_496,
    latitude: '48.1374',
    longitude: '11.5755',
  }
  expect(toLocation({ ...cf, region: 'by' })).toEqual({ ...MUNICH, asn: 64_496 })
  expect(toLocation({ country: 'T1', continent: 'T1', latitude: '', longitude: '0', asn: 0 })).toEqual({})
  expect(toLocation({ country: 'XX' })).toEqual({})
  expect(toLocation({})).toEqual({})
})
