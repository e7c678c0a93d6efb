import { expect, test } from 'vitest'
import { EMPTY_CATALOG, parseCatalog, planPublish } from '../../../src/store/index.ts'
import { must } from '../support.ts'
import { publication } from './kv-memory.ts'

test('any origin can be published, listed and left out again', async () => {
  const origins = ['constructor', 'prototype', '__proto__', 'tostring', 'example.com']
  const zones = origins.map((origin) => publication(origin, 1))
  const first = must(await planPublish(zones, EMPTY_CATALOG))
  expect(first.changed).toEqual(origins)
  const catalog = must(parseCatalog(first.puts.at(-1)?.value as string))
  expect([...catalog.zones.keys()].sort()).toEqual([...origins].sort())

  const second = must(await planPublish(zones, catalog, { prunes: () => true }))
  expect(second).toMatchObject({ changed: [], unchanged: origins, puts: [], deletes: [] })
  const third = must(await planPublish([], catalog, { prunes: () => true }))
  expect([...third.deletes].sort()).toEqual(origins.map((origin) => `zone:${origin}`).sort())
})

test('a zone whose targets the catalog does not count is written again: nothing of it would be probed', async () => {
  const zone = { ...publication('example.com', 1), probes: 3 }
  const first = must(await planPublish([zone], EMPTY_CATALOG))
  const text = first.puts.at(-1)?.value as string
  expect(must(await planPublish([zone], must(parseCatalog(text)))).puts).toEqual([])
  const uncounted = must(parseCatalog(text.replace(',"probes":3', '')))
  const again = must(await planPublish([zone], uncounted))
  expect(again.changed).toEqual(['example.com'])
  expect(must(parseCatalog(again.puts.at(-1)?.value as string)).zones.get('example.com')?.probes).toBe(3)
})

test.each([
  '',
  '{',
  'null',
  '[]',
  '{}',
  '{"zones":[]}',
  '{"zones":{"a.example":{"serial":"1","hash":"x","zone":"y"}}}',
  '{"zones":{"a.example":{"serial":1,"hash":"x"}}}',
  '{"zones":{"a":null}}',
])('a catalog that is %s is refused', (text) => {
  expect(parseCatalog(text)).toMatchObject({ ok: false, error: expect.stringContaining('the shape { "zones"') })
})
