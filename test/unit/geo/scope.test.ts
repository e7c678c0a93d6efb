import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Database,
  FIELDS,
  type GeoOutcome,
  type GeoPartition,
  type Location,
  NO_DATABASE,
  Database as Opened,
  pack,
  RangeList,
} from '../../../src/geo/index.ts'
import { type Address, addressBits, buildScopeMap, formatAddress, maskAddress } from '../../../src/net/index.ts'
import { runCount } from '../../effort.ts'
import { address, must, prefix } from '../support.ts'
import { AUSTIN, BERLIN, databaseOf, MUNICH, type Rows, SYDNEY } from './support.ts'

// --- naive answers, written without a thought for speed -------------------------------------------------------------

const bits = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
const withBits = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/.{8}/g) ?? [], (octet) => Number.parseInt(octet, 2))

type Net<T> = { readonly bits: string; readonly value: T }

/** Returns the value of the longest network that contains the address. */
function longest<T>(nets: readonly Net<T>[], client: string): T | undefined {
  const holding = nets.filter((net) => client.startsWith(net.bits))
  return holding.toSorted((a, b) => b.bits.length - a.bits.length)[0]?.value
}

/** The shortest prefix in which all clients come to one outcome: the tree is halved until no network is inside. */
function naiveScopes(borders: readonly string[], width: number, outcome: (client: string) => GeoOutcome) {
  const known = new Map<string, GeoOutcome | undefined>()
  const uniform = (at: string): GeoOutcome | undefined => {
    if (known.has(at)) return known.get(at)
    const inside = borders.some((border) => border.length > at.length && border.startsWith(at))
    const [left, right] = inside ? [uniform(`${at}0`), uniform(`${at}1`)] : []
    const result = inside ? (left === right ? left : undefined) : outcome(at.padEnd(width, '0'))
    known.set(at, result)
    return result
  }
  return (client: string): number => {
    let length = 0
    while (uniform(client.slice(0, length)) === undefined) length++
    return length
  }
}

// --- divisions ------------------------------------------------------------------------------------------------------

let divisions = 0
function divisionOf(
  outcome: (place: Location) => GeoOutcome,
  networks: readonly (readonly [string, GeoOutcome])[],
): GeoPartition {
  const prefixes = networks.map(([text]) => prefix(text))
  const outcomes = networks.map(([, value]) => value)
  const numbers = outcomes.map((value) => [...new Set(outcomes)].indexOf(value))
  const map = buildScopeMap(prefixes, 'longest', numbers, -1)
  // Each has an id of its own: what is remembered of one must not serve another.
  return { id: `test ${divisions++}`, outcome, ...(networks.length > 0 && { networks: { map, outcomes } }) }
}

const PLACES: readonly Location[] = [MUNICH, BERLIN, AUSTIN, SYDNEY, { asn: 64_496 }, {}]
const BY: Readonly<Record<string, (place: Location) => GeoOutcome>> = {
  country: ({ country }) => country ?? '',
  continent: ({ continent }) => (continent === 'EU' ? 1 : 0),
  nothing: () => 'same',
  place: (place) => JSON.stringify(place),
}

/** The same small world at several places of the address space: 8 bits of it vary. */
const UNIVERSES: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 0],
  ['203.0.113.0', 24],
  ['255.255.255.0', 24],
  ['127.255.192.0', 18],
  ['2001:db8::', 28],
  ['2a00::', 56], // in the first half: two words are kept of an address
  ['2a00::', 60], // over the middle
  ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00', 120],
]

/** Anywhere, or on a coarse grid, where networks and rows often begin and end together. */
const spot = fc.oneof(
  fc.record({ at: fc.nat({ max: 255 }), length: fc.nat({ max: 8 }) }),
  fc.record({ at: fc.nat({ max: 7 }).map((eighth) => eighth * 32), length: fc.constant(3) }),
)
const NETWORK_OUTCOMES: readonly GeoOutcome[] = ['DE', 'US', 'other', 1, 'same']

const cases = fc.record({
  universe: fc.constantFrom(...UNIVERSES),
  rows: fc.array(fc.tuple(spot, fc.constantFrom(...PLACES)), { maxLength: 14 }),
  by: fc.constantFrom('country', ...Object.keys(BY)),
  networks: fc.array(fc.tuple(spot, fc.constantFrom(...NETWORK_OUTCOMES)), { maxLength: 6 }),
  effort: fc.constantFrom(Number.POSITIVE_INFINITY, 1, 20, 100),
})

test('the scope equals brute force for every address of a small world; with a small budget after some look-ups', () => {
  let late = 0
  fc.assert(
    fc.property(cases, ({ universe, rows, by, networks, effort }) => {
      const [base, offset] = universe
      const place = placer(base, offset)
      const own = (at: number, length: number) => {
        const { family, bytes } = place(at)
        return maskAddress({ family, bytes }, offset + length)
      }
      const named = (at: number, length: number): string => {
        const net = own(at, length)
        return `${formatAddress(net)}/${net.length}`
      }
      const list = new Map(rows.map(([{ at, length }, where]) => [named(at, length), where]))
      const nets = new Map(networks.map(([{ at, length }, value]) => [named(at, length), value]))
      const database = databaseOf([...list], FIELDS, {}, effort)
      const outcomeOf = BY[by] as (place: Location) => GeoOutcome
      const division = divisionOf(outcomeOf, [...nets])
      const placed = [...list].map(([text, value]) => ({ bits: netBits(text), value }))
      const steered = [...nets].map(([text, value]) => ({ bits: netBits(text), value }))
      const outcome = (client: string): GeoOutcome =>
        longest(steered, client) ?? outcomeOf(longest(placed, client) ?? {})
      const borders = [...placed, ...steered].map((net) => net.bits)
      // IPv4 is no part of IPv6 in the database.
      if (base.includes(':')) borders.push('0'.repeat(96))
      const scope = naiveScopes(borders, addressBits(place(0).family), outcome)
      for (let at = 0; at < 256; at++) {
        const client = place(at)
        const exact = scope(bits(client.bytes))
        for (let asked = 0; ; asked++) {
          const located = database.locate(client, division)
          expect(located.outcome).toBe(outcome(bits(client.bytes)))
          if (located.scope === exact) break
          // A longer prefix than the exact one is as right, for fewer clients.
          expect(located.scope).toBeGreaterThan(exact)
          expect(asked).toBeLessThan(effort === Number.POSITIVE_INFINITY ? 0 : 2000)
          late++
        }
      }
    }),
    { numRuns: runCount(80) },
  )
  expect(late).toBeGreaterThan(0)
})

test('without a database only networks decide: outcomes and scopes are those of an empty database', () => {
  let steered = 0
  fc.assert(
    fc.property(cases, ({ universe, by, networks }) => {
      const place = placer(...universe)
      const texts = networks.map(([{ at, length }, value]): [string, GeoOutcome] => {
        const { family, bytes } = place(at)
        const net = maskAddress({ family, bytes }, universe[1] + length)
        return [`${formatAddress(net)}/${net.length}`, value]
      })
      const outcomeOf = BY[by] as (place: Location) => GeoOutcome
      const division = divisionOf(outcomeOf, [...new Map(texts)])
      const empty = databaseOf([])
      for (let at = 0; at < 256; at++) {
        const client = place(at)
        const mapped = { family: 2 as const, bytes: Uint8Array.of(...MAPPED, ...client.bytes) }
        for (const one of client.family === 1 ? [client, mapped] : [client]) {
          const located = NO_DATABASE.locate(one, division)
          expect(located).toEqual(empty.locate(one, division))
          if (located.network >= 0) steered++
        }
      }
    }),
    { numRuns: runCount(40) },
  )
  expect(steered).toBeGreaterThan(0)
})

/** The first 96 bits of ::ffff:0:0/96. */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255]

test.each([
  ['128.0.0.0/2', '192.0.0.0/2'],
  ['192.0.0.0/2', '128.0.0.0/2'],
])('a row %s and a network %s that touch and have the same outcome are one range', (row, network) => {
  const database = databaseOf([
    ['0.0.0.0/0', AUSTIN],
    [row, MUNICH],
  ])
  const division = divisionOf(BY.country as (place: Location) => GeoOutcome, [[network, 'DE']])
  for (const client of ['129.0.0.1', '200.0.0.1']) {
    expect(database.locate(address(client), division)).toMatchObject({ outcome: 'DE', scope: 1 })
  }
})

const netBits = (text: string): string => {
  const net = prefix(text)
  return bits(net.bytes).slice(0, net.length)
}

/** Addresses of a world: 8 bits at `offset` behind the base. */
function placer(base: string, offset: number): (at: number) => Address {
  const { family, bytes } = address(base)
  const text = bits(bytes)
  return (at) => {
    const own = text.slice(0, offset) + at.toString(2).padStart(8, '0') + text.slice(offset + 8)
    return { family, bytes: withBits(own.slice(0, addressBits(family))) }
  }
}

test('every client inside the scope has the same outcome: a cached answer is right for all', () => {
  const rows: Rows = [
    ['10.0.0.0/8', MUNICH],
    ['10.1.0.0/16', BERLIN],
    ['10.2.0.0/15', AUSTIN],
    ['2001:db8::/32', MUNICH],
  ]
  const database = databaseOf(rows)
  const division = divisionOf(BY.country as (place: Location) => GeoOutcome, [['10.3.128.0/17', 'DE']])
  const octet = fc.nat({ max: 255 })
  fc.assert(
    fc.property(
      fc.tuple(fc.constantFrom(10, 9, 11), fc.nat({ max: 4 }), octet, octet),
      fc.tuple(octet, octet, octet, octet),
      (a, b) => {
        const client: Address = { family: 1, bytes: Uint8Array.from(a) }
        const { scope, outcome } = database.locate(client, division)
        const inside = withBits(bits(client.bytes).slice(0, scope) + bits(Uint8Array.from(b)).slice(scope))
        expect(database.locate({ family: 1, bytes: inside }, division)).toMatchObject({ scope, outcome })
      },
    ),
  )
})

describe('mapped clients, and long runs', () => {
  test('a client in ::ffff:0:0/96 has the location of its IPv4 address, 96 bits deeper', () => {
    const database = databaseOf([['10.0.0.0/8', MUNICH]])
    const division = divisionOf(BY.country as (place: Location) => GeoOutcome, [])
    expect(database.locate(address('::ffff:10.0.0.1'), division)).toMatchObject({ scope: 104, outcome: 'DE' })
  })

  test('a run of thousands of ranges is scanned once, and cached correctly', () => {
    let asked = 0
    const database = striped(20_000)
    const division = divisionOf((place) => {
      asked++
      return place.asn === undefined ? 'border' : 'inside'
    }, [])
    const first = database.locate({ family: 1, bytes: Uint8Array.of(64, 0, 5, 0) }, division)
    const before = asked
    for (let i = 0; i < 256; i++) {
      const bytes = Uint8Array.of(64, i >> 2, i, 7)
      const { scope, outcome } = database.locate({ family: 1, bytes }, division)
      expect(outcome).toBe('inside')
      expect(scope).toBe(first.scope)
    }
    // The place of the client itself is looked up each time, and nothing else.
    expect(asked - before).toBeLessThanOrEqual(256)
    expect(first.scope).toBe(2)
    expect(database.locate(address('128.0.0.1'), division)).toMatchObject({ outcome: 'border', scope: 1 })
  })

  test('a look-up stays within its budget; later look-ups continue from any client', () => {
    let asked = 0
    const database = striped(20_000, 1000)
    const division = divisionOf((place) => {
      asked++
      return place.asn === undefined ? 'border' : 'inside'
    }, [])
    const scopes: number[] = []
    for (let i = 0; scopes.at(-1) !== 2; i++) {
      const before = asked
      const { scope } = database.locate({ family: 1, bytes: Uint8Array.of(64, (i * 7) % 78, i & 255, 7) }, division)
      expect(asked - before).toBeLessThan(1000 / 16 + 3)
      scopes.push(scope)
    }
    expect(scopes[0]).toBeGreaterThan(10)
    // Each of the 20,000 places is looked at once, whichever of the walks that meet gets there first.
    expect(scopes.length).toBeLessThan(20_000 / (1000 / 17) + 100)
  })
})

/** In 0.0.0.0/2 and 64.0.0.0/2 ranges of /24 with different places; in 0.0.0.0/2 and the upper half nobody is known. */
function striped(count: number, effort?: number): Database {
  const v4 = new RangeList(1)
  v4.add([0], 0, 0)
  const places: Location[] = [{}]
  for (let i = 0; i < count; i++) {
    places.push({ asn: i + 1 })
    v4.add([0x40_00_00_00 + i * 256], 0, i + 1)
  }
  v4.add([0x80_00_00_00], 0, 0)
  const v6 = new RangeList(4)
  v6.add([0, 0, 0, 0], 0, 0)
  const buffers = pack({ v4, v6, places }, ['asn']).map(({ buffer }) => buffer as ArrayBuffer)
  return must(Opened.open(buffers, effort))
}
