import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { publish } from '../../../src/cli/publish/publish-plan.ts'
import { QUERY_DEADLINE_MS } from '../../../src/store/deadline.ts'
import { reconcile } from '../../../src/store/index.ts'
import { eventually } from '../../eventually.ts'
import { must } from '../support.ts'
import { pack, unpack } from '../zone/format-reader.ts'
import { MemoryKv, publication, publicationOf, TestIsolate, zoneOf } from './kv-memory.ts'

const ZONE = 'a.example'
const OTHER = 'b.example'
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const KEY = `zone:${ZONE}`
const hangs = (): Promise<void> => new Promise(() => {})
const fails = (): Promise<void> => Promise.reject(new Error('KV is down'))
const change = (kv: MemoryKv, key: string, value: string | Uint8Array) => kv.values.set(key, { value, metadata: null })

/** The key of the compiled zone that isolates read for the zone. */
const headOf = (kv: MemoryKv, entry: 'zone' | 'previousZone' = 'zone'): string =>
  `head:${JSON.parse(kv.textOf('catalog') ?? '').zones[ZONE][entry]}`

/** The octets of another compiled zone. */
const headOctets = async (origin: string, version: number): Promise<Uint8Array> =>
  [...(await publication(origin, version).compiled()).values.values()].at(-1) as Uint8Array
const OF_OTHER = await headOctets(OTHER, 3)
const OF_SAME = await headOctets(ZONE, 7)

/** A zone with one check of one target. */
const checkedZone = (origin: string) => ({
  ...zoneOf(origin, 1),
  checks: { web: { kind: 'tcp', port: 80 } },
  records: { www: { A: { kind: 'pool', check: 'web', members: ['192.0.2.1'] } } },
})

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
  /**
   * The answers of an isolate that begins now, of one that had the zone, and of one that begins after the cron was
   * there.
   */
  readonly fresh: number | string
  readonly warm?: number | string
  readonly after?: number | string
  /** The fault that status names, before and after the cron: the origin, and a part of the reason. */
  readonly told?: readonly [string, string]
  readonly toldAfter?: readonly [string, string] | undefined
}

const FUTURE = JSON.stringify({ ...zoneOf(ZONE, 3), format: 2 })

const NOT_PUBLISHED = 'is not the one that was published'

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
    ...{ fault: 'a head that is gone', fresh: 1, after: 2, told: [ZONE, 'is not in KV'] },
    make: (kv) => kv.values.delete(headOf(kv)),
  },
  {
    ...{ fault: 'a head that is damaged', fresh: 1, after: 2, told: [ZONE, NOT_PUBLISHED] },
    make: (kv) => change(kv, headOf(kv), '{'),
  },
  {
    ...{ fault: 'a head that is empty', fresh: 1, after: 2, told: [ZONE, NOT_PUBLISHED] },
    make: (kv) => change(kv, headOf(kv), ''),
  },
  {
    ...{ fault: 'a head of another version', fresh: 1, after: 2, told: [ZONE, NOT_PUBLISHED] },
    make: (kv) => change(kv, headOf(kv), OF_SAME),
  },
  {
    ...{ fault: 'a head of another zone', fresh: 1, after: 2, told: [ZONE, NOT_PUBLISHED] },
    make: (kv) => change(kv, headOf(kv), OF_OTHER),
  },
  {
    ...{ fault: 'two heads that are gone', fresh: 'SERVFAIL', after: 2, told: [ZONE, 'is not in KV'] },
    make: (kv) => {
      kv.values.delete(headOf(kv))
      kv.values.delete(headOf(kv, 'previousZone'))
    },
  },
  {
    ...{ fault: 'a head and a zone key that are damaged', fresh: 1, warm: 2 },
    ...{ told: [ZONE, NOT_PUBLISHED], toldAfter: [ZONE, 'is not JSON'] },
    make: (kv) => {
      change(kv, headOf(kv), '{')
      change(kv, KEY, '{')
    },
  },
  {
    ...{ fault: 'a catalog with a hash that nothing has', fresh: 'SERVFAIL', after: 2, told: [ZONE, 'is not in KV'] },
    make: (kv) => {
      const catalog = JSON.parse(kv.textOf('catalog') ?? '')
      catalog.zones[ZONE] = { serial: 3, hash: 'f'.repeat(64), zone: 'f'.repeat(64) }
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
    make: (kv) => change(kv, 'catalog', '{"zones":[]}'),
  },
  {
    ...{ fault: 'a catalog with one damaged entry', fresh: 'SERVFAIL', warm: 2, after: 2 },
    told: [ZONE, 'its entry in the catalog is damaged'],
    make: (kv) => {
      const catalog = JSON.parse(kv.textOf('catalog') ?? '')
      catalog.zones[ZONE].zone = 1
      change(kv, 'catalog', JSON.stringify(catalog))
    },
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

/** Expects that status tells of this fault, and of nothing else. */
function expectTold(isolate: TestIsolate, told: readonly [string, string] | undefined): void {
  const { refused } = isolate.snapshot
  expect(refused.map(({ origin }) => origin)).toEqual(told ? [told[0]] : [])
  if (told) expect(refused[0]?.why).toContain(told[1])
  for (const { why } of refused) expect(why.length).toBeLessThanOrEqual(220)
}

describe.each(FAULTS)('$fault', ({ fault, make, fresh, warm = 2, after = fresh, told, toldAfter }) => {
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
    // A value that a publisher wrote, and that the catalog does not name, counts when it is found again.
    if (fault.includes('that nothing has')) await reconcile(kv as never, MINUTE)
    await reconcile(kv as never, 5 * MINUTE)
    const first = new TestIsolate(kv, 5 * MINUTE)
    expect([await first.ask(ZONE), await first.ask(OTHER)]).toEqual([after, 9])
    expectTold(first, toldAfter)
    const { since } = first.snapshot.refused[0] ?? {}
    if (toldAfter?.[1] === 'is not in KV') return
    kv.ops.length = 0
    for (const minute of [10, 15]) await reconcile(kv as never, minute * MINUTE)
    expect(kv.writes().filter(([kind]) => kind === 'put')).toEqual([])
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
  // Its compiled zones go when no isolate can want them any more.
  await reconcile(kv as never, 30 * MINUTE)
  expect([...kv.values.keys()].filter((key) => key.startsWith('head:'))).toHaveLength(1)
})

describe('KV that hangs or fails', () => {
  const isHead = ([kind, key]: readonly [string, string]) => kind === 'get' && key.startsWith('head:')
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
    ['the catalog and the heads hang', (op) => isCatalog(op) || isHead(op), hangs, 'SERVFAIL'],
    ['the heads hang', isHead, hangs, 'SERVFAIL'],
    ['the heads fail', isHead, fails, 'SERVFAIL'],
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
    // Later queries do not wait again.
    isolate.now = HOUR + 5000
    expect(await isolate.askWhileKvHangs('a.example')).toBe(1)
    expect(isolate.timers).toEqual([2000])
  })

  test('heads that hang, zone by zone, share the deadline', async () => {
    const kv = new MemoryKv()
    const chain = (version: number) => publication('a.example', version, { www: { CNAME: 'www.b.example.' } })
    for (const version of [1, 2]) {
      const zones = [chain(version), publication('b.example', version)]
      must(await publish(zones, kv.commands, { prune: true, now: 0 }))
    }
    const current = ['a.example', 'b.example'].map(
      (origin) => `head:${JSON.parse(kv.textOf('catalog') ?? '').zones[origin].zone}`,
    )
    kv.before = ([, key]) => (current.includes(key) ? hangs() : undefined)
    const isolate = new TestIsolate(kv)
    // Each zone before answers.
    expect(await isolate.askWhileKvHangs('a.example')).toBe(1)
    expect(isolate.timers.filter((ms) => ms === QUERY_DEADLINE_MS)).toHaveLength(1)
    kv.before = (op) => (isHead(op) ? hangs() : undefined)
    const none = new TestIsolate(kv)
    expect(await none.askWhileKvHangs('a.example')).toBe('SERVFAIL')
    expect(none.timers.filter((ms) => ms === QUERY_DEADLINE_MS)).toHaveLength(1)
  })

  test('the head hangs: the zone before is served, and named', async () => {
    const kv = await publishedTwice()
    const newest = headOf(kv)
    kv.before = ([, key]) => (key === newest ? hangs() : undefined)
    const isolate = new TestIsolate(kv)
    expect(await isolate.askWhileKvHangs(ZONE)).toBe(1)
    expectTold(isolate, [ZONE, 'in time'])
    expect(await isolate.askWhileKvHangs(OTHER)).toBe(9)
    // A read that hangs is not begun again with each query.
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

  test('a head that comes late is taken, and the one before does not replace it', async () => {
    const kv = await publishedTwice()
    const [newest, before] = [headOf(kv), headOf(kv, 'previousZone')]
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
    await eventually(() => expect(isolate.timers.length).toBe(2))
    isolate.late(999)
    give()
    expect(await asked).toBe(2)
    expect(kv.ops.filter(([kind]) => kind === 'list')).toEqual([])
  })

  test('the cron reads checks that come late once, and no further keys for them', async () => {
    const kv = new MemoryKv()
    const zones = [ZONE, OTHER].map((origin) => publicationOf(checkedZone(origin)))
    must(await publish(zones, kv.commands, { prune: true, now: 0 }))
    kv.reads.length = 0
    kv.before = ([kind, key]) => (kind === 'get' && key.startsWith('part:') ? hangs() : undefined)
    const isolate = new TestIsolate(kv)
    const read = isolate.snapshot.conditions(0, () => {})
    await eventually(() => expect(kv.reads.length).toBe(2))
    isolate.late()
    expect(await read).toMatchObject({ conditions: [], complete: false })
    expect(kv.reads.map((key) => key.replace(/:.*/, ''))).toEqual(['catalog', 'part'])
    kv.before = () => {}
    const { conditions, complete } = await isolate.snapshot.conditions(60_000, () => {})
    expect([conditions.length, complete]).toEqual([2, true])
    // Checks that are there are not read again.
    kv.reads.length = 0
    await isolate.snapshot.conditions(120_000, () => {})
    expect(kv.reads).toEqual(['catalog'])
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
  expect(kv.textOf('catalog')?.length).toBeLessThan(30_000)
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
  const listed = kv.ops.filter(([kind]) => kind === 'list').map(([, prefix]) => prefix)
  expect(listed).toEqual(['head:', 'zone:', 'dnssec:'])
  expect(isolate.snapshot.refused).toEqual([])
})

test('a compiled zone that is what was published, and not what a query can use, is SERVFAIL, and the status says so', async () => {
  const kv = await publishedTwice()
  const { sections, ...value } = unpack(kv.values.get(headOf(kv))?.value as Uint8Array)
  // The names lose their rrsets: whoever published it had another program.
  const head = pack({ ...value, sections: sections.map((section, i) => (i === 4 ? section.subarray(0, 6) : section)) })
  const zone = createHash('sha256').update(head).digest('hex')
  const catalog = JSON.parse(kv.textOf('catalog') ?? '')
  catalog.zones[ZONE].zone = zone
  change(kv, 'catalog', JSON.stringify(catalog))
  change(kv, `head:${zone}`, head)
  const isolate = new TestIsolate(kv, MINUTE)
  expect([await isolate.ask(ZONE), await isolate.ask(OTHER)]).toEqual(['SERVFAIL', 9])
  const told = [{ origin: ZONE, since: MINUTE, why: expect.stringContaining('is not as it was written') }]
  expect(isolate.snapshot.refused).toEqual(told)
  isolate.now = HOUR
  expect(await isolate.ask(ZONE)).toBe('SERVFAIL')
  expect(isolate.snapshot.refused).toEqual(told)
})
