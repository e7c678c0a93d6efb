import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, test, vi } from 'vitest'
import type { ListedZone } from '../../src/ledger/index.ts'
import { parseCatalog, parseEntry, type ZoneEntry } from '../../src/store/index.ts'
import { tellMonitor } from '../../src/worker/monitor-object.ts'
import { adopterObject } from '../../src/worker/zone-adopter.ts'
import { newIsolate } from './health-support.ts'
import { EXAMPLE, publish } from './support.ts'

// The Durable Object that writes the catalog, with KV and SQLite of workerd.

beforeEach(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
  for (const { name } of (await env.GSLB.list()).keys) await env.GSLB.delete(name)
})

const writer = () => adopterObject(env as never)

const documentOf = (origin: string, serial: number) => ({ ...EXAMPLE, origin, soa: { ...EXAMPLE.soa, serial } })

const listed = (origin: string, serial: number): ListedZone => ({
  ...{
    origin: `${origin}.`,
    serial,
    hash: `${serial}`,
    changed: Date.now(),
    author: 'ada',
    kind: 'Native',
    account: '',
  },
})

/** Writes zones as their ledgers do, and leaves the catalog as it is. */
async function written(origins: readonly string[], serial: number): Promise<Map<string, ZoneEntry>> {
  const catalog = await env.GSLB.get('catalog')
  await publish(...origins.map((origin) => documentOf(origin, serial)))
  if (catalog === null) await env.GSLB.delete('catalog')
  else await env.GSLB.put('catalog', catalog)
  const entries = new Map<string, ZoneEntry>()
  for (const origin of origins) {
    const { metadata } = await env.GSLB.getWithMetadata(`zone:${origin}`)
    entries.set(origin, parseEntry(metadata) as ZoneEntry)
  }
  return entries
}

async function serials(): Promise<Record<string, number>> {
  const catalog = parseCatalog((await env.GSLB.get('catalog')) ?? '')
  if (!catalog.ok) throw new Error(catalog.error)
  return Object.fromEntries([...catalog.value.zones].map(([origin, { serial }]) => [origin, serial]))
}

test('switches of 20 zones at once all count, answer, and are listed; an evicted object knows them', async () => {
  await publish(documentOf('published.example', 3))
  // Vite shares an import that is under way between objects, which must not wait for each other's. So the monitor has
  // its code.
  await tellMonitor(env as never)
  const origins = Array.from({ length: 20 }, (_, i) => `z${i}.example`)
  const entries = await written(origins, 8)
  const outcomes = await Promise.all(
    [...entries].map(([origin, entry]) => writer().switchZone(origin, entry, listed(origin, 8))),
  )
  expect(new Set(outcomes)).toEqual(new Set(['published']))
  const all = { 'published.example': 3, ...Object.fromEntries(origins.map((origin) => [origin, 8])) }
  expect(await serials()).toEqual(all)
  expect(await (await newIsolate({})).ask('ns.z7.example')).toBe('192.168.56.1')
  await evictDurableObject(writer())
  const zones = await writer().index()
  expect(zones.map(({ origin, serial, author }) => `${origin} ${serial} ${author}`)).toEqual(
    Object.keys(all)
      .sort()
      .map((origin) => (origin === 'published.example' ? `${origin}. 3 publish` : `${origin}. 8 ada`)),
  )
  // One is deleted: the list knows it before KV does.
  await writer().note('z3.example', null)
  expect((await writer().index()).some(({ origin }) => origin === 'z3.example.')).toBe(false)
  expect(await writer().switchZone('z3.example', null, null)).toBe('published')
  expect(Object.keys(await serials())).toHaveLength(20)
})
