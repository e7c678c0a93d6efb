import { describe, expect, test } from 'vitest'
import { publish } from '../../../src/cli/publish/publish-plan.ts'
import { publication, zoneOf } from '../store/kv-memory.ts'
import { must } from '../support.ts'
import { Bench, documentChange, zone } from './support.ts'

const MINUTE = 60_000

const byHand = (bench: Bench, document: unknown): Promise<void> =>
  bench.kv.put('zone:example.com', typeof document === 'string' ? document : JSON.stringify(document, null, 1))

/** A zone of version 1 that the API published ten minutes ago. */
async function published(): Promise<Bench> {
  const bench = new Bench()
  await bench.put(zone(1))
  await bench.pass(10 * MINUTE)
  return bench
}

const authors = async (bench: Bench) =>
  (await bench.ledger.history()).map(({ author, serial }) => `${author} ${serial}`)

describe('what stands in KV before the API knows the zone', () => {
  test('put by hand is version 1', async () => {
    const bench = new Bench()
    await byHand(bench, zone(1))
    expect(JSON.parse((await bench.ledger.read())?.text ?? '')).toEqual(zone(1))
    expect(await authors(bench)).toEqual(['kv 1'])
    await bench.pass(MINUTE)
    expect(await bench.ask()).toBe(1)
    expect(bench.kv.values.get('zone:example.com')?.metadata).toMatchObject({ serial: 1 })
  })

  test('published is version 1, and nothing is written for it', async () => {
    const bench = new Bench()
    must(await publish([publication('example.com', 1)], bench.kv.commands, { prune: false }))
    bench.kv.writes()
    expect((await bench.ledger.read())?.version).toMatchObject({ author: 'publish', serial: 1 })
    await bench.pass(10 * MINUTE)
    expect(bench.kv.writes()).toEqual([])
    expect((await bench.ledger.read())?.version.published).toBeDefined()
  })

  test('is what the first change goes out from', async () => {
    const bench = new Bench()
    await byHand(bench, zone(1))
    expect(await bench.put(zone(2))).toMatchObject({ isNew: false, oldSerial: 1, version: { id: 2 } })
    expect(await bench.change({ kind: 'rollback', to: 1 })).toMatchObject({ kind: 'changed' })
  })

  test('in pieces is read whole', async () => {
    const bench = new Bench()
    const many = Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`h${i}`, { TXT: `"${'x'.repeat(120)}"` }]))
    must(await publish([publication('example.com', 1, many)], bench.kv.commands, { prune: false }))
    expect(bench.kv.textOf('zone:example.com')).toContain('"pieces":')
    expect(JSON.parse((await bench.ledger.read())?.text ?? '')).toEqual(zoneOf('example.com', 1, many))
    const [, piece] = [...bench.kv.values.keys()].filter((key) => key.startsWith('source:'))
    const lost = new Bench()
    for (const [key, value] of bench.kv.values) if (key !== piece) lost.kv.values.set(key, value)
    expect(await lost.ledger.notice()).toMatchObject({ kind: 'refused', why: expect.stringContaining('piece') })
  })

  test('KV that fails is an error, and never an empty zone', async () => {
    const bench = new Bench()
    bench.kv.before = () => {
      throw new Error('KV is down')
    }
    await expect(bench.ledger.read()).rejects.toThrow('KV is down')
    await expect(bench.change(documentChange(zone(1)))).rejects.toThrow('KV is down')
    bench.live()
    expect(await bench.ledger.read()).toBeUndefined()
  })
})

describe('what others put into KV', () => {
  test('after our change was published: it wins, and ours is in the history', async () => {
    const bench = await published()
    await byHand(bench, zone(2))
    expect(await bench.ledger.notice()).toEqual({ kind: 'adopted' })
    expect(await authors(bench)).toEqual(['kv 2', 'me 1'])
    await bench.pass(MINUTE)
    expect(await bench.ask()).toBe(2)
    expect(await bench.ledger.notice()).toEqual({ kind: 'same' })
  })

  test('is told by publish: it is adopted as that, without a write of ours', async () => {
    const bench = await published()
    must(await publish([publication('example.com', 2)], bench.kv.commands, { prune: false }))
    bench.kv.writes()
    expect(await bench.ledger.notice()).toEqual({ kind: 'adopted' })
    await bench.pass(MINUTE)
    expect(await authors(bench)).toEqual(['publish 2', 'me 1'])
    expect(bench.kv.writes()).toEqual([])
  })

  test('by a publisher that died before its catalog: it counts after four minutes', async () => {
    const bench = await published()
    let puts = 0
    bench.kv.before = ([kind, key]) => {
      if (kind === 'put' && key === 'catalog') throw new Error('died')
      puts++
    }
    await publish([publication('example.com', 2)], bench.kv.commands, { prune: false })
    expect(puts).toBeGreaterThan(0)
    bench.live()
    expect(await bench.ledger.notice()).toEqual({ kind: 'adopted' })
    await bench.pass(3 * MINUTE)
    expect(await bench.ask()).toBe(1)
    await bench.pass(2 * MINUTE)
    expect(await bench.ask()).toBe(2)
  })

  test('before our newer change was published: ours wins, and theirs is in the history', async () => {
    const bench = await published()
    bench.kv.before = ([kind]) => {
      if (kind === 'put') throw new Error('KV is down')
    }
    await bench.put(zone(2))
    await bench.idle()
    bench.live()
    await byHand(bench, zone(7))
    expect(await bench.ledger.notice()).toEqual({ kind: 'same' })
    expect(await authors(bench)).toEqual(['me 2026113001', 'kv 7', 'me 2', 'me 1'])
    await bench.pass(10 * MINUTE)
    // The answer is that of version 2; its serial is above theirs.
    expect(await bench.ask()).toBe(2)
    expect((await bench.ledger.history())[0]?.reason).toBe('change 2 again: change 3 was in KV before it')
  })

  test('before our deletion was published: the zone stays deleted, and comes back by a roll-back', async () => {
    const bench = await published()
    bench.kv.before = ([kind]) => {
      if (kind !== 'get') throw new Error('KV is down')
    }
    await bench.change({ kind: 'delete' })
    bench.live()
    await byHand(bench, zone(7))
    await bench.ledger.notice()
    await bench.pass(10 * MINUTE)
    expect(await bench.ask()).toBe('REFUSED')
    expect(bench.kv.values.has('zone:example.com')).toBe(false)
    expect(await bench.change({ kind: 'rollback', to: 3 })).toMatchObject({ isNew: true })
    expect(await bench.ask()).toBe(7)
  })

  test('an earlier version of ours is a stale read for four minutes, and a change after them', async () => {
    const bench = await published()
    const old = bench.kv.values.get('zone:example.com')
    await bench.put(zone(2))
    const now = bench.kv.values.get('zone:example.com')
    if (old) bench.kv.values.set('zone:example.com', old)
    await bench.pass(3 * MINUTE)
    expect(await bench.ledger.notice()).toEqual({ kind: 'same' })
    expect(await authors(bench)).toEqual(['me 2', 'me 1'])
    if (now) bench.kv.values.set('zone:example.com', now)
    await bench.pass(5 * MINUTE)
    await byHand(bench, JSON.stringify(zone(1)))
    expect(await bench.ledger.notice()).toEqual({ kind: 'adopted' })
    expect(await authors(bench)).toEqual(['kv 1', 'me 2', 'me 1'])
  })

  test('a stale read of what was superseded, after ours was published, changes nothing', async () => {
    const bench = await published()
    await byHand(bench, zone(2))
    const theirs = bench.kv.values.get('zone:example.com')
    await bench.ledger.notice()
    await bench.put(zone(3))
    await bench.pass(MINUTE)
    if (theirs) bench.kv.values.set('zone:example.com', theirs)
    expect(await bench.ledger.notice()).toEqual({ kind: 'same' })
    expect((await bench.ledger.history())[0]).toMatchObject({ author: 'me', serial: 3 })
  })

  test.each([
    ['no JSON', '{', 'not JSON'],
    ['an invalid record', JSON.stringify(zone(2, { bad: { A: '192.0.2.300' } })), 'records.bad.A'],
    ['another zone', JSON.stringify(zoneOf('example.net', 2)), 'example.net.'],
  ])('%s is refused with the reason, until it is put right', async (_, text, why) => {
    const bench = await published()
    await byHand(bench, text)
    const refusal = { kind: 'refused', why: expect.stringContaining(why) }
    expect(await bench.ledger.notice()).toEqual(refusal)
    bench.restart()
    expect(await bench.ledger.notice()).toEqual(refusal)
    expect(await authors(bench)).toEqual(['me 1'])
    expect(await bench.ask()).toBe(1)
    await byHand(bench, zone(3))
    expect(await bench.ledger.notice()).toEqual({ kind: 'adopted' })
  })

  test('the same document in another spelling is no change, and is not compiled each time', async () => {
    const bench = await published()
    await byHand(bench, zone(1))
    await bench.pass(10 * MINUTE)
    expect(await bench.ledger.notice()).toEqual({ kind: 'same' })
    bench.storage.written = 0
    bench.restart()
    expect(await bench.ledger.notice()).toEqual({ kind: 'same' })
    expect([bench.storage.written, await authors(bench)]).toEqual([0, ['me 1']])
    await bench.put(zone(2))
    await bench.pass(10 * MINUTE)
    await byHand(bench, zone(1))
    expect(await bench.ledger.notice()).toEqual({ kind: 'adopted' })
  })

  test('pieces that cannot be deleted are no failure of the version', async () => {
    const bench = new Bench()
    const many = Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`h${i}`, { TXT: `"${'x'.repeat(120)}"` }]))
    await bench.put(zone(1, many))
    await bench.pass(MINUTE)
    const pieces = () => [...bench.kv.values.keys()].filter((key) => key.startsWith('source:'))
    const before = pieces()
    bench.kv.before = ([kind]) => {
      if (kind === 'delete') throw new Error('KV is down')
    }
    await bench.put(zone(2))
    await bench.pass(MINUTE)
    expect((await bench.ledger.read())?.version.published).toBeDefined()
    expect(pieces()).toEqual(before)
    bench.live()
    await bench.put(zone(3))
    await bench.pass(MINUTE)
    expect(pieces()).toEqual([])
  })

  test('an invalid document is replaced by the next change', async () => {
    const bench = await published()
    await byHand(bench, '{')
    await bench.put(zone(2))
    await bench.pass(MINUTE)
    expect(bench.kv.textOf('zone:example.com')).toBe(JSON.stringify(zone(2)))
    expect(await bench.ledger.notice()).toEqual({ kind: 'same' })
  })

  test('a zone that is too large for the API is not touched by it', async () => {
    const bench = await published()
    const many = Object.fromEntries(Array.from({ length: 100_001 }, (_, i) => [`h${i}`, { A: '192.0.2.9' }]))
    must(await publish([publication('example.com', 2, many)], bench.kv.commands, { prune: false }))
    expect(await bench.ledger.notice()).toMatchObject({ kind: 'refused', why: expect.stringContaining('100000') })
    expect(await bench.change(documentChange(zone(3)))).toMatchObject({ kind: 'refused', status: 413 })
    await expect(bench.ledger.read()).rejects.toThrow('records')
    await bench.pass(10 * MINUTE)
    expect(await bench.ask()).toBe(2)
  })

  test('a key that is gone for more than four minutes, and from the catalog, deletes the zone', async () => {
    const bench = await published()
    await bench.kv.delete('zone:example.com')
    expect(await bench.ledger.notice()).toEqual({ kind: 'same' })
    await bench.pass(5 * MINUTE)
    expect(await bench.ledger.notice()).toEqual({ kind: 'same' })
    expect(await authors(bench)).toEqual(['me 1'])
    await bench.kv.put('catalog', '{"zones":{}}')
    expect(await bench.ledger.notice()).toEqual({ kind: 'adopted' })
    expect((await bench.ledger.history())[0]).toMatchObject({ author: 'kv', hash: '' })
    expect(await bench.ledger.read()).toBeUndefined()
    expect(await bench.change({ kind: 'rollback', to: 1 })).toMatchObject({ isNew: true })
    await bench.pass(MINUTE)
    expect(await bench.ask()).toBe(1)
  })

  test('readers look at KV once a refresh interval, and changes always', async () => {
    const bench = await published()
    const reads = () => bench.kv.reads.splice(0).filter((key) => key === 'zone:example.com').length
    reads()
    for (let i = 0; i < 10; i++) await bench.ledger.read()
    expect(reads()).toBe(1)
    bench.now += 2000
    await bench.ledger.read()
    expect(reads()).toBe(1)
    await bench.put(zone(2))
    await bench.put(zone(3))
    expect(reads()).toBe(2)
  })
})
