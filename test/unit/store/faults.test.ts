import { describe, expect, test } from 'vitest'
import { publish } from '../../../src/cli/publish/publish-plan.ts'
import { QUERY_DEADLINE_MS } from '../../../src/store/deadline.ts'
import { reconcile } from '../../../src/store/index.ts'
import { must } from '../support.ts'
import { MemoryKv, publication, TestIsolate, zoneOf } from './kv-memory.ts'

const ZONE = 'a.example'
const OTHER = 'b.example'
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const KEY = `zone:${ZONE}`
const hangs = (): Promise<void> => new Promise(() => {})
const fails = (): Promise<void> => Promise.reject(new Error('KV is down'))
const change = (kv: MemoryKv, key: string, value: string) => kv.values.set(key, { value, metadata: null })

/** The key of the document that isolates read for the zone. */
const documentOf = (kv: MemoryKv, entry: 'hash' | 'previous' = 'hash'): string =>
  `doc:${JSON.parse(kv.values.get('catalog')?.value ?? '').zones[ZONE][entry]}`

/** Versions 1 and 2 of the zone were published, and another zone. */
async function publishedTwice(): Promise<MemoryKv> {
  const kv = new MemoryKv()
  for (const version of [1, 2]) {
    const zones = [publication(ZONE, version), publication(OTHER, 9)]
    must(await publish(zones, kv.commands, { prune: true, now: version }))
  }
  kv.ops.length = 0
  return kv
}

type Fault = {
  readonly fault: string
  readonly make: (kv: MemoryKv) => void
  /** What an isolate answers that begins now, one that had the zone, and one that begins after the cron was there. */
  readonly fresh: number | string
  readonly warm?: number | string
  readonly after?: number | string
  /** What status names, before and after the cron: the origin, and a part of the reason. */
  readonly told?: readonly [string, string]
  readonly toldAfter?: readonly [string, string] | undefined
}

const FUTURE = JSON.stringify({ ...zoneOf(ZONE, 3), format: 2 })

const FAULTS: readonly Fault[] = [
  {
    fault: 'a zone key that is no JSON',
    make: (kv) => change(kv, KEY, '{'),
    fresh: 2,
    toldAfter: [ZONE, 'is not JSON'],
  },
  { fault: 'an empty zone key', make: (kv) => change(kv, KEY, ''), fresh: 2, toldAfter: [ZONE, 'is not JSON'] },
  {
    ...{ fault: 'a zone key with a zone that is not valid', fresh: 2, toldAfter: [ZONE, 'records'] },
    make: (kv) => change(kv, KEY, JSON.stringify({ ...zoneOf(ZONE, 3), records: { www: { A: 'x' } } })),
  },
  {
    ...{ fault: 'a zone key with metadata that say that all is well', fresh: 2, toldAfter: [ZONE, 'is not JSON'] },
    make: (kv) => kv.values.set(KEY, { value: '{', metadata: kv.values.get(KEY)?.metadata }),
  },
  {
    fault: 'a zone key that is gone',
    make: (kv) => kv.values.delete(KEY),
    fresh: 2,
    toldAfter: [ZONE, 'is not in KV'],
  },
  {
    ...{
      fault: 'a document of another zone',
      fresh: 2,
      toldAfter: [ZONE, 'is of the zone b.example.; expected a.example.'],
    },
    make: (kv) => change(kv, KEY, JSON.stringify(zoneOf(OTHER, 3))),
  },
  { fault: 'a document from the future', make: (kv) => change(kv, KEY, FUTURE), fresh: 2, toldAfter: [ZONE, 'format'] },
  {
    ...{ fault: 'a valid document by hand', fresh: 2, after: 3 },
    make: (kv) => change(kv, KEY, JSON.stringify(zoneOf(ZONE, 3))),
  },
  {
    ...{ fault: 'a copy that is gone', fresh: 2 },
    make: (kv) => kv.values.delete(documentOf(kv)),
  },
  { fault: 'a copy that is damaged', make: (kv) => change(kv, documentOf(kv), '{'), fresh: 2 },
  {
    ...{ fault: 'a copy that somebody changed', fresh: 2 },
    make: (kv) => change(kv, documentOf(kv), JSON.stringify(zoneOf(ZONE, 7))),
  },
  {
    ...{ fault: 'a copy and a zone key that are damaged', fresh: 1, warm: 2 },
    ...{ told: [ZONE, 'is not the one that was published'], toldAfter: [ZONE, 'is not JSON'] },
    make: (kv) => {
      change(kv, documentOf(kv), '{')
      change(kv, KEY, '{')
    },
  },
  {
    ...{ fault: 'a catalog with a hash that nothing has', fresh: 2, told: [ZONE, 'is not in KV'] },
    make: (kv) => {
      const catalog = JSON.parse(kv.values.get('catalog')?.value ?? '')
      catalog.zones[ZONE] = { serial: 3, hash: 'f'.repeat(64) }
      change(kv, 'catalog', JSON.stringify(catalog))
    },
  },
  {
    fault: 'a damaged catalog',
    make: (kv) => change(kv, 'catalog', '{"zones":'),
    fresh: 2,
    told: ['catalog', 'is not JSON'],
  },
  {
    ...{ fault: 'a catalog of another shape', fresh: 2, told: ['catalog', 'of the shape'] },
    make: (kv) => change(kv, 'catalog', '{"zones":{"a.example":{}}}'),
  },
  {
    fault: 'an empty catalog key',
    make: (kv) => change(kv, 'catalog', ''),
    fresh: 2,
    told: ['catalog', 'is not JSON'],
  },
  {
    fault: 'a missing catalog',
    make: (kv) => kv.values.delete('catalog'),
    fresh: 2,
    told: ['catalog', 'is not in KV'],
  },
  {
    ...{ fault: 'a damaged catalog and a damaged zone key', fresh: 2 },
    ...{ told: ['catalog', 'is not JSON'], toldAfter: [ZONE, 'is not JSON'] },
    make: (kv) => {
      change(kv, 'catalog', '{')
      change(kv, KEY, '{')
    },
  },
  {
    ...{ fault: 'a damaged catalog and a zone key that is gone', fresh: 2 },
    ...{ told: ['catalog', 'is not JSON'], toldAfter: [ZONE, 'is not in KV'] },
    make: (kv) => {
      change(kv, 'catalog', '{')
      kv.values.delete(KEY)
    },
  },
  {
    ...{ fault: 'a zone key in capital letters', fresh: 2, toldAfter: ['A.example', 'expected "zone:a.example"'] },
    make: (kv) => change(kv, 'zone:A.example', JSON.stringify(zoneOf(ZONE, 3))),
  },
  {
    ...{ fault: 'a zone key with a dot at the end', fresh: 2, toldAfter: ['a.example.', 'expected "zone:a.example"'] },
    make: (kv) => change(kv, 'zone:a.example.', JSON.stringify(zoneOf(ZONE, 3))),
  },
  {
    ...{ fault: 'a zone key that is no name', fresh: 2, toldAfter: ['a..example', 'does not name a zone'] },
    make: (kv) => change(kv, 'zone:a..example', '{}'),
  },
  { fault: 'nothing', make: () => {}, fresh: 2 },
]

/** What status says of the fault, and nothing of anything else. */
function expectTold(isolate: TestIsolate, told: readonly [string, string] | undefined): void {
  const { refused } = isolate.snapshot
  expect(refused.map(({ origin }) => origin)).toEqual(told ? [told[0]] : [])
  if (told) expect(refused[0]?.why).toContain(told[1])
  for (const { why } of refused) expect(why.length).toBeLessThanOrEqual(220)
}

describe.each(FAULTS)('$fault', ({ make, fresh, warm = 2, after = fresh, told, toldAfter }) => {
  test('an isolate that begins', async () => {
    const kv = await publishedTwice()
    make(kv)
    const isolate = new TestIsolate(kv)
    expect([await isolate.ask(ZONE), await isolate.ask(OTHER)]).toEqual([fresh, 9])
    expectTold(isolate, told)
  })

  test('an isolate that had the zone, also after an hour', async () => {
    const kv = await publishedTwice()
    const isolate = new TestIsolate(kv)
    await isolate.ask(ZONE)
    make(kv)
    for (const now of [MINUTE, 2 * MINUTE, HOUR]) {
      isolate.now = now
      expect([now, await isolate.ask(ZONE), await isolate.ask(OTHER)]).toEqual([now, warm, 9])
    }
  })

  test('the cron mends what it can, tells of the rest, and then writes nothing', async () => {
    const kv = await publishedTwice()
    make(kv)
    await reconcile(kv as never, 5 * MINUTE)
    const first = new TestIsolate(kv, 5 * MINUTE)
    expect([await first.ask(ZONE), await first.ask(OTHER)]).toEqual([after, 9])
    expectTold(first, toldAfter)
    const { since } = first.snapshot.refused[0] ?? {}
    if (toldAfter?.[1] === 'is not in KV') return
    kv.ops.length = 0
    for (const minute of [10, 15]) await reconcile(kv as never, minute * MINUTE)
    expect(kv.writes()).toEqual([])
    // The time is that of the first finding, whichever isolate tells it.
    const later = new TestIsolate(kv, HOUR)
    expect([await later.ask(ZONE), later.snapshot.refused[0]?.since]).toEqual([after, since])
    expectTold(later, toldAfter)
  })

  test('publishing repairs it, once', async () => {
    const kv = await publishedTwice()
    make(kv)
    await reconcile(kv as never, 5 * MINUTE)
    const again = () => publish([publication(ZONE, 2), publication(OTHER, 9)], kv.commands, { prune: true, now: 0 })
    must(await again())
    const isolate = new TestIsolate(kv, HOUR)
    expect([await isolate.ask(ZONE), await isolate.ask(OTHER)]).toEqual([2, 9])
    expect(kv.values.get(KEY)?.value).toBe(publication(ZONE, 2).text)
    expect(must(await again())).toMatchObject({ unchanged: [ZONE, OTHER], writes: 0 })
  })
})

test('a zone whose key is gone is served on and named; the second time, five minutes later, it is removed', async () => {
  const kv = await publishedTwice()
  kv.values.delete(KEY)
  const first = await reconcile(kv as never, 5 * MINUTE)
  expect(first.result).toMatchObject({ missing: [ZONE], removed: [] })
  // A cron that runs twice in the same minute does not count twice.
  await reconcile(kv as never, 5 * MINUTE)
  const isolate = new TestIsolate(kv)
  expect(await isolate.ask(ZONE)).toBe(2)
  expectTold(isolate, [ZONE, 'the key "zone:a.example" is not in KV'])
  const second = await reconcile(kv as never, 10 * MINUTE)
  expect(second.result).toMatchObject({ missing: [], removed: [ZONE] })
  const later = new TestIsolate(kv)
  expect(await later.ask(ZONE)).toBe('REFUSED')
  expectTold(later, undefined)
  // Its documents go when no isolate can want them any more.
  await reconcile(kv as never, 30 * MINUTE)
  expect([...kv.values.keys()].filter((key) => key.startsWith('doc:'))).toHaveLength(1)
})

describe('KV that hangs or fails', () => {
  const isDocument = ([kind, key]: readonly [string, string]) => kind === 'get' && key.startsWith('doc:')
  const isZone = ([kind, key]: readonly [string, string]) => kind === 'get' && key.startsWith('zone:')
  const isCatalogOrList = ([kind, key]: readonly [string, string]) => kind === 'list' || key === 'catalog'
  const isCatalog = ([, key]: readonly [string, string]) => key === 'catalog'

  test.each<[string, (op: readonly [string, string]) => boolean, () => Promise<void>, number | string]>([
    ['all of it hangs', () => true, hangs, 'SERVFAIL'],
    ['all of it fails', () => true, fails, 'SERVFAIL'],
    ['the catalog hangs', isCatalog, hangs, 2],
    ['the catalog fails', isCatalog, fails, 2],
    ['the catalog and the lists hang', isCatalogOrList, hangs, 'SERVFAIL'],
    ['the catalog and the lists fail', isCatalogOrList, fails, 'SERVFAIL'],
    ['the catalog and the copies hang', (op) => isCatalog(op) || isDocument(op), hangs, 2],
    ['the copies hang', isDocument, hangs, 2],
    ['the copies fail', isDocument, fails, 2],
    ['the zone keys hang', isZone, hangs, 2],
    ['the zone keys fail', isZone, fails, 2],
  ])('%s', async (_, concerns, how, fresh) => {
    const kv = await publishedTwice()
    const warm = new TestIsolate(kv)
    await warm.ask(ZONE)
    kv.before = (op) => (concerns(op) ? how() : undefined)
    for (const now of [MINUTE, HOUR, HOUR + 1000, 2 * HOUR]) {
      warm.now = now
      expect([now, await warm.askWhileKvHangs(ZONE)]).toEqual([now, 2])
    }
    const isolate = new TestIsolate(kv)
    expect(await isolate.askWhileKvHangs(ZONE)).toBe(fresh)
    if (fresh === 'SERVFAIL')
      expect(isolate.snapshot.refused.map(({ why }) => why).join()).toMatch(/in time|KV is down/)
    // KV works again: so does the zone.
    kv.before = () => {}
    isolate.now = 11_000
    await isolate.ask(ZONE)
    isolate.now = 12_000
    expect(await isolate.ask(ZONE)).toBe(2)
  })

  test('a chain of names through five zones waits for one deadline, and once', async () => {
    const kv = new MemoryKv()
    const names = ['a', 'b', 'c', 'd', 'e'].map((letter) => `${letter}.example`)
    const versions = async (version: number) => {
      const zones = names.map((origin, i) => {
        const next = names[i + 1]
        return publication(origin, version, next === undefined ? {} : { www: { CNAME: `www.${next}.` } })
      })
      must(await publish(zones, kv.commands, { prune: true, now: 0 }))
    }
    await versions(1)
    const isolate = new TestIsolate(kv)
    expect(await isolate.ask('a.example')).toBe(1)
    await versions(2)
    isolate.timers.length = 0
    isolate.now = HOUR
    kv.before = () => hangs()
    expect(await isolate.askWhileKvHangs('a.example')).toBe(1)
    expect(isolate.timers).toEqual([2000])
    // Who comes later does not wait again.
    isolate.now = HOUR + 5000
    expect(await isolate.askWhileKvHangs('a.example')).toBe(1)
    expect(isolate.timers).toEqual([2000])
  })

  test('documents that hang, zone by zone, share the deadline', async () => {
    const kv = new MemoryKv()
    const chain = publication('a.example', 1, { www: { CNAME: 'www.b.example.' } })
    const zones = [chain, publication('b.example', 1)]
    must(await publish(zones, kv.commands, { prune: true, now: 0 }))
    kv.before = (op) => (isDocument(op) ? hangs() : undefined)
    const isolate = new TestIsolate(kv)
    expect(await isolate.askWhileKvHangs('a.example')).toBe(1)
    expect(isolate.timers.filter((ms) => ms === QUERY_DEADLINE_MS)).toHaveLength(1)
  })

  test('zone keys and documents that hang, zone by zone, share the deadline', async () => {
    const kv = new MemoryKv()
    const chain = publication('a.example', 1, { www: { CNAME: 'www.b.example.' } })
    must(await publish([chain, publication('b.example', 1)], kv.commands, { prune: true, now: 0 }))
    kv.before = (op) => (isDocument(op) || isZone(op) ? hangs() : undefined)
    const isolate = new TestIsolate(kv)
    expect(await isolate.askWhileKvHangs('a.example')).toBe('SERVFAIL')
    expect(isolate.timers.filter((ms) => ms === QUERY_DEADLINE_MS)).toHaveLength(1)
  })

  test.each<[string, (kv: MemoryKv) => void]>([
    ['is gone', (kv) => kv.values.delete(KEY)],
    ['hangs too', (kv) => kv.values.set(KEY, { value: 'hangs', metadata: null })],
    ['is damaged', (kv) => change(kv, KEY, '{')],
    ['is of another zone', (kv) => change(kv, KEY, JSON.stringify(zoneOf(OTHER, 3)))],
    ['is from the future', (kv) => change(kv, KEY, FUTURE)],
  ])('the document hangs and the zone key %s: the document before is served, and named', async (_, make) => {
    const kv = await publishedTwice()
    make(kv)
    const newest = documentOf(kv)
    kv.before = ([, key]) => (key === newest || kv.values.get(key)?.value === 'hangs' ? hangs() : undefined)
    const isolate = new TestIsolate(kv)
    expect(await isolate.askWhileKvHangs(ZONE)).toBe(1)
    expectTold(isolate, [ZONE, 'in time'])
    expect(await isolate.askWhileKvHangs(OTHER)).toBe(9)
    // What hangs is not begun again with each query.
    isolate.now = 1001
    for (let i = 0; i < 100; i++) {
      isolate.now += 20
      expect(await isolate.askWhileKvHangs(ZONE)).toBe(1)
    }
    expect(kv.reads.filter((key) => key === newest).length).toBeLessThanOrEqual(2)
    kv.before = () => {}
    isolate.now = 20_000
    await isolate.ask(ZONE)
    isolate.now = 22_000
    expect(await isolate.ask(ZONE)).toBe(2)
    expectTold(isolate, undefined)
  })

  test('a document that comes late is taken, and the one before does not replace it', async () => {
    const kv = await publishedTwice()
    kv.values.delete(KEY)
    const [newest, before] = [documentOf(kv), documentOf(kv, 'previous')]
    let give = (): void => {}
    const gate = new Promise<void>((resolve) => {
      give = resolve
    })
    let giveBefore = (): void => {}
    kv.before = ([, key]) => {
      if (key === newest) return gate
      if (key !== before) return undefined
      give()
      return new Promise((resolve) => {
        giveBefore = resolve
      })
    }
    const isolate = new TestIsolate(kv)
    expect(await isolate.askWhileKvHangs(ZONE)).toBe(2)
    giveBefore()
    kv.before = () => {}
    isolate.now = 1000
    expect(await isolate.ask(ZONE)).toBe(2)
    expect(kv.reads).toContain(before)
    expectTold(isolate, undefined)
  })

  test('a catalog that takes less than a second costs no list of keys', async () => {
    const kv = await publishedTwice()
    kv.ops.length = 0
    let give = (): void => {}
    kv.before = (op) => (isCatalog(op) ? new Promise((resolve) => (give = resolve)) : undefined)
    const isolate = new TestIsolate(kv)
    const asked = isolate.ask(ZONE)
    await expect.poll(() => isolate.timers.length).toBe(2)
    isolate.late(999)
    give()
    expect(await asked).toBe(2)
    expect(kv.ops.filter(([kind]) => kind === 'list')).toEqual([])
  })

  test('the cron does not read further places for zones that come late', async () => {
    const kv = await publishedTwice()
    const catalog = JSON.parse(kv.values.get('catalog')?.value ?? '')
    for (const zone of Object.values(catalog.zones) as { probes: number }[]) zone.probes = 1
    change(kv, 'catalog', JSON.stringify(catalog))
    kv.before = (op) => (isDocument(op) ? hangs() : undefined)
    const isolate = new TestIsolate(kv)
    kv.reads.length = 0
    const read = isolate.snapshot.conditions(0, () => {})
    await expect.poll(() => kv.reads.length).toBe(2)
    isolate.late()
    await read
    expect(kv.reads.filter((key) => key.startsWith('zone:'))).toEqual([])
  })
})

test('steady queries read the catalog alone, and a change shows in the next answer', async () => {
  const kv = await publishedTwice()
  const isolate = new TestIsolate(kv)
  for (let seconds = 0; seconds < 600; seconds++) {
    isolate.now = seconds * 1000
    await isolate.ask(ZONE)
  }
  const reads = Map.groupBy(kv.ops.splice(0), ([, key]) => key)
  expect([reads.get('catalog')?.length, reads.size]).toEqual([20, 2])
  must(await publish([publication(ZONE, 3)], kv.commands, { prune: false, now: 0 }))
  isolate.now = 621_000
  expect(await isolate.ask(ZONE)).toBe(2)
  isolate.now = 622_000
  expect(await isolate.ask(ZONE)).toBe(3)
  // After a silence the first answer is already the new one.
  must(await publish([publication(ZONE, 4)], kv.commands, { prune: false, now: 0 }))
  isolate.now = HOUR
  expect(await isolate.ask(ZONE)).toBe(4)
})

test('a clock that jumps ahead and back hides no change', async () => {
  const kv = await publishedTwice()
  const isolate = new TestIsolate(kv)
  isolate.now = 24 * HOUR
  await isolate.ask(ZONE)
  isolate.now = 0
  await isolate.ask(ZONE)
  must(await publish([publication(ZONE, 3)], kv.commands, { prune: false, now: 0 }))
  isolate.now = 31_000
  await isolate.ask(ZONE)
  isolate.now = 32_000
  expect(await isolate.ask(ZONE)).toBe(3)
})

test('very many refused keys do not make the catalog grow without bound, nor are they written each time', async () => {
  const kv = await publishedTwice()
  for (let i = 0; i < 500; i++) change(kv, `zone:z${i}.example`, 'x'.repeat(1000))
  await reconcile(kv as never, 5 * MINUTE)
  expect(kv.values.get('catalog')?.value.length).toBeLessThan(30_000)
  kv.ops.length = 0
  await reconcile(kv as never, 10 * MINUTE)
  expect(kv.writes()).toEqual([])
})

test('nothing is published: names are refused, and the keys are listed once', async () => {
  const kv = new MemoryKv()
  const isolate = new TestIsolate(kv)
  for (const now of [0, MINUTE, HOUR]) {
    isolate.now = now
    expect(await isolate.ask(ZONE)).toBe('REFUSED')
  }
  expect(kv.ops.filter(([kind]) => kind === 'list').map(([, prefix]) => prefix)).toEqual(['doc:', 'zone:'])
  expect(isolate.snapshot.refused).toEqual([])
})
