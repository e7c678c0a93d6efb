import { describe, expect, test } from 'vitest'
import type { Change } from '../../../src/ledger/index.ts'
import { Bench, documentChange, taken, zone } from './support.ts'

const SECOND = 1000

const writesOf = (bench: Bench, key: string): number => bench.kv.writes().filter(([, one]) => one === key).length

describe('publishing', () => {
  test('writes the key of the zone once a second, and folds what comes between', async () => {
    const bench = new Bench()
    await bench.put(zone(1))
    bench.kv.writes()
    for (let version = 2; version <= 9; version++) {
      const changed = await bench.put(zone(version))
      expect(changed.version.published).toBeUndefined()
    }
    expect(bench.kv.writes()).toEqual([])
    expect(bench.storage.alarm).toBe(bench.now + 1100)
    await bench.pass(5 * SECOND)
    expect(writesOf(bench, 'zone:example.com')).toBe(1)
    expect(await bench.ask()).toBe(9)
    const published = (await bench.ledger.history()).map(({ published }) => published)
    expect(published.every((time) => time !== undefined)).toBe(true)
    expect(bench.storage.alarm).toBeUndefined()
  })

  test('tells the list of a change before KV has it', async () => {
    const bench = new Bench()
    await bench.put(zone(1))
    await bench.put({ ...zone(2), api: { kind: 'Master', account: 'web' } })
    const { version } = (await bench.ledger.read()) ?? {}
    expect(bench.catalog.listed.get('example.com')).toEqual({
      ...{ origin: 'example.com.', serial: 2, hash: version?.hash, changed: bench.now, author: 'me' },
      ...{ kind: 'Master', account: 'web' },
    })
    await bench.change({ kind: 'delete' })
    expect(bench.catalog.listed.get('example.com')).toBeNull()
  })

  test.each<[string, (bench: Bench) => Promise<unknown>, number | undefined]>([
    ['deleted', (bench) => bench.change({ kind: 'delete' }), undefined],
    ['changed', (bench) => bench.put(zone(3)), 3],
  ])('keeps the list right if the zone is %s while an earlier version is written', async (_, change, serial) => {
    const bench = new Bench()
    await bench.put(zone(1))
    bench.now += 10 * SECOND
    const key = Promise.withResolvers<void>()
    bench.kv.before = ([kind, name]) => (kind === 'put' && name === 'zone:example.com' ? key.promise : undefined)
    await bench.put(zone(2))
    await change(bench)
    key.resolve()
    await bench.idle()
    expect(bench.catalog.listed.get('example.com')?.serial).toBe(serial)
  })

  test('is tried again at growing intervals while KV fails, and the change is taken', async () => {
    const bench = new Bench()
    await bench.put(zone(1))
    bench.now += 10 * SECOND
    const attempts: number[] = []
    bench.kv.before = ([kind, key]) => {
      if (kind === 'put' && key.startsWith('head:')) attempts.push(bench.now)
      if (kind === 'put') throw new Error('KV is down')
    }
    expect((await bench.put(zone(2))).version).toMatchObject({ id: 2, serial: 2 })
    expect((await bench.ledger.read())?.version).toMatchObject({ id: 2 })
    await bench.pass(3600 * SECOND)
    const gaps = attempts.slice(1).map((at, i) => (at - (attempts[i] as number)) / SECOND)
    expect(gaps.slice(0, 10)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300])
    expect(await bench.ask()).toBe(1)
    expect(bench.logged.at(-1)).toMatchObject({ event: 'ledger-failed', why: expect.stringContaining('KV is down') })
    bench.live()
    await bench.pass(400 * SECOND)
    expect(await bench.ask()).toBe(2)
    expect((await bench.ledger.read())?.version.published).toBeDefined()
  })

  test('waits for the writer of the catalog', async () => {
    const bench = new Bench()
    bench.catalog.outcome = 'later'
    expect((await bench.put(zone(1))).version.published).toBeUndefined()
    await bench.pass(10 * SECOND)
    expect((await bench.ledger.read())?.version.published).toBeUndefined()
    expect(writesOf(bench, 'zone:example.com')).toBe(1)
    bench.catalog.outcome = 'published'
    await bench.pass(10 * SECOND)
    expect(await bench.ask()).toBe(1)
    expect(writesOf(bench, 'zone:example.com')).toBe(0)
  })

  test('of a large zone takes several invocations, each within its subrequests', async () => {
    const bench = new Bench()
    bench.maxPuts = 5
    bench.restart()
    const long = `"${'x'.repeat(200)}"`
    const name = (i: number) => `host-${i}`
    const records = (from: number) =>
      Object.fromEntries(Array.from({ length: 12_000 }, (_, i) => [name(i + from), { TXT: [long, long] }]))
    const big = zone(1, records(0))
    await bench.put(big)
    // The caller waits a second at most, which a slow machine needs for less than the writes of one invocation.
    await bench.idle()
    const each: number[] = []
    const count = () => each.push(bench.kv.writes().length)
    count()
    for (let rings = 0; rings < 20 && bench.storage.alarm !== undefined; rings++) {
      bench.now = Math.max(bench.now, bench.storage.alarm)
      bench.storage.alarm = undefined
      await bench.ledger.alarm()
      await bench.idle()
      count()
    }
    expect(each.length).toBeGreaterThan(2)
    expect(Math.max(...each)).toBeLessThanOrEqual(8)
    expect(await bench.ask()).toBe(1)
    // One changed name writes its part, that of the SOA, its piece, the head, the key and the catalog.
    await bench.pass(10 * SECOND)
    bench.kv.writes()
    await bench.put({ ...big, soa: { ...big.soa, serial: 2 }, records: { ...big.records, www: { A: '192.0.2.2' } } })
    await bench.pass(10 * SECOND)
    const writes = bench.kv.writes()
    expect(writes.filter(([kind]) => kind === 'put').length).toBeLessThanOrEqual(6)
    expect(writes.filter(([kind]) => kind === 'delete').map(([, key]) => key)).toEqual([
      expect.stringMatching(/^source:/),
    ])
    expect(await bench.ask()).toBe(2)
  })
})

describe('a ledger that is lost', () => {
  const CASES: readonly (readonly [string, Change, number | string, number | string])[] = [
    ['a change', documentChange(zone(2)), 1, 2],
    ['a deletion', { kind: 'delete' }, 1, 'REFUSED'],
  ]

  /** A zone of version 1 that is published, a minute later. */
  const before = async (): Promise<Bench> => {
    const bench = new Bench()
    await bench.put(zone(1))
    bench.now += 60 * SECOND
    return bench
  }

  test.each(CASES)(
    'after each operation of %s: the old or the new zone, and then the new one',
    async (_, change, old, next) => {
      const outcomes = new Set<string>()
      for (let operations = 0; ; operations++) {
        const bench = await before()
        bench.dieAfter(operations)
        const changed = await bench.change(change).catch(() => undefined)
        await bench.idle()
        bench.live()
        bench.restart()
        const seen = await bench.ask()
        expect([operations, seen, seen === old || seen === next]).toEqual([operations, seen, true])
        const isStored = (await bench.ledger.history()).length === 2
        // A change that was answered is stored.
        if (changed?.kind === 'changed') expect([operations, isStored]).toEqual([operations, true])
        await bench.pass(600 * SECOND)
        expect([operations, await bench.ask()]).toEqual([operations, isStored ? next : old])
        const { version } = (await bench.ledger.read()) ?? {}
        expect([operations, version?.serial]).toEqual([operations, isStored ? (next === 2 ? 2 : undefined) : 1])
        outcomes.add(`${isStored} ${seen}`)
        if (!bench.hasDied) break
      }
      expect(outcomes).toEqual(new Set([`false ${old}`, `true ${old}`, `true ${next}`]))
    },
  )

  test('after each operation of a new zone: nobody finds half of it', async () => {
    for (let operations = 0; operations < 20; operations++) {
      const bench = new Bench()
      bench.dieAfter(operations)
      await bench.change(documentChange(zone(1))).catch(() => undefined)
      await bench.idle()
      bench.live()
      bench.restart()
      expect(['REFUSED', 1, 'SERVFAIL']).toContain(await bench.ask())
      const isStored = (await bench.ledger.history()).length === 1
      await bench.pass(600 * SECOND)
      expect([operations, await bench.ask()]).toEqual([operations, isStored ? 1 : await bench.ask()])
      expect((await bench.ledger.read())?.version.id).toBe(isStored ? 1 : undefined)
    }
  })

  test('once and again, after random operations, with changes between: the last one that was stored is served', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const bench = new Bench()
      let state = seed
      const random = (below: number): number => {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0
        return (state >>> 8) % below
      }
      for (let version = 1; version <= 8; version++) {
        bench.now += random(3) * 700
        bench.dieAfter(random(14))
        await bench.change(documentChange(zone(version))).catch(() => undefined)
        await bench.idle()
        bench.live()
        bench.restart(random(2) === 0)
      }
      const stored = (await bench.ledger.read())?.version.serial
      await bench.pass(600 * SECOND)
      expect([seed, await bench.ask()]).toEqual([seed, stored ?? 'REFUSED'])
      expect([seed, taken(await bench.change(documentChange(zone(9)))).isEffective]).toEqual([seed, true])
    }
  })
})
