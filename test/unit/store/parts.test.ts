import { describe, expect, test } from 'vitest'
import { publish } from '../../../src/cli/publish/publish-plan.ts'
import { headKey, partKey, reconcile } from '../../../src/store/index.ts'
import { readHead } from '../../../src/zone/query-path.ts'
import { eventually } from '../../eventually.ts'
import { must } from '../support.ts'
import { Died, MemoryKv, publicationOf, TestIsolate, zoneOf } from './kv-memory.ts'

const ZONE = 'large.example'
const OTHER = 'other.example'
const MINUTE = 60_000
const SIZES = { headBytes: 64, leastBytes: 0, partBytes: 600, namesAPart: 6 }
const NAMES = Array.from({ length: 40 }, (_, i) => `n${i}`)

/** A zone in parts, all of whose addresses say its version. `changed` is the version of the first name alone. */
const large = (version: number, origin = ZONE, changed = version) =>
  publicationOf(
    zoneOf(
      origin,
      version,
      Object.fromEntries(NAMES.map((name, i) => [name, { A: `192.0.2.${i === 0 ? changed : version}` }])),
    ),
    SIZES,
  )

const put = async (kv: MemoryKv, now: number, ...zones: ReturnType<typeof large>[]) =>
  must(await publish(zones, kv.commands, { prune: false, now }))

async function published(...versions: number[]): Promise<MemoryKv> {
  const kv = new MemoryKv()
  for (const version of versions) await put(kv, version, large(version), large(version, OTHER))
  kv.ops.length = 0
  kv.reads.length = 0
  return kv
}

type Entry = { zone: string; previousZone?: string }
const entryOf = (kv: MemoryKv, origin = ZONE): Entry => JSON.parse(kv.textOf('catalog') ?? '').zones[origin]
const octetsOf = (kv: MemoryKv, key: string): Uint8Array => kv.values.get(key)?.value as Uint8Array
const partsOf = (kv: MemoryKv, hash: string): string[] =>
  Array.from(must(readHead(Uint8Array.from(octetsOf(kv, headKey(hash))))).parts, partKey)
const heads = (kv: MemoryKv) => [...kv.values.keys()].filter((key) => key.startsWith('head:')).sort()
const parts = (kv: MemoryKv) => [...kv.values.keys()].filter((key) => key.startsWith('part:')).sort()

/** The name of which a part is asked for, and a name of another part. */
const [LAST, FIRST] = ['n39', 'n0'].map((name) => `${name}.${ZONE}`) as [string, string]

/** The key of the part that has a name. */
async function partWith(kv: MemoryKv, name: string): Promise<string> {
  const copy = kv.copy()
  await new TestIsolate(copy).ask(ZONE, name)
  const read = copy.reads.filter((key) => key.startsWith('part:'))
  expect(read).toHaveLength(1)
  return read[0] as string
}

const hangs = (): Promise<void> => new Promise(() => {})
const fails = (): Promise<void> => Promise.reject(new Error('KV is down'))
const at = (key: string, how: () => Promise<void>, kv: MemoryKv) => {
  kv.before = ([, asked]) => (asked === key ? how() : undefined)
}

test('a zone in parts: an isolate reads the head, and each part once', async () => {
  const kv = await published(1, 2)
  const isolate = new TestIsolate(kv)
  for (let i = 0; i < 3; i++) for (const name of NAMES) expect(await isolate.ask(ZONE, `${name}.${ZONE}`)).toBe(2)
  const { zone } = entryOf(kv)
  const all = partsOf(kv, zone)
  expect(all.length).toBeGreaterThan(3)
  // The first part is the origin's, which nobody asks for.
  expect([...kv.reads].sort()).toEqual(['catalog', headKey(zone), ...all.slice(1)].sort())
  expect(await partWith(kv, FIRST)).not.toBe(await partWith(kv, LAST))
})

const FAULTS: readonly (readonly [string, (kv: MemoryKv, key: string) => Promise<void> | void])[] = [
  ['is gone', (kv, key) => void kv.values.delete(key)],
  ['is damaged', (kv, key) => void kv.values.set(key, { value: '{', metadata: null })],
  [
    'has one other octet',
    (kv, key) => {
      const octets = octetsOf(kv, key).slice()
      octets[octets.length - 5] = (octets[octets.length - 5] as number) ^ 1
      kv.values.set(key, { value: octets, metadata: null })
    },
  ],
  [
    'is another part of the zone',
    async (kv, key) => void kv.values.set(key, kv.values.get(await partWith(kv, FIRST)) as never),
  ],
  [
    'is a part of another zone',
    (kv, key) => {
      const [part] = partsOf(kv, entryOf(kv, OTHER).zone)
      kv.values.set(key, kv.values.get(part ?? '') as never)
    },
  ],
  [
    'is that of the version before',
    (kv, key) => {
      const { zone, previousZone } = entryOf(kv)
      const before = previousZone === undefined ? [] : partsOf(kv, previousZone)
      kv.values.set(key, kv.values.get(before[partsOf(kv, zone).indexOf(key)] ?? '') ?? { value: '', metadata: null })
    },
  ],
  ['fails', (kv, key) => at(key, fails, kv)],
  ['hangs', (kv, key) => at(key, hangs, kv)],
]

describe.each(FAULTS)('a part that %s', (_, make) => {
  /** Every name, asked in some order, again and again: all answers are of one version. */
  async function expectWhole(isolate: TestIsolate, version: number): Promise<void> {
    for (const name of [FIRST, LAST, ...NAMES.slice(1, 39).map((one) => `${one}.${ZONE}`)]) {
      isolate.now += 50
      expect([name, await isolate.askWhileKvHangs(ZONE, name)]).toEqual([name, version])
    }
  }

  test('in an isolate that begins: the zone before answers, whole', async () => {
    const kv = await published(1, 2)
    await make(kv, await partWith(kv, LAST))
    const isolate = new TestIsolate(kv)
    expect(await isolate.askWhileKvHangs(ZONE, LAST)).toBe(1)
    expect(isolate.snapshot.refused.map(({ origin }) => origin)).toEqual([ZONE])
    await expectWhole(isolate, 1)
  })

  test('in an isolate that has another part in memory: the zone before answers, whole', async () => {
    const kv = await published(1, 2)
    const isolate = new TestIsolate(kv)
    expect(await isolate.ask(ZONE, FIRST)).toBe(2)
    await make(kv, await partWith(kv, LAST))
    expect(await isolate.askWhileKvHangs(ZONE, LAST)).toBe(1)
    await expectWhole(isolate, 1)
  })

  test('in an isolate that has it in memory: nothing happens', async () => {
    const kv = await published(1, 2)
    const isolate = new TestIsolate(kv)
    expect(await isolate.ask(ZONE, LAST)).toBe(2)
    await make(kv, await partWith(kv, LAST))
    for (const now of [MINUTE, 60 * MINUTE]) {
      isolate.now = now
      expect(await isolate.askWhileKvHangs(ZONE, LAST)).toBe(2)
    }
    expect(isolate.snapshot.refused).toEqual([])
  })

  test('of a zone without one before: SERVFAIL for its names, and few reads', async () => {
    const kv = await published(2)
    const part = await partWith(kv, LAST)
    await make(kv, part)
    const isolate = new TestIsolate(kv)
    expect(await isolate.askWhileKvHangs(ZONE, FIRST)).toBe(2)
    kv.reads.length = 0
    for (let i = 0; i < 100; i++) {
      isolate.now += 20
      expect(await isolate.askWhileKvHangs(ZONE, LAST)).toBe('SERVFAIL')
      expect(await isolate.askWhileKvHangs(ZONE, FIRST)).toBe(2)
    }
    // Two seconds, an attempt a second, and two reads for what is not there.
    expect(kv.reads.filter((key) => key === part).length).toBeLessThanOrEqual(6)
    expect(kv.reads.filter((key) => key !== part)).toEqual([])
  })

  test('where the zone before lacks the same names: what is in memory answers', async () => {
    const kv = await published(1, 2)
    const { zone, previousZone } = entryOf(kv)
    const part = await partWith(kv, LAST)
    const before = partsOf(kv, previousZone ?? '')[partsOf(kv, zone).indexOf(part)] ?? ''
    const isolate = new TestIsolate(kv)
    expect(await isolate.ask(ZONE, FIRST)).toBe(2)
    await make(kv, part)
    kv.values.delete(before)
    expect(await isolate.askWhileKvHangs(ZONE, LAST)).toBe('SERVFAIL')
    expect(await isolate.askWhileKvHangs(ZONE, FIRST)).toBe(2)
  })

  test('when it is there again: the zone that was published answers, whole', async () => {
    const kv = await published(1, 2)
    const part = await partWith(kv, LAST)
    const stored = kv.values.get(part)
    await make(kv, part)
    const isolate = new TestIsolate(kv)
    expect(await isolate.askWhileKvHangs(ZONE, LAST)).toBe(1)
    isolate.now = MINUTE
    expect(await isolate.askWhileKvHangs(ZONE, LAST)).toBe(1)
    kv.before = () => {}
    if (stored) kv.values.set(part, stored)
    isolate.now = 3 * MINUTE
    await isolate.askWhileKvHangs(ZONE, FIRST)
    isolate.now += 2000
    await expectWhole(isolate, 2)
    expect(isolate.snapshot.refused).toEqual([])
  })
})

test('the zone before costs a bounded number of reads, however many queries there are', async () => {
  const kv = await published(1, 2)
  kv.values.delete(await partWith(kv, LAST))
  const isolate = new TestIsolate(kv)
  for (let i = 0; i < 500; i++) {
    isolate.now += 20
    expect(await isolate.ask(ZONE, i % 2 === 0 ? LAST : FIRST)).toBe(1)
  }
  // Ten seconds: the part is looked for at first and behind the first answer, twice each.
  expect(kv.reads.length).toBeLessThanOrEqual(10)
})

test('KV that fails: parts in memory answer, the others get SERVFAIL, and come back with KV', async () => {
  const kv = await published(1, 2)
  const isolate = new TestIsolate(kv)
  expect(await isolate.ask(ZONE, FIRST)).toBe(2)
  kv.before = fails
  for (let i = 0; i < 10; i++) {
    isolate.now += 500
    expect([await isolate.ask(ZONE, FIRST), await isolate.ask(ZONE, LAST)]).toEqual([2, 'SERVFAIL'])
  }
  kv.before = () => {}
  isolate.now += 1000
  expect([await isolate.ask(ZONE, LAST), await isolate.ask(ZONE, FIRST)]).toEqual([2, 2])
})

test('a part that comes late, but within the deadline, is taken', async () => {
  const kv = await published(2)
  const part = await partWith(kv, LAST)
  let give = (): void => {}
  at(part, () => new Promise((resolve) => (give = resolve)), kv)
  const isolate = new TestIsolate(kv)
  const asked = isolate.ask(ZONE, LAST)
  await eventually(() => expect(kv.reads.includes(part)).toBe(true))
  isolate.late(1000)
  give()
  expect(await asked).toBe(2)
})

describe('a roll-back', () => {
  const rollBack = (kv: MemoryKv): void => {
    const catalog = JSON.parse(kv.textOf('catalog') ?? '')
    const { zone, previousZone, hash, previous, ...entry } = catalog.zones[ZONE]
    catalog.zones[ZONE] = { ...entry, zone: previousZone, hash: previous, previousZone: zone, previous: hash }
    kv.values.set('catalog', { value: JSON.stringify(catalog), metadata: null })
  }

  test('is a catalog that names the zone before: isolates follow it', async () => {
    const kv = await published(1, 2)
    const isolate = new TestIsolate(kv)
    expect(await isolate.ask(ZONE, FIRST)).toBe(2)
    rollBack(kv)
    isolate.now = 10 * MINUTE
    expect([await isolate.ask(ZONE, FIRST), await isolate.ask(ZONE, LAST)]).toEqual([1, 1])
    expect(await new TestIsolate(kv).ask(ZONE, LAST)).toBe(1)
  })

  test('an isolate that holds the zone before reads nothing but the catalog', async () => {
    const kv = await published(1, 2)
    kv.values.delete(headKey(entryOf(kv).zone))
    const isolate = new TestIsolate(kv)
    for (const name of [FIRST, LAST]) expect(await isolate.ask(ZONE, name)).toBe(1)
    rollBack(kv)
    kv.reads.length = 0
    isolate.now = 10 * MINUTE
    for (const name of [FIRST, LAST]) expect(await isolate.ask(ZONE, name)).toBe(1)
    expect(kv.reads).toEqual(['catalog'])
    expect(isolate.snapshot.refused).toEqual([])
  })

  test('by publishing the version before: its values are there, and none is written again', async () => {
    const kv = await published(1, 2)
    await put(kv, 3, large(1))
    expect(kv.writes()).toEqual([
      ['put', `zone:${ZONE}`],
      ['put', 'catalog'],
    ])
    expect(await new TestIsolate(kv).ask(ZONE, LAST)).toBe(1)
  })
})

describe('values that nothing names', () => {
  test('one changed record writes one part, and the parts that the versions share stay', async () => {
    const kv = new MemoryKv()
    await put(kv, 0, large(1))
    const first = parts(kv)
    kv.writes()
    await put(kv, 0, large(1, ZONE, 2))
    expect(kv.writes().map(([kind, key]) => `${kind} ${key.replace(/:.*/, '')}`)).toEqual([
      ...['put part', 'put head', 'put zone', 'put catalog'],
    ])
    await put(kv, 0, large(1, ZONE, 3))
    expect([heads(kv).length, parts(kv).length]).toEqual([3, first.length + 2])
    // Nothing goes before ten minutes have passed.
    for (const minute of [5, 9.9]) await reconcile(kv as never, minute * MINUTE)
    expect([heads(kv).length, parts(kv).length]).toEqual([3, first.length + 2])
    for (const minute of [10, 15]) await reconcile(kv as never, minute * MINUTE)
    expect([heads(kv).length, parts(kv).length]).toEqual([2, first.length + 1])
    const isolate = new TestIsolate(kv)
    for (const name of NAMES.slice(1)) expect(await isolate.ask(ZONE, `${name}.${ZONE}`)).toBe(1)
    expect(await isolate.ask(ZONE, FIRST)).toBe(3)
    kv.ops.length = 0
    for (const minute of [20, 25]) await reconcile(kv as never, minute * MINUTE)
    expect(kv.writes()).toEqual([])
  })

  const sweepers = {
    cron: (kv: MemoryKv, now: number) => reconcile(kv as never, now),
    publish: (kv: MemoryKv, now: number) =>
      publish([large(3, ZONE, 4)], kv.commands, { prune: false, now }).then((done) => {
        if (!done.ok) throw new Died()
      }),
  }
  test.each(Object.keys(sweepers) as (keyof typeof sweepers)[])(
    'the %s dies after each operation of a sweep: the next one goes on, and nothing is left',
    async (by) => {
      const whole = new MemoryKv()
      for (const [version, changed] of [
        [1, 2],
        [3, 3],
        [3, 4],
      ] as const) {
        await put(whole, 0, large(version, ZONE, changed))
      }
      const { zone, previousZone } = entryOf(whole)
      const kept = [...new Set([zone, previousZone ?? ''].flatMap((hash) => partsOf(whole, hash)))].sort()
      expect(parts(whole).length).toBeGreaterThan(kept.length + 3)
      const tried = whole.copy()
      await sweepers[by](tried, 10 * MINUTE)
      for (let ops = 0; ops <= tried.ops.length; ops++) {
        const kv = whole.copy()
        let left = ops
        kv.before = () => {
          if (left-- <= 0) throw new Died()
        }
        await sweepers[by](kv, 10 * MINUTE).catch(() => {})
        kv.before = () => {}
        const isolate = new TestIsolate(kv)
        expect([await isolate.ask(ZONE, LAST), await isolate.ask(ZONE, FIRST)]).toEqual([3, 4])
        await sweepers[by](kv, 15 * MINUTE)
        expect([ops, heads(kv), parts(kv)]).toEqual([ops, [zone, previousZone ?? ''].map(headKey).sort(), kept])
      }
    },
  )

  test('of a publish that died, the next ones delete what it wrote', async () => {
    const whole = new MemoryKv()
    await put(whole, 0, large(1))
    const { zone } = entryOf(whole)
    const tried = whole.copy()
    tried.ops.length = 0
    await put(tried, 0, large(2))
    for (let ops = 0; ops < tried.ops.length; ops++) {
      const kv = whole.copy()
      let left = ops
      kv.before = () => {
        if (left-- <= 0) throw new Died()
      }
      await publish([large(2)], kv.commands, { prune: false, now: 0 })
      kv.before = () => {}
      for (const hour of [2, 3, 4]) await put(kv, hour * 60 * MINUTE, large(1))
      const kept = [zone, entryOf(kv).previousZone ?? zone]
      expect([ops, heads(kv)]).toEqual([ops, [...new Set(kept.map(headKey))].sort()])
      expect([ops, parts(kv)]).toEqual([ops, [...new Set(kept.flatMap((hash) => partsOf(kv, hash)))].sort()])
    }
  })

  test('a writer whose clock is ahead by a minute takes nothing away from others', async () => {
    const kv = new MemoryKv()
    for (const version of [1, 2, 3]) await put(kv, MINUTE, large(version))
    await reconcile(kv as never, 0)
    expect(heads(kv)).toHaveLength(3)
  })
})

describe('the cron finds a value that is lost', () => {
  test.each([['head'], ['part']])('a %s: it writes that value again', async (kind) => {
    const names = Array.from({ length: 12_000 }, (_, i) => [`n${i}`, { A: '192.0.2.2' }])
    const kv = new MemoryKv()
    await put(kv, 0, publicationOf(zoneOf(ZONE, 2, Object.fromEntries(names))))
    const { zone } = entryOf(kv)
    expect(parts(kv).length).toBeGreaterThan(1)
    const key = kind === 'head' ? headKey(zone) : (parts(kv)[0] ?? '')
    const stored = octetsOf(kv, key)
    kv.values.set(key, { value: '{', metadata: null })
    kv.writes()
    for (let round = 1; round <= 6; round++) await reconcile(kv as never, round * 5 * MINUTE)
    expect(Buffer.from(octetsOf(kv, key)).equals(stored)).toBe(true)
    expect(new Set(kv.writes().map(([, put]) => put)).size).toBe(kind === 'part' ? 1 : parts(kv).length + 1)
  })

  test.each([['head'], ['part']])(
    'a %s that another version of the compiler wrote: the zone is compiled anew',
    async (kind) => {
      const kv = await published(1, 2)
      const { zone, previousZone } = entryOf(kv)
      kv.values.delete(kind === 'head' ? headKey(zone) : await partWith(kv, LAST))
      expect(await new TestIsolate(kv).ask(ZONE, LAST)).toBe(1)
      for (let round = 1; round <= 20; round++) await reconcile(kv as never, round * 5 * MINUTE)
      expect(await new TestIsolate(kv).ask(ZONE, LAST)).toBe(2)
      expect(entryOf(kv).zone).not.toBe(zone)
      expect(entryOf(kv).previousZone).toBe(previousZone)
    },
  )
})
