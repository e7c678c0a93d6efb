import { describe, expect, test } from 'vitest'
import type { Location } from '../../../src/geo/index.ts'
import { Health, UNPROBED } from '../../../src/health/index.ts'
import { type Address, addressBits, formatAddress, maskAddress } from '../../../src/net/index.ts'
import { databaseOf, type Rows } from '../geo/support.ts'
import { prefix, seeded } from '../support.ts'
import { ask, luaZone, places, replyFrom, told } from './support.ts'

/** By place, as PowerDNS with its GeoIP backend has it: test/e2e/places.test.ts asks it the same. */

const CLIENT = '203.0.113.7'
const from = (place: Location) => ({ client: CLIENT, context: { database: databaseOf([['203.0.113.0/24', place]]) } })
const at = (latitude: number, longitude: number) => from({ latitude, longitude })

describe('LUA LOC of latlonloc, whose seconds have any number of decimals', () => {
  test.each<[string, number, number, string]>([
    ['two', 48.1374, 11.5755, '48 8 14.640 N 11 34 31.800 E'],
    ['four, which are cut', -31.309419, -0.32786, '31 18 33.908 S 0 19 40.296 W'],
    ['sixty seconds', -74.3, 10.1, '74 18 0.000 S 10 6 0.000 E'],
    ['next to nothing', -23.3, -1, '23 18 0.000 S 1 0 0.000 W'],
    ['almost a degree', 0.999_999, 179.999_999, '0 59 59.996 N 179 59 59.996 E'],
  ])('%s', (_, latitude, longitude, angles) => {
    expect(ask('latlonloc()', 'LOC', at(latitude, longitude))).toBe(`${angles} 0.00m 1m 10000m 10m`)
  })

  test.each([
    ["'1 59 75 N 1 60 60.5 W 0.00m'", '2 0 15.000 N 2 1 0.500 W 0.00m 1m 10000m 10m'],
    ["'90 0 0.0004 N 1 1 1 W 0.00m'", '90 0 0.000 N 1 1 1.000 W 0.00m 1m 10000m 10m'],
  ])('other code may write such angles, too: %s', (text, record) => {
    expect(ask(`;return ${text}`, 'LOC')).toBe(record)
  })

  test.each([
    ["'89 59 61 N 1 1 1 W 0.00m'", /^SERVFAIL: .*beyond 90/],
    ["'90 0 1 N 1 1 1 W 0.00m'", /^SERVFAIL: .*beyond 90/],
    ["'1 1 1 N 1 1 x W 0.00m'", /^SERVFAIL: .*"x" is not a valid number of seconds/],
  ])('text that is not an angle is not a record: %s', (text, why) => {
    expect(ask(`;return qname:countLabels() > 0 and ${text}`, 'LOC')).toMatch(why)
  })

  test('of a client at an unknown place there is none, as in PowerDNS', () => {
    expect(ask('latlonloc()', 'LOC', from({}))).toMatch(/^SERVFAIL: .*-0/)
  })
})

test.each([
  [-7.770_694_5, '-7.770695 1.000000'],
  [35.655_333_5, '35.655333 1.000000'],
  [0.594_330_5, '0.594330 1.000000'],
  [1, '1.000000 1.000000'],
])('the sixth decimal of %d is rounded as printf does', (latitude, text) => {
  expect(ask('latlon()', 'TXT', at(latitude, 1))).toBe(text)
})

test.each([
  ['Évry-Sud', '195.137vry-sud'],
  ['San José', 'san jos195.169'],
])('of %s only the letters of ASCII get small', (city, octets) => {
  const code = `;return (geoiplookup('${CLIENT}', 1):gsub('[\\128-\\255]+', function(o) return table.concat({o:byte(1, -1)}, '.') end))`
  expect(ask(code, 'TXT', from({ city }))).toBe(octets)
})

test.each([
  ["tostring(country('FR', 'DE'))", "too many arguments to 'country' (2; expected at most 1)"],
  ["latlon('x')", "too many arguments to 'latlon' (1; expected at most 0)"],
  ["geoiplookup('192.0.2.1', 4, nil)", "too many arguments to 'geoiplookup' (3; expected at most 2)"],
  ["pickclosest({'192.0.2.1'}, {'192.0.2.2'})", "too many arguments to 'pickclosest' (2; expected at most 1)"],
  ["pickrandom({qname:toString()}, {'x'})", "too many arguments to 'pickrandom' (2; expected at most 1)"],
  ["tostring(netmask({'10.0.0.0/8'}, {'::/0'}))", "too many arguments to 'netmask' (2; expected at most 1)"],
  ["newCA('192.0.2.1', 53):toString()", "too many arguments to 'newCA' (2; expected at most 1)"],
])('with too many arguments functions fail, as in PowerDNS: %s', (code, why) => {
  expect(ask(`;return ${code}`, 'TXT', { context: { database: places } })).toBe(`SERVFAIL: lua:1: ${why}`)
})

// --- scopes, by brute force -----------------------------------------------------------------------------------------

const ROWS: Rows = [
  ['10.0.0.0/8', { continent: 'EU', country: 'DE', latitude: 51, longitude: 9 }],
  ['10.1.0.0/16', { continent: 'EU', country: 'DE', region: 'BY', latitude: 48.1374, longitude: 11.5755 }],
  ['10.1.2.0/24', { continent: 'EU', country: 'DE', region: 'BE', asn: 64_496, latitude: 52.524, longitude: 13.411 }],
  ['10.1.2.128/25', { continent: 'EU', country: 'FR', latitude: 48.8566, longitude: 2.3522 }],
  ['10.1.3.0/24', { continent: 'EU', country: 'FR', latitude: 48.8566, longitude: 2.3522 }],
  ['10.128.0.0/9', { continent: 'NA', country: 'US', region: 'CA', latitude: 37.7749, longitude: -122.4194 }],
  ['192.0.2.7/32', { continent: 'NA', country: 'US', latitude: 40.7128, longitude: -74.006 }],
  ['198.51.100.0/25', { country: 'FJ', latitude: -18.1416, longitude: 178.4419 }],
  ['198.51.100.128/25', { country: 'WS', latitude: -13.8333, longitude: -171.7667 }],
  ['2001:db8::/32', { continent: 'AS', country: 'JP', latitude: 35.6895, longitude: 139.6917 }],
  ['2001:db8:1::/48', { continent: 'AS', country: 'SG', latitude: 1.28967, longitude: 103.85007 }],
  ['2001:db8:1:8000::/49', { continent: 'AS', country: 'IN', latitude: 19.0728, longitude: 72.8826 }],
]

const POOL = "ifportup(443, {'10.1.0.1', '10.128.0.1', '198.51.100.1', '2.2.2.2'}, {selector='pickclosest'})"
const BY_PLACE: Readonly<Record<string, string>> = {
  country: ";if country('DE') then return 'de' elseif country({'US', 'JP'}) then return 'other' end return 'none'",
  parts: ';return countryCode() .. regionCode() .. tostring(asnum(64496))',
  coordinates: 'latlon()',
  continents: 'continentCode()',
  countries: 'countryCode()',
  regions: 'regionCode()',
  nearest: "pickclosest({'10.1.0.1', '10.128.0.1', '198.51.100.1'})",
  'of the address': 'geoiplookup(bestwho:toString(), 4)',
  'view first': ";if netmask({'10.1.2.64/26'}) then return 'here' end return continentCode()",
  pool: POOL,
  'pool in a script': `;if continent('AS') then return 'asia' end return ${POOL}`,
}

/** Cases that answer with what they read of the client: their scopes are the shortest that are valid. */
const GIVING: readonly string[] = ['coordinates', 'continents', 'countries', 'regions', 'pool']

/** First and last addresses of all rows and of what is around them, and some in between. */
const CLIENTS: readonly Address[] = (() => {
  const random = seeded(5)
  const last = ({ family, bytes, length }: ReturnType<typeof prefix>): Address => {
    const all = { family, bytes: bytes.map(() => 255) }
    const host = all.bytes.map((octet, i) => octet ^ (maskAddress(all, length).bytes[i] as number))
    return { family, bytes: bytes.map((octet, i) => octet | (host[i] as number)) }
  }
  const step = ({ family, bytes }: Address, by: 1 | -1): Address => {
    const next = Uint8Array.from(bytes)
    for (let i = next.length - 1; i >= 0; i--) {
      next[i] = (next[i] as number) + by
      if (next[i] !== (by === 1 ? 0 : 255)) break
    }
    return { family, bytes: next }
  }
  const edges = [...ROWS.map(([text]) => prefix(text)), prefix('10.1.2.64/26')].flatMap((net) => {
    const first = { family: net.family, bytes: net.bytes }
    return [first, step(first, -1), last(net), step(last(net), 1)]
  })
  const anywhere = Array.from({ length: 40 }, (_, i): Address => {
    const base = edges[i % edges.length] as Address
    const keep = Math.floor(random() * 40)
    const bytes = base.bytes.map((octet, at) => (at * 8 < keep ? octet : Math.floor(random() * 256)))
    return { family: base.family, bytes }
  })
  return [...edges, ...anywhere]
})()

/** Returns the number of leading bits that two addresses of a family have in common. */
const common = (a: Address, b: Address): number => {
  const bits = ({ bytes }: Address) => [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const [one, other] = [bits(a), bits(b)]
  let length = 0
  while (length < one.length && one[length] === other[length]) length++
  return length
}

describe('a scope by place', () => {
  const database = databaseOf(ROWS)
  test.each(Object.entries(BY_PLACE))('holds for all that are in it: %s', (name, code) => {
    const zone = luaZone(`x LUA TXT "${code}"`)
    const targets = zone.conditions.map(({ probe }) => {
      return [probe.id, { ...UNPROBED, state: 'up', since: 1, at: 1 }] as const
    })
    const health = new Health([{ name: 'test', at: 1000, targets: new Map(targets) }], [], 1000)
    const all = CLIENTS.map((client) => {
      const ecs = `${formatAddress(client)}/${addressBits(client.family)}`
      const reply = replyFrom([zone], { type: 'TXT', ecs, context: { database, health } })
      const { place, prefixLength } = database.lookup(client)
      return { client, told: told(reply), scope: reply.response.scope ?? 0, place, row: prefixLength }
    })
    expect(new Set(all.map(({ told }) => told)).size).toBeGreaterThan(2)
    for (const one of all) {
      const inside = all.filter(
        ({ client }) => client.family === one.client.family && common(client, one.client) >= one.scope,
      )
      const others = inside.filter((other) => other.told !== one.told || other.scope !== one.scope)
      expect([formatAddress(one.client), one.scope, others.map(({ client }) => formatAddress(client))]).toEqual([
        formatAddress(one.client),
        one.scope,
        [],
      ])
      // The range that a script reads is as large as the row, or larger.
      if (!['of the address', 'view first'].includes(name)) expect(one.scope).toBeLessThanOrEqual(one.row)
      if (!GIVING.includes(name) || one.scope === 0) continue
      const around = all.filter(({ client }) => {
        return client.family === one.client.family && common(client, one.client) >= one.scope - 1
      })
      const bordering = around.map(({ told }) => told).find((told) => told !== one.told)
      expect([formatAddress(one.client), one.scope, bordering]).toEqual([
        ...[formatAddress(one.client), one.scope, expect.any(String)],
      ])
    }
  })
})
