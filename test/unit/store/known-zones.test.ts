import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { formatName, nameFromWire, parseName } from '../../../src/dns/index.ts'
import { formatCatalog, type ZoneEntry } from '../../../src/store/catalog.ts'
import { viewCatalog } from '../../../src/store/catalog-view.ts'
import { EMPTY_CATALOG, planPublish } from '../../../src/store/index.ts'
import { KnownZones } from '../../../src/store/known-zones.ts'
import { ZoneCopy } from '../../../src/store/zone-copy.ts'
import { runCount } from '../../effort.ts'
import { must } from '../support.ts'
import { MemoryKv, publication, publicationOf, TestIsolate, zoneOf } from './kv-memory.ts'

const ENTRY: ZoneEntry = { serial: 1, hash: 'a', zone: 'b' }
const MINUTE = 60_000

/** Zones whose copies do nothing but say which they are. */
function known(zones: Record<string, unknown>, damaged: string[] = []) {
  const view = must(viewCatalog(JSON.stringify({ zones })))
  const copies: string[] = []
  const zonesOf = new KnownZones(view, [], {
    copy: (origin) => {
      copies.push(origin)
      return Object.assign(Object.create(ZoneCopy.prototype), { origin })
    },
    damaged: (origin) => damaged.push(origin),
  })
  const find = (text: string) => {
    const found = zonesOf.find(must(parseName(text)).key)
    return found instanceof ZoneCopy ? found.origin : found
  }
  return { find, copies, zonesOf }
}

test('known zones: the longest origin is found, at the origin and below it', () => {
  const { find, copies } = known({ 'example.com': ENTRY, 'a.example.com': ENTRY, net: ENTRY })
  expect(find('example.com.')).toBe('example.com')
  expect(find('x.y.A.example.COM.')).toBe('a.example.com')
  expect(find('ba.example.com.')).toBe('example.com')
  expect([find('com.'), find('notexample.com.'), find('.')]).toEqual([undefined, undefined, undefined])
  expect(find('example.net.')).toBe('net')
  // The others cost nothing, and a second name of a zone makes no second copy.
  expect(copies).toEqual(['example.com', 'a.example.com', 'net'])
})

test('known zones: names that objects have are names of zones only if they are published', () => {
  const { find } = known(JSON.parse(`{"__proto__":${JSON.stringify(ENTRY)}}`))
  expect(find('www.__proto__.')).toBe('__proto__')
  expect([find('constructor.'), find('tostring.'), find('hasownproperty.')]).toEqual([undefined, undefined, undefined])
})

test('known zones: the root zone has all names that no other has', () => {
  const { find } = known({ '': ENTRY, 'example.com': ENTRY })
  expect([find('.'), find('org.'), find('www.example.com.')]).toEqual(['', '', 'example.com'])
})

test('known zones: a damaged entry makes its zone unavailable, is told once, and hides the zone above it', () => {
  const told: string[] = []
  const { find } = known({ 'a.example.com': { ...ENTRY, zone: 7 }, 'example.com': ENTRY }, told)
  const unavailable = {
    kind: 'unavailable',
    why: 'its entry in the catalog is damaged; expected { serial, hash, zone }',
  }
  expect(find('www.a.example.com.')).toMatchObject(unavailable)
  expect(find('ftp.a.example.com.')).toMatchObject(unavailable)
  expect([find('b.example.com.'), told]).toEqual(['example.com', ['a.example.com']])
})

test('known zones: names of any octets find what a comparison of all origins finds', () => {
  // Few octets, so that names are often below one another; a dot, a backslash and a digit need care in a text.
  const label = fc
    .uint8Array({ minLength: 1, maxLength: 2 })
    .map((octets) => octets.map((o) => ODD[o % ODD.length] ?? 0))
  const name = fc
    .array(label, { maxLength: 4 })
    .map((labels) => nameFromWire(Uint8Array.from([...labels.flatMap((one) => [one.length, ...one]), 0])).key)
  const property = fc.property(
    fc.array(name, { maxLength: 12 }),
    fc.array(name, { maxLength: 12 }),
    fc.constantFrom(0, 200),
    (origins, names, before) => {
      const zones = Object.fromEntries(origins.map((key) => [formatName(key).slice(0, -1), ENTRY]))
      const { zonesOf } = known(zones)
      // An index of the origins is made after many searches, and changes nothing.
      for (let i = 0; i < before; i++) zonesOf.find(must(parseName(`${i}.invalid.`)).key)
      for (const asked of [...names, ...origins]) {
        const found = zonesOf.find(asked)
        expect(found instanceof ZoneCopy ? found.origin : found).toBe(longest(origins, asked))
      }
    },
  )
  fc.assert(property, { numRuns: runCount(300) })
})

const ODD = [...'a.\\1'].map((char) => char.charCodeAt(0))

/** Compares the labels of a name with those of each origin. */
function longest(origins: readonly string[], name: string): string | undefined {
  const labels = labelsOf(name)
  const above = origins.filter((origin) => {
    const own = labelsOf(origin)
    return own.length <= labels.length && own.every((label, i) => label === labels[labels.length - own.length + i])
  })
  const best = above.sort((a, b) => labelsOf(b).length - labelsOf(a).length)[0]
  return best === undefined ? undefined : formatName(best).slice(0, -1)
}

function labelsOf(key: string): string[] {
  const labels: string[] = []
  for (let at = 0; key.charCodeAt(at) > 0; at += key.charCodeAt(at) + 1) {
    labels.push(key.slice(at + 1, at + 1 + key.charCodeAt(at)))
  }
  return labels
}

afterEach(() => vi.restoreAllMocks())

async function published(count: number): Promise<MemoryKv> {
  const kv = new MemoryKv()
  const zones = Array.from({ length: 3 }, (_, i) => publication(`zone-${i}.example`, i + 1))
  const plan = must(await planPublish(zones, EMPTY_CATALOG))
  for (const { key, value, metadata } of plan.puts) await kv.put(key, value, { metadata })
  const catalog = JSON.parse(kv.textOf('catalog') ?? '')
  for (let i = 3; i < count; i++) catalog.zones[`zone-${i}.example`] = ENTRY
  await kv.put('catalog', JSON.stringify(catalog))
  return kv
}

test('a catalog of 10,000 zones is parsed once as long as its text is the same, and read all the same', async () => {
  const kv = await published(10_000)
  const isolate = new TestIsolate(kv)
  const parse = vi.spyOn(JSON, 'parse')
  const catalogs = () => parse.mock.calls.filter(([text]) => text.startsWith('{"zones":')).length
  kv.reads.length = 0
  for (let minute = 0; minute < 10; minute++) {
    isolate.now = minute * MINUTE
    expect(await isolate.ask('zone-1.example')).toBe(2)
  }
  expect([catalogs(), kv.reads.filter((key) => key === 'catalog').length]).toEqual([1, 10])
  await kv.put('catalog', formatCatalog({ ...EMPTY_CATALOG, zones: new Map() }))
  isolate.now = 10 * MINUTE
  expect([await isolate.ask('zone-1.example'), catalogs()]).toEqual(['REFUSED', 2])
})

test('a catalog that comes back after one that was damaged counts again, and status no longer names it', async () => {
  const kv = await published(3)
  const isolate = new TestIsolate(kv)
  const text = kv.textOf('catalog') ?? ''
  expect(await isolate.ask('zone-1.example')).toBe(2)
  await kv.put('catalog', '{')
  isolate.now = MINUTE
  expect([await isolate.ask('zone-2.example'), isolate.snapshot.refused.map(({ origin }) => origin)]).toEqual([
    3,
    ['catalog'],
  ])
  await kv.put('catalog', text)
  isolate.now = 2 * MINUTE
  expect([await isolate.ask('zone-1.example'), isolate.snapshot.refused]).toEqual([2, []])
})

test('status names a damaged entry of a zone that nobody asked for, and since when', async () => {
  const kv = await published(3)
  const catalog = JSON.parse(kv.textOf('catalog') ?? '')
  await kv.put('catalog', JSON.stringify({ zones: { ...catalog.zones, 'zone-2.example': { serial: 1 } } }))
  const isolate = new TestIsolate(kv, 7 * MINUTE)
  for (const minute of [7, 9]) {
    isolate.now = minute * MINUTE
    expect(await isolate.ask('zone-1.example')).toBe(2)
    expect(isolate.snapshot.refused).toMatchObject([{ origin: 'zone-2.example', since: 7 * MINUTE }])
  }
})

test('a damaged entry leaves the checks that its zone had, and says that they are not all', async () => {
  const kv = new MemoryKv()
  const checked = {
    ...zoneOf('zone-9.example', 1, { www: { A: { kind: 'pool', check: 'web', members: ['192.0.2.1'] } } }),
    checks: { web: { kind: 'tcp', port: 80 } },
  }
  const plan = must(await planPublish([publicationOf(checked)], EMPTY_CATALOG))
  for (const { key, value, metadata } of plan.puts) await kv.put(key, value, { metadata })
  const isolate = new TestIsolate(kv)
  const conditions = async () => {
    const { conditions: found, complete } = await isolate.snapshot.conditions(isolate.now, () => {})
    return { count: found.length, complete }
  }
  expect(await conditions()).toEqual({ count: 1, complete: true })
  await kv.put('catalog', '{"zones":{"zone-9.example":{}}}')
  isolate.now = MINUTE
  expect(await conditions()).toEqual({ count: 1, complete: false })
  await kv.put('catalog', '{"zones":{}}')
  isolate.now = 2 * MINUTE
  expect(await conditions()).toEqual({ count: 0, complete: true })
})
