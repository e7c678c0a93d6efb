import { expect, test } from 'vitest'
import { parseName, TYPE } from '../../../src/dns/index.ts'
import { branchOf, type Places, type PlacesOptions, places } from '../../../src/explain/index.ts'
import { Health, NO_HEALTH } from '../../../src/health/index.ts'
import { type LocalZone, loadedZones } from '../../../src/zone/index.ts'
import { explain } from '../both-forms.ts'
import { databaseOf } from '../geo/support.ts'
import { stateOf, vantageOf } from '../health/support.ts'
import { reopened } from '../stored-zone.ts'
import { address, must, seeded, zoneOf } from '../support.ts'
import { answersOf, NO_CONDITIONS } from './partition-support.ts'

const NAME = must(parseName('a.example.com.'))

function placesIn(zones: readonly LocalZone[], options: Partial<PlacesOptions> = {}): Places {
  const asked = () => ({ ...NO_CONDITIONS, client: address('192.0.2.1'), budget: { left: 1_000_000 }, ...options })
  const found = places(NAME, TYPE.A, loadedZones(zones), asked())
  if (!found) throw new Error('too few steps')
  expect(places(NAME, TYPE.A, loadedZones(zones.map((zone) => reopened(zone))), asked())).toEqual(found)
  return found
}

const GEO = {
  kind: 'geo',
  countries: { DE: '192.0.2.1', FR: { kind: 'random', of: ['192.0.2.2', '192.0.2.3'] } },
  continents: { EU: '192.0.2.4' },
  networks: { '10.0.0.0/8': '192.0.2.5' },
  otherwise: '192.0.2.6',
}
const MEMBERS = [
  { answer: '192.0.2.1', latitude: 50, longitude: 8 },
  { answer: '192.0.2.2', latitude: 40, longitude: -74 },
]
const NEAREST = { kind: 'pool', select: 'nearest', count: 1, members: MEMBERS }

/** The number that a grid has for a point. */
function numberAt({ grid }: Places, latitude: number, longitude: number): number | undefined {
  if (!grid) return undefined
  const [row, column] = [Math.floor((90 - latitude) / grid.step), Math.floor((longitude + 180) / grid.step)]
  return grid.cells[row * (360 / grid.step) + column]
}

test('places: each country has the answers that explain has for a connection from there', () => {
  const zones = [zoneOf({ a: { CNAME: 'b' }, b: { A: GEO } })]
  const { shares, countries, grid } = placesIn(zones)
  expect([Object.keys(countries ?? {}).length, grid]).toEqual([250, null])
  for (const [country, number] of Object.entries(countries ?? {})) {
    const continent = country === 'US' || country === 'JP' ? {} : { continent: 'EU' as const }
    if (!['DE', 'FR', 'IT', 'US', 'JP'].includes(country)) continue
    const question = {
      name: NAME,
      type: TYPE.A,
      client: address('192.0.2.1'),
      ecs: undefined,
      place: { country, ...continent },
    }
    const told = explain(question, loadedZones(zones), seeded(1))
    const share = shares[number]
    expect([country, answersOf(share?.answers ?? [])]).toEqual([country, answersOf(told.answers)])
    expect(share?.branch).toBe(branchOf(question, { zones: loadedZones(zones), health: NO_HEALTH }))
  }
})

test('places: a network that decides before the place is the same everywhere', () => {
  const { shares, countries } = placesIn([zoneOf({ a: { A: GEO } })], { client: address('10.1.2.3') })
  expect(shares).toEqual([{ branch: 'geo:10.0.0.0/8', answers: [{ data: '192.0.2.5', probability: '1' }] }])
  expect(new Set(Object.values(countries ?? {}))).toEqual(new Set([0]))
})

test('places: distance has a grid, and the spots that it is measured to', () => {
  const found = placesIn([zoneOf({ a: { A: NEAREST } })])
  const dataAt = (latitude: number, longitude: number) =>
    found.shares[numberAt(found, latitude, longitude) ?? -1]?.answers[0]?.data
  expect([dataAt(48, 11), dataAt(34, -118), dataAt(-33, 18)]).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.1'])
  expect(found.spots).toEqual(MEMBERS.map(({ answer: name, latitude, longitude }) => ({ name, latitude, longitude })))
  expect(found.grid?.cells).toHaveLength(36 * 72)
})

test('places: a map of datacenters, and members whose addresses a database locates', () => {
  const maps = { world: { datacenters: ['fra', 'nyc', 'old'], coordinates: { fra: [50, 8], nyc: [40, -74] } } }
  const datacenters = {
    kind: 'datacenters',
    map: 'world',
    datacenters: { fra: '192.0.2.1', nyc: '192.0.2.2', old: '192.0.2.3' },
  }
  const found = placesIn([zoneOf({ a: { A: datacenters } }, { maps })])
  expect(found.shares[numberAt(found, 34, -118) ?? -1]?.branch).toBe('datacenters:nyc,fra')
  expect(found.spots.map(({ name }) => name)).toEqual(['fra', 'nyc'])
  const database = databaseOf([
    ['192.0.2.1', { latitude: 50, longitude: 8 }],
    ['192.0.2.2', { latitude: 40, longitude: -74 }],
  ])
  const A = { kind: 'pool', select: 'pickclosest', members: ['192.0.2.1', '192.0.2.2'] }
  const closest = placesIn([zoneOf({ a: { A } })], { database })
  expect(closest.shares[numberAt(closest, 34, -118) ?? -1]?.answers[0]?.data).toBe('192.0.2.2')
  expect(closest.spots.map(({ name }) => name)).toEqual(['192.0.2.1', '192.0.2.2'])
})

test('places: a pool that passes load on keeps those who are far from the next member', () => {
  const members = [0, 40].map((longitude, i) => ({ answer: `192.0.2.${i + 1}`, latitude: 0, longitude }))
  const A = { kind: 'pool', select: 'nearest', check: 'load', load: { target: 70, capacity: 100 }, members }
  const zone = zoneOf({ a: { A } }, { checks: { load: { kind: 'push' } } })
  const [at, now] = [1_000_000, 1_000_000_000]
  const states = zone.conditions.map(({ probe }, i) => [probe.id, stateOf('up', { at, load: i === 0 ? 90 : 60 })])
  const health = new Health([vantageOf('push', Object.fromEntries(states), at)], [], now)
  const database = databaseOf(
    Array.from({ length: 80 }, (_, i) => [`20.${i}.0.0/16`, { city: `c${i}`, latitude: 2.5, longitude: i - 40.5 }]),
  )
  const found = placesIn([zone], { health, database })
  const dataAt = (longitude: number) =>
    found.shares[numberAt(found, 2.5, longitude) ?? -1]?.answers.map(({ data }) => data)
  // 20 of 90 go, those who are on the way to the other one.
  expect([dataAt(-37.5), dataAt(-12.5), dataAt(17.5)]).toEqual([['192.0.2.1'], ['192.0.2.1'], ['192.0.2.2']])
})

test.each([
  ['within the countries', { left: 100 }],
  ['within the grid', { left: 2000 }],
])('places: too few steps %s end them', (_, budget) => {
  const asked = { ...NO_CONDITIONS, client: address('192.0.2.1'), budget }
  expect(places(NAME, TYPE.A, loadedZones([zoneOf({ a: { A: NEAREST } })]), asked)).toBe(undefined)
  // One client takes few, and it ends with the first that has none.
  expect(budget.left).toBeGreaterThan(-100)
})

test('places: where none decides, the steps of one client are enough', () => {
  const members = Array.from({ length: 300 }, (_, i) => `198.51.${i >> 8}.${i & 255}`)
  const budget = { left: 5000 }
  const found = placesIn([zoneOf({ a: { A: { kind: 'random', of: members } } })], { budget })
  expect([found.countries, found.shares[0]?.answers.length]).toEqual([null, 300])
  expect(budget.left).toBeGreaterThan(0)
})

test.each<[what: string, zones: LocalZone[]]>([
  ['fixed records', [zoneOf({ a: { A: '192.0.2.1' } })]],
  [
    'networks',
    [zoneOf({ a: { A: { kind: 'networks', networks: { '10.0.0.0/8': '192.0.2.1' }, otherwise: '192.0.2.2' } } })],
  ],
  ['no such name', [zoneOf({})]],
])('places: %s have none', (_, zones) => {
  expect(placesIn(zones)).toMatchObject({ countries: null, grid: null, spots: [], shares: [{}] })
})
