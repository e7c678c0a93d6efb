import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { publish as publishTo } from '../../src/cli/publish/publish-plan.ts'
import { EMPTY_CATALOG, parseCatalog, planPublish, reconcile, Snapshot } from '../../src/store/index.ts'
import { limitsOf } from '../../src/store/plan-limits.ts'
import {
  dollarsOf,
  healthKeys,
  INSTALLATIONS,
  LISTS_A_PUBLISH,
  operationsOf,
  overFree,
  PAGES,
  pagesOf,
  readsAfterList,
  readsALook,
  readsAPublish,
  readsARefresh,
  readsATick,
  readsAWatch,
  withTables,
  writesAPublish,
} from '../../tools/installation.ts'
import { MemoryKv, publicationOf, TestIsolate, zoneOf } from './store/kv-memory.ts'
import { must } from './support.ts'

const MINUTE = 60_000

/** KV that gives out a thousand keys in a list, as the platform does. */
class PagedKv extends MemoryKv {
  constructor() {
    super()
    const { list } = this
    this.list = async (options: { prefix: string; cursor?: string }) => {
      const { keys } = await list(options)
      const start = Number(options.cursor ?? 0)
      const end = start + 1000
      return { keys: keys.slice(start, end), list_complete: end >= keys.length, cursor: `${end}` }
    }
  }
  countOf(kind: string): number {
    return this.ops.filter(([one]) => one === kind).length
  }
}

const documentOf = (i: number, version: number, hasChecks: boolean) => {
  const pool = { www: { A: { kind: 'pool', check: 'web', members: ['192.0.2.1'] } } }
  const zone = zoneOf(`zone-${i}.example`, version, hasChecks ? pool : {})
  return hasChecks ? { ...zone, checks: { web: { kind: 'tcp', port: 80 } } } : zone
}

async function published(count: number, hasChecks: boolean) {
  const kv = new PagedKv()
  const zones = Array.from({ length: count }, (_, i) => publicationOf(documentOf(i, 1, hasChecks)))
  for (const { key, value, metadata } of must(await planPublish(zones, EMPTY_CATALOG)).puts) {
    await kv.put(key, value, { metadata })
  }
  kv.ops.length = 0
  return { kv, zones }
}

describe.each([false, true])('the operations that docs/cost.md counts, with checks: %s', (hasChecks) => {
  test.each([
    [3, 'free'],
    [1003, 'free'],
    [25, 'paid'],
  ] as const)('a look of the cron at %i zones that nobody changed, plan %s', async (count, plan) => {
    const { kv } = await published(count, hasChecks)
    const { verifiedALook: maxVerified, copiesALook: maxCopies, keysALook } = limitsOf(plan, 900)
    await reconcile(kv as never, 5 * MINUTE, { maxVerified, maxCopies })
    expect(kv.countOf('get')).toBe(readsAfterList(count, hasChecks, plan))
    expect([kv.countOf('list'), kv.countOf('put'), kv.countOf('delete')]).toEqual([pagesOf(count), 0, 0])
    kv.ops.length = 0
    const origins = Array.from({ length: Math.min(count, keysALook) }, (_, i) => `zone-${i}.example`)
    await reconcile(kv as never, 6 * MINUTE, { maxVerified, maxCopies, origins: () => origins })
    expect([kv.countOf('list'), kv.countOf('put')]).toEqual([0, 0])
    expect(kv.countOf('get')).toBeLessThanOrEqual(readsALook(count, plan))
  })

  test.each([1, 7])('publishing %i changed zones of 10', async (changed) => {
    const { kv, zones } = await published(10, hasChecks)
    const catalog = must(parseCatalog(kv.textOf('catalog') ?? ''))
    const next = zones.map((zone, i) => (i < changed ? publicationOf(renumbered(i)) : zone))
    function renumbered(i: number) {
      const document = documentOf(i, 2, hasChecks)
      return hasChecks ? { ...document, checks: { web: { kind: 'tcp', port: 81 } } } : document
    }
    expect(must(await planPublish(next, catalog)).puts).toHaveLength(writesAPublish(changed, hasChecks))
  })
})

test('an isolate with a steady stream of queries reads the catalog once a refresh interval, and a zone once', async () => {
  const { kv } = await published(10, false)
  const isolate = new TestIsolate(kv)
  for (let second = 0; second < 3600; second += 5) {
    isolate.now = second * 1000
    await isolate.ask('zone-1.example')
  }
  // Two intervals of the first refresh are over when the second begins.
  const expected = (3600 / 30) * readsARefresh({ targets: 0, regions: 0 }) + 1
  expect(Math.abs(kv.countOf('get') - expected)).toBeLessThanOrEqual(1)
})

test.each([1, 10])(
  'a publish of %i of 10 zones reads the catalog and their documents, and lists five kinds of keys',
  async (count) => {
    const { kv, zones } = await published(10, false)
    const given = zones.slice(0, count)
    must(await publishTo(given, kv.commands, { prune: false, now: 0 }))
    expect([kv.countOf('get'), kv.countOf('list')]).toEqual([readsAPublish(count), LISTS_A_PUBLISH])
  },
)

test('a tick of the cron reads the catalog; in a new isolate it reads the checks of each zone, too', async () => {
  const { kv } = await published(150, true)
  let now = 0
  const options = { refreshMs: 30_000, vantages: [], platform: 'edge' as const, clock: () => now, log: () => {} }
  const snapshot = new Snapshot(kv as never, options)
  for (const isNew of [true, false]) {
    kv.ops.length = 0
    expect((await snapshot.conditions(now, () => {})).conditions).toHaveLength(150)
    expect(kv.countOf('get')).toBe(readsATick(150, isNew))
    now += MINUTE
  }
})

test.each([0, 3])('the object that watches states, %i regions: a minute', async (regions) => {
  const { kv } = await published(10, true)
  const vantages = ['cron', 'push', ...Array.from({ length: regions }, (_, i) => `region-${i}`)]
  let now = 0
  const options = { refreshMs: 30_000, vantages, platform: 'edge' as const, clock: () => now, log: () => {} }
  const snapshot = new Snapshot(kv as never, options)
  const look = async (): Promise<void> => {
    await snapshot.conditions(now, () => {})
    await snapshot.freshHealth(now, () => {})
  }
  await look()
  kv.ops.length = 0
  for (let minute = 1; minute <= 10; minute++) {
    now = minute * MINUTE
    await look()
  }
  expect([kv.countOf('get'), kv.countOf('put'), kv.countOf('list')]).toEqual([10 * readsAWatch(regions), 0, 0])
})

test.each([0, 3])('an isolate with pools, %i regions: the keys of health, once a refresh interval', async (regions) => {
  const kv = new PagedKv()
  const names = ['cron', 'push', ...Array.from({ length: regions }, (_, i) => `region-${i}`)]
  let now = 0
  const options = { refreshMs: 30_000, vantages: names, platform: 'edge' as const, clock: () => now, log: () => {} }
  const snapshot = new Snapshot(kv as never, options)
  for (now = 0; now < 10 * MINUTE; now += 30_000) await snapshot.freshHealth(now, () => {})
  expect(kv.countOf('get')).toBe(20 * healthKeys(regions))
})

describe('docs/scale.md and docs/cost.md', () => {
  test.each(PAGES)('%s has the tables that tools/installation.ts makes', (page) => {
    const text = readFileSync(page, 'utf8')
    expect(text).toContain('<!-- table ')
    expect(withTables(text)).toBe(text)
  })

  test('the first installation fits the free plan, and the last one does not', () => {
    const [first, ...others] = INSTALLATIONS.map(operationsOf)
    expect(first && overFree(first)).toEqual([])
    const last = others.at(-1)
    expect(last && overFree(last)[0]?.[0]).toBe('requests')
    expect(last && dollarsOf(last).total).toBeGreaterThan(100_000)
  })
})
