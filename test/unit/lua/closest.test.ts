import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { probabilities } from '../../../src/explain/index.ts'
import { type GeoSources, type Location, NO_DATABASE } from '../../../src/geo/index.ts'
import { Health, UNPROBED } from '../../../src/health/index.ts'
import { evaluate, type Policy, Work } from '../../../src/policy/index.ts'
import type { LocalZone, PolicyRrset, ZoneNode } from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { AUSTIN, BERLIN, databaseOf, MUNICH, type Rows, SYDNEY } from '../geo/support.ts'
import { address, must, seeded } from '../support.ts'
import { compileText, HEAD } from '../zonefile/support.ts'
import { exportedOf } from './export-support.ts'

/** The selector pickclosest: PowerDNS's measure, among those that are up, at the places that the database has. */

const NAME = '\x03www\x07example\x03com\0'
const NOW = 1_800_000_000

const zoneOf = (code: string, type = 'A') => must(compileText(`${HEAD}www LUA ${type} "${code}"\n`))
function policyOf(zone: LocalZone): Policy {
  const node = zone.names.find(NAME) as ZoneNode
  return (node.rrsets[0] as PolicyRrset).policy
}

/** Targets by name, as all vantage points see them; what is not named has never been probed. */
function healthOf(zone: LocalZone, states: Readonly<Record<string, 'up' | 'down'>>): Health {
  const targets = zone.conditions.flatMap(({ target, probe }) => {
    const state = states[target]
    return state === undefined ? [] : [[probe.id, { ...UNPROBED, state, since: NOW - 60, at: NOW - 1 }] as const]
  })
  return new Health([{ name: 'cron', at: NOW * 1000, targets: new Map(targets) }], [], NOW * 1000)
}

/** Returns the possible answers of a client, with their chances. */
function chancesOf(
  zone: LocalZone,
  client: string,
  places: GeoSources,
  states: Readonly<Record<string, 'up' | 'down'>>,
): Record<string, string> {
  const asked = { client: address(client), health: healthOf(zone, states), places, name: NAME }
  const { records } = probabilities(policyOf(zone), asked)
  return Object.fromEntries([...records].map(([text, chance]) => [text, chance?.toFraction() ?? 'tried']))
}

const scopeOf = (
  zone: LocalZone,
  client: string,
  places: GeoSources,
  states: Readonly<Record<string, 'up' | 'down'>>,
) =>
  evaluate(policyOf(zone), {
    work: new Work(),
    client: address(client),
    health: healthOf(zone, states),
    places,
    random: seeded(1),
    name: NAME,
  }).scope

const MUC = '192.0.2.1'
const AUS = '198.51.100.1'
const UNKNOWN_LOCATION = '203.0.113.1'
const UP = { [`${MUC}:443`]: 'up', [`${AUS}:443`]: 'up', [`${UNKNOWN_LOCATION}:443`]: 'up' } as const
const ROWS: Rows = [
  ['192.0.2.0/24', MUNICH],
  ['198.51.100.0/24', AUSTIN],
  ['10.0.0.0/16', BERLIN],
  ['10.1.0.0/16', { ...AUSTIN, latitude: 19.4 }],
  ['10.2.0.0/16', SYDNEY],
]
const LAGOS: Location = { latitude: 6.5, longitude: 3.4 }

describe('as PowerDNS has it', () => {
  const database = databaseOf(ROWS)
  const three = `ifportup(443, {'${MUC}', '${AUS}', '${UNKNOWN_LOCATION}'}, {selector='pickclosest', backupSelector='pickclosest'})`
  const spelled = {
    folded: three,
    'in a script': `;local found = ${three} return found`,
    'in a script that the client decides': `;if netmask({'192.168.0.0/16'}) then return '${MUC}' end return ${three}`,
  }
  test.each(
    Object.entries(spelled).flatMap(([how, code]) =>
      (
        [
          ['a client in Berlin', '10.0.0.1', { database }, UP, { [MUC]: '1' }],
          ['one in Mexico', '10.1.0.1', { database }, UP, { [AUS]: '1' }],
          ['one of whom nothing is known is at 0 0', '10.9.0.1', { database }, UP, { [UNKNOWN_LOCATION]: '1' }],
          [
            'so is a place without coordinates',
            '10.0.0.1',
            { connection: { country: 'DE' }, database },
            UP,
            { [UNKNOWN_LOCATION]: '1' },
          ],
          ['the place of the connection', '10.1.0.1', { connection: LAGOS, database }, UP, { [UNKNOWN_LOCATION]: '1' }],
          [
            'the nearest that is up',
            '10.0.0.1',
            { database },
            { ...UP, [`${MUC}:443`]: 'down' },
            { [UNKNOWN_LOCATION]: '1' },
          ],
          ['which is unknown before it is probed', '10.0.0.1', { database }, { [`${AUS}:443`]: 'up' }, { [AUS]: '1' }],
          ['the backup, where nothing is', '10.0.0.1', { database }, {}, { [MUC]: '1' }],
          [
            'without a database all are equally near',
            '10.0.0.1',
            { connection: BERLIN, database: NO_DATABASE },
            UP,
            { [MUC]: '1/3', [AUS]: '1/3', [UNKNOWN_LOCATION]: '1/3' },
          ],
          [
            'and those that are up are',
            '10.0.0.1',
            {},
            { [`${MUC}:443`]: 'up', [`${AUS}:443`]: 'up' },
            { [MUC]: '1/2', [AUS]: '1/2' },
          ],
        ] as const
      ).map(([what, client, places, states, expected]) => ({
        what: `${what}, ${how}`,
        code,
        client,
        places,
        states,
        expected,
      })),
    ),
  )('$what', ({ code, client, places, states, expected }) => {
    expect(chancesOf(zoneOf(code).zone, client, places, states)).toEqual(expected)
  })

  test.each<[string, string, string, Readonly<Record<string, 'up' | 'down'>>, Record<string, string>]>([
    [
      'ifurlup',
      'A',
      `ifurlup('http://a.example/', {'${MUC}', '${AUS}'}, {selector='pickclosest'})`,
      { [`${MUC}:80`]: 'up', [`${AUS}:80`]: 'up' },
      { [MUC]: '1' },
    ],
    // The location of the address counts, not that of the host in its URL.
    [
      'ifurlextup',
      'A',
      `ifurlextup({{['${MUC}']='http://a.example/', ['${AUS}']='http://b.example/'}}, {selector='pickclosest'})`,
      { 'a.example:80': 'up', 'b.example:80': 'up' },
      { [MUC]: '1' },
    ],
    [
      'the second group',
      'A',
      `ifportup(443, {{'${UNKNOWN_LOCATION}'}, {'${MUC}', '${AUS}'}}, {selector='pickclosest'})`,
      { [`${MUC}:443`]: 'up', [`${AUS}:443`]: 'up' },
      { [MUC]: '1' },
    ],
    ['a backup alone', 'A', `ifportup(443, {'${AUS}', '${MUC}'}, {backupSelector='pickclosest'})`, {}, { [MUC]: '1' }],
    [
      'a backup that is random',
      'A',
      `ifportup(443, {'${AUS}', '${MUC}'}, {selector='pickclosest'})`,
      {},
      { [MUC]: '1/2', [AUS]: '1/2' },
    ],
    [
      'addresses with ports',
      'A',
      `ifportup(443, {'${AUS}:1', '${MUC}:2'}, {selector='pickclosest'})`,
      { [`${AUS}:1`]: 'up', [`${MUC}:2`]: 'up' },
      { [MUC]: '1' },
    ],
    ['TXT', 'TXT', `ifportup(443, {'${AUS}', '${MUC}'}, {selector='pickclosest'})`, UP, { [`"${MUC}"`]: '1' }],
    ['CNAME', 'CNAME', `ifportup(443, {'${AUS}', '${MUC}'}, {selector='pickclosest'})`, UP, { [`${MUC}.`]: '1' }],
    [
      'a choice among calls',
      'A',
      `pickrandom(ifportup(443, {'${AUS}', '${MUC}'}, {selector='pickclosest'}))`,
      UP,
      { [MUC]: '1' },
    ],
  ])('%s', (_, type, code, states, expected) => {
    const { zone, document } = zoneOf(code, type)
    expect(chancesOf(zone, '10.0.0.1', { database }, states)).toEqual(expected)
    const again = must(compileText(exportedOf(document)))
    expect(JSON.stringify(again.document)).toBe(JSON.stringify(document))
  })

  test('IPv6', () => {
    const six = databaseOf([
      ...ROWS,
      ['2001:db8:1::/48', MUNICH],
      ['2001:db8:2::/48', AUSTIN],
      ['2001:db8:9::/48', BERLIN],
    ])
    const code = "ifportup(443, {'2001:db8:2::1', '2001:db8:1::1'}, {selector='pickclosest', initially='up'})"
    expect(chancesOf(zoneOf(code, 'AAAA').zone, '2001:db8:9::1', { database: six }, {})).toEqual({
      '2001:db8:1::1': '1',
    })
  })

  test('the longitude wraps, and latitudes count as much wherever they are', () => {
    const around = databaseOf([
      ['192.0.2.0/24', { latitude: 0, longitude: 170 }],
      ['198.51.100.0/24', { latitude: 0, longitude: -150 }],
      ['10.0.0.0/8', { latitude: 0, longitude: -170 }],
      // By the great circle 60 degrees of longitude this far north are less than 10 of latitude.
      ['11.0.0.0/8', { latitude: 85, longitude: 170 }],
    ])
    const code = `ifportup(443, {'${MUC}', '${AUS}'}, {selector='pickclosest', initially='up'})`
    const each = { [MUC]: '1/2', [AUS]: '1/2' }
    expect(chancesOf(zoneOf(code).zone, '10.0.0.1', { database: around }, {})).toEqual(each)
    expect(chancesOf(zoneOf(code).zone, '11.0.0.1', { database: around }, {})).toEqual({ [MUC]: '1' })
  })
})

describe('check says that a database has to be there', () => {
  const warning =
    "the answer depends on the client's location; expected a geo database for clients with ECS: npx edge-gslb geo put FILE.mmdb"
  test.each([
    [
      `ifportup(443, {'${MUC}', '${AUS}'}, {selector='pickclosest'})`,
      '; without it all addresses are equally near to pickclosest',
    ],
    [
      `ifportup(443, {'${MUC}', '${AUS}'}, {backupSelector='pickclosest'})`,
      '; without it all addresses are equally near to pickclosest',
    ],
    [
      `;local x = ifportup(443, {'${MUC}'}, {selector='pickclosest'}) return x`,
      '; without it all addresses are equally near to pickclosest',
    ],
    [`pickclosest({'${MUC}', '${AUS}'})`, '; without it all addresses are equally near to pickclosest'],
    ['closestMagic()', '; without it all addresses are equally near to pickclosest'],
    ["country('DE') and '192.0.2.1' or '192.0.2.2'", ''],
    [`ifportup(443, {'${MUC}', '${AUS}'}, {selector='random'})`, undefined],
  ])('%s', (code, more) => {
    const { warnings } = zoneOf(code)
    const said = warnings.map(({ message }) => message).filter((message) => message.includes('location'))
    expect(said).toEqual(more === undefined ? [] : [`${warning}${more}`])
  })
})

// --- against PowerDNS's rule, by brute force -------------------------------------------------------------------------

const degrees = fc.record({
  latitude: fc.integer({ min: -3, max: 3 }).map((n) => n * 30),
  longitude: fc.integer({ min: -6, max: 6 }).map((n) => n * 30),
})
const place = fc.option(degrees, { nil: undefined })
const ADDRESSES = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']
const BLOCKS = 16

type World = {
  readonly spots: readonly (Location | undefined)[]
  readonly blocks: readonly (Location | undefined)[]
  readonly up: readonly boolean[]
}

/** The squares of the differences in degrees, the shorter way round; what is unknown is at 0 0. */
function measure(a: Location | undefined, b: Location | undefined): number {
  const [north, south] = [a?.latitude ?? 0, b?.latitude ?? 0]
  const apart = Math.abs((a?.longitude ?? 0) - (b?.longitude ?? 0))
  return (north - south) ** 2 + Math.min(apart, 360 - apart) ** 2
}

function nearestIn(candidates: readonly number[], { spots }: World, client: Location | undefined): string[] {
  const distances = candidates.map((i) => measure(client, spots[i]))
  const least = Math.min(...distances)
  return candidates.filter((_, i) => distances[i] === least).map((i) => ADDRESSES[i] as string)
}

/** The first group with one that is up; the backup is of the first group, whatever is up. */
function expected(
  groups: readonly (readonly number[])[],
  world: World,
  client: Location | undefined,
): Record<string, string> {
  const alive = groups.map((group) => group.filter((i) => world.up[i])).find((group) => group.length > 0)
  const texts = nearestIn(alive ?? (groups[0] as readonly number[]), world, client)
  return Object.fromEntries(texts.map((text) => [text, texts.length === 1 ? '1' : `1/${texts.length}`]))
}

/** In which order each group is, for a place: what scopes are made of, whatever is up. */
const orderOf = (groups: readonly (readonly number[])[], { spots }: World, client: Location | undefined): string =>
  JSON.stringify(
    groups.map((group) => {
      const distances = [...new Set(group.map((i) => measure(client, spots[i])))].sort((a, b) => a - b)
      return distances.map((distance) => group.filter((i) => measure(client, spots[i]) === distance))
    }),
  )

/**
 * The shortest prefix of 10.n.0.0 in which all clients have the same order. What is neither in 10.0.0.0/12 nor a
 * candidate, which have nothing in common, is nowhere.
 */
function exactScope(block: number, orders: readonly string[], candidates: readonly string[], outside: string): number {
  for (let length = 0; length < 16; length++) {
    const size = 1 << Math.min(4, 16 - length)
    const start = Math.floor(block / size) * size
    const inside = orders.slice(start, start + size)
    const all = [...inside, ...(length < 12 ? [outside] : []), ...(length === 0 ? candidates : [])]
    if (new Set(all).size === 1) return length
  }
  return 16
}

test('the pick and its scope, for every client of a small world', () => {
  const world: fc.Arbitrary<World> = fc.record({
    spots: fc.tuple(place, place, place, place),
    blocks: fc.array(place, { minLength: BLOCKS, maxLength: BLOCKS }),
    up: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  })
  const groupings = fc.constantFrom(
    [[0, 1, 2, 3]],
    [
      [0, 1],
      [2, 3],
    ],
    [[3], [2, 0, 1]],
  )
  const forms = fc.constantFrom(
    (call: string) => call,
    (call: string) => `;local found = ${call} return found`,
  )
  const seen = new Set<string>()
  let limited = 0
  fc.assert(
    fc.property(world, groupings, forms, (one, groups, form) => {
      const lists = groups.map((group) => `{${group.map((i) => `'${ADDRESSES[i]}'`).join(', ')}}`)
      const options = "{selector='pickclosest', backupSelector='pickclosest'}"
      const { zone } = zoneOf(form(`ifportup(443, {${lists.join(', ')}}, ${options})`))
      seen.add(policyOf(zone).kind)
      const rows = [
        ...one.spots.flatMap((spot, i) => (spot ? [[`${ADDRESSES[i]}/32`, spot] as const] : [])),
        ...one.blocks.flatMap((spot, i) => (spot ? [[`10.${i}.0.0/16`, spot] as const] : [])),
      ]
      const database = databaseOf(rows)
      const states = Object.fromEntries(one.up.map((up, i) => [`${ADDRESSES[i]}:443`, up ? 'up' : 'down'] as const))
      const orders = one.blocks.map((spot) => orderOf(groups, one, spot))
      const candidates = one.spots.map((spot) => orderOf(groups, one, spot))
      const outside = orderOf(groups, one, undefined)
      one.blocks.forEach((spot, i) => {
        const client = `10.${i}.7.9`
        expect(chancesOf(zone, client, { database }, states)).toEqual(expected(groups, one, spot))
        const scope = scopeOf(zone, client, { database }, states)
        expect([client, scope]).toEqual([client, exactScope(i, orders, candidates, outside)])
        limited += scope > 0 ? 1 : 0
      })
    }),
    { numRuns: runCount(60) },
  )
  expect(limited).toBeGreaterThan(runCount(60))
  expect([...seen].sort()).toEqual(['failover', 'pool', 'script'])
})
