import { expect, test } from 'vitest'
import type { Places } from '../../../../src/explain/index.ts'
import { zoneOf } from '../../store/kv-memory.ts'
import { Served } from './support.ts'

const GEO = { kind: 'geo', countries: { DE: '192.0.2.1' }, otherwise: '192.0.2.9' }
const ZONES = [
  zoneOf('one.example', 1, {
    alias: { CNAME: 'geo.two.example.' },
    pool: { A: { kind: 'pool', check: { kind: 'tcp', port: 80 }, members: ['192.0.2.7'], whenDown: { answer: GEO } } },
  }),
  zoneOf('two.example', 2, {
    geo: { A: { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: '192.0.2.5' }], otherwise: GEO } },
  }),
]

const get = async (query: string) => {
  const served = await Served.with(...ZONES)
  const { status, body } = await served.ask(`/api/v1/places?${query}`)
  return { status, body: body as Places & { detail: string } }
}

test('GET /api/v1/places: the shares by country, through zones that lead into each other', async () => {
  const { body } = await get('name=alias.one.example')
  const dataIn = (country: string) => body.shares[body.countries?.[country] ?? -1]?.answers.at(-1)?.data
  expect([dataIn('DE'), dataIn('FR')]).toEqual(['192.0.2.1', '192.0.2.9'])
})

test.each([
  ['name=geo.two.example&client=10.1.2.3', [['192.0.2.5']]],
  ['name=pool.one.example&down=192.0.2.7', [['192.0.2.9'], ['192.0.2.1']]],
])('GET /api/v1/places?%s', async (query, expected) => {
  const { body } = await get(query)
  expect(body.shares.map(({ answers }) => answers.map(({ data }) => data))).toEqual(expected)
})

test.each([
  ['', 'the parameter "name" is missing'],
  ['name=a.example&client=nobody', 'client: '],
  ['name=a.example&within=10.0.0.0/8', 'there is no parameter "within"'],
])('GET /api/v1/places?%s is a problem: %s', async (query, detail) => {
  const { status, body } = await get(query)
  expect([status, body.detail]).toEqual([400, expect.stringContaining(detail)])
})
