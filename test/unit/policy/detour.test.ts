import { describe, expect, test } from 'vitest'
import type { GeoLookup } from '../../../src/geo/query-path.ts'
import { nearestOf, pickClosestOf } from '../../../src/policy/nearest.ts'
import { type Detour, type Distances, placeAmong } from '../../../src/policy/pacing/detour.ts'
import { databaseOf } from '../geo/support.ts'
import { address } from '../support.ts'

/** Places on the equator, one for each degree from 0 to 29, and the addresses of four members. */
const DATABASE = databaseOf([
  ...Array.from({ length: 30 }, (_, i) => [`20.${i}.0.0/16`, { city: `c${i}`, latitude: 0, longitude: i }] as const),
  ...[0, 21, 25, 29].map((longitude, i) => [`192.0.2.${i + 1}/32`, { city: `m${i}`, latitude: 1, longitude }] as const),
])
const MEMBERS = [0, 21, 25, 29].map((longitude) => ({ latitude: 0, longitude }))
const CLIENT = { latitude: 0, longitude: 3 }

/** All orders of some numbers. */
const ordersOf = (of: readonly number[]): number[][] =>
  of.length === 0
    ? [[]]
    : of.flatMap((one) => ordersOf(of.filter((other) => other !== one)).map((rest) => [one, ...rest]))

describe('the place of a client among those of its member', () => {
  test('is measured once for the same members, in any order', () => {
    let measured = 0
    const { distances: real } = nearestOf(MEMBERS, Number.POSITIVE_INFINITY)
    const distances: Distances = (place, database) => {
      measured++
      return real(place, database)
    }
    const detours = ordersOf([0, 1, 2, 3]).map((up): Detour => ({ own: 0, receivers: up.filter((one) => one > 0), up }))
    const found = detours.map((detour) => placeAmong(CLIENT, DATABASE, distances, detour))
    // Eleven on the equator are its own, and its own address.
    expect(found[0]).toMatchObject({ from: 7 / 12, to: 8 / 12 })
    expect(new Set(found.map((place) => JSON.stringify(place))).size).toBe(1)
    // The clients one by one, and each place of the database once.
    expect(measured).toBe(detours.length + DATABASE.sample(1000).length)
  })

  test('is the same for one of two members at the same place, whichever comes first', () => {
    const { distances } = nearestOf([...MEMBERS.slice(0, 2), MEMBERS[0] as (typeof MEMBERS)[number]], 3)
    const [one, two] = ([0, 2] as const).map((own) =>
      placeAmong(CLIENT, DATABASE, distances, { own, receivers: [1], up: [0, 1, 2] }),
    )
    expect(one).toBeDefined()
    expect(two).toEqual(one)
  })

  test('looks the address of each member of pickclosest up once', () => {
    const asked: string[] = []
    const counting: GeoLookup = {
      lookup: (of) => {
        asked.push(of.bytes.join('.'))
        return DATABASE.lookup(of)
      },
      locate: (client, partition) => DATABASE.locate(client, partition),
      sample: (most) => DATABASE.sample(most),
    }
    const members = [1, 2, 3, 4].map((n) => address(`192.0.2.${n}`))
    const { distances } = pickClosestOf(members, Number.POSITIVE_INFINITY)
    expect(placeAmong(CLIENT, counting, distances, { own: 0, receivers: [1], up: [0, 1, 2, 3] })).toBeDefined()
    expect(asked).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'])
  })
})
