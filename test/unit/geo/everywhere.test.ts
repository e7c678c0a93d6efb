import { expect, test } from 'vitest'
import { continentOf, everywhere, type GeoPartition } from '../../../src/geo/index.ts'
import { buildScopeMap } from '../../../src/net/index.ts'
import { address, prefix } from '../support.ts'
import { databaseOf, MUNICH, SYDNEY } from './support.ts'

const division: GeoPartition = { id: 'test', outcome: ({ country }) => country ?? 'none' }

test('everywhere: has every client at the place, and knows no other address', () => {
  const database = everywhere(MUNICH)
  expect(database.locate(address('192.0.2.1'), division)).toEqual({
    ...{ place: MUNICH, network: -1, outcome: 'DE', scope: 0 },
  })
  expect(database.lookup(address('192.0.2.1'))).toEqual({ place: {} })
})

test('everywhere: tells where clients may be as the database does that locates the others', () => {
  const database = databaseOf([['10.0.0.0/8', MUNICH]])
  expect(everywhere(SYDNEY, database).sample?.(9)).toBe(database.sample(9))
  expect(database.sample(9)).toEqual([{ latitude: MUNICH.latitude, longitude: MUNICH.longitude }])
  expect(everywhere(SYDNEY).sample).toBe(undefined)
})

test('everywhere: networks come before the place, and limit the scope only where their outcome is another one', () => {
  const map = buildScopeMap([prefix('10.0.0.0/8'), prefix('192.0.2.0/24')], 'longest', [0, 1], -1)
  const withNetworks = { ...division, networks: { map, outcomes: ['lan', 'DE'] } }
  const located = (client: string) => everywhere(MUNICH).locate(address(client), withNetworks)
  expect(located('10.1.2.3')).toMatchObject({ network: 0, outcome: 'lan', scope: 8 })
  expect(located('192.0.2.1')).toMatchObject({ network: 1, outcome: 'DE', scope: 1 })
  expect(located('11.0.0.1')).toMatchObject({ network: -1, outcome: 'DE', scope: 8 })
})

test.each([
  ['DE', 'EU'],
  ['US', 'NA'],
  ['TR', 'AS'],
  ['AQ', 'AN'],
  ['ZZ', undefined],
])('continentOf %s: %s', (country, continent) => {
  expect(continentOf(country)).toBe(continent)
})
