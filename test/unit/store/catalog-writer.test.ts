import { describe, expect, test } from 'vitest'
import { publish } from '../../../src/cli/publish/publish-plan.ts'
import { parseCatalog, type ZoneEntry } from '../../../src/store/catalog.ts'
import { CatalogWriter, type Flushed } from '../../../src/store/catalog-writer.ts'
import type { Noticed, ZoneLedgers } from '../../../src/store/ledgers.ts'
import { Sqlite } from '../sqlite.ts'
import { must } from '../support.ts'
import { Died, MemoryKv, publication, TestIsolate } from './kv-memory.ts'

/** The writer in its Durable Object, and a ledger for each zone. */
class Place {
  readonly kv: MemoryKv
  readonly sqlite = new Sqlite()
  now = 1_000_000
  readonly noticed: string[] = []
  answers: (origin: string) => Noticed | Promise<Noticed> = () => ({ kind: 'same' })
  writer: CatalogWriter

  constructor(kv = new MemoryKv()) {
    this.kv = kv
    this.writer = this.fresh()
  }

  /** All that was in memory is gone. */
  evict(): void {
    this.writer = this.fresh()
  }

  /** A ledger writes a version of its zone, up to the zone's key. Returns the entry that is to count. */
  async written(origin: string, version: number): Promise<ZoneEntry> {
    const one = new MemoryKv()
    must(await publish([publication(origin, version)], one.commands, { prune: false, now: this.now }))
    for (const [key, { value, metadata }] of one.values)
      if (key !== 'catalog') this.kv.values.set(key, { value, metadata })
    return must(parseCatalog(one.textOf('catalog') ?? '')).zones.get(origin) as ZoneEntry
  }

  async switch(origin: string, version: number | null): Promise<Flushed> {
    this.writer.ask(origin, version === null ? null : await this.written(origin, version))
    if (version === null) this.kv.values.delete(`zone:${origin}`)
    return this.flush()
  }

  async keys(origin: string, hash: string | null): Promise<void> {
    const outcome = this.writer.outcomeOfKeys(this.writer.askKeys(origin, hash))
    await this.flush()
    expect(await outcome).toBe(true)
  }

  /** Flushes as alarms do, until nothing is due. */
  async flush(): Promise<Flushed> {
    let flushed = await this.writer.flush(true)
    for (let due = this.writer.dueAt; due !== undefined; due = this.writer.dueAt) {
      this.now = Math.max(due, this.now)
      flushed = await this.writer.flush(true)
    }
    return flushed
  }

  /** KV shows this catalog, whatever is put. */
  shows(text: string | undefined): () => void {
    const { getWithMetadata } = this.kv
    this.kv.getWithMetadata = async (keys) =>
      keys === 'catalog' ? { value: text ?? null, metadata: null } : getWithMetadata(keys)
    return () => {
      this.kv.getWithMetadata = getWithMetadata
    }
  }

  get catalog() {
    return must(parseCatalog(this.kv.textOf('catalog') ?? ''))
  }

  /** The serials of the zones that the catalog names. */
  get serials() {
    return Object.fromEntries([...this.catalog.zones].map(([origin, { serial }]) => [origin, serial]))
  }

  catalogPuts(): number {
    return this.kv.writes().filter(([kind, key]) => kind === 'put' && key === 'catalog').length
  }

  private fresh(): CatalogWriter {
    const ledgers: ZoneLedgers = {
      owns: () => true,
      notice: async (origin) => {
        this.noticed.push(origin)
        return this.answers(origin)
      },
    }
    return new CatalogWriter({ kv: this.kv as never, storage: this.sqlite, ledgers, clock: () => this.now })
  }
}

const keysOf = (place: Place, origin: string): string | undefined => place.catalog.zones.get(origin)?.dnssec

describe('keys', () => {
  const signed = async (): Promise<Place> => {
    const place = new Place()
    await place.switch('a.example', 1)
    await place.keys('a.example', 'one')
    return place
  }

  test('count with the next catalog, and stay with the next versions of the zone', async () => {
    const place = await signed()
    expect(keysOf(place, 'a.example')).toBe('one')
    await place.switch('a.example', 2)
    expect([keysOf(place, 'a.example'), place.serials]).toEqual(['one', { 'a.example': 2 }])
    must(await publish([publication('a.example', 3)], place.kv.commands, { prune: false, now: place.now }))
    expect([keysOf(place, 'a.example'), place.serials]).toEqual(['one', { 'a.example': 3 }])
    await place.keys('a.example', null)
    expect(keysOf(place, 'a.example')).toBeUndefined()
  })

  test('stay through an eviction before KV has them', async () => {
    const place = await signed()
    place.writer.askKeys('a.example', 'two')
    place.evict()
    await place.flush()
    expect(keysOf(place, 'a.example')).toBe('two')
    expect((await place.writer.now()).catalog.zones.get('a.example')?.dnssec).toBe('two')
  })

  test('are put again where a publisher went out from an older catalog', async () => {
    const place = await signed()
    const old = place.kv.textOf('catalog') ?? ''
    await place.keys('a.example', 'two')
    place.now += 5000
    await place.kv.put('catalog', `${old} `)
    await place.switch('b.example', 1)
    expect(keysOf(place, 'a.example')).toBe('two')
  })

  test('that a command changed later elsewhere stay', async () => {
    const place = await signed()
    place.now += 5000
    await place.kv.put('dnssec:a.example', '{}', { metadata: { hash: 'three', at: place.now } })
    await place.kv.put('catalog', (place.kv.textOf('catalog') ?? '').replace('"one"', '"three"'))
    await place.switch('b.example', 1)
    expect(keysOf(place, 'a.example')).toBe('three')
  })

  test('of a zone that is removed are remembered with it, and those of one that comes back later are found', async () => {
    const place = await signed()
    await place.kv.put('dnssec:a.example', '{}', { metadata: { hash: 'one', at: place.now } })
    must(await publish([], place.kv.commands, { prune: true, now: place.now }))
    expect(place.catalog.removed.get('a.example')?.dnssec).toBe('one')
    place.now += 3_600_000
    must(await publish([publication('b.example', 1)], place.kv.commands, { prune: false, now: place.now }))
    expect(place.catalog.removed.size).toBe(0)
    must(await publish([publication('a.example', 2)], place.kv.commands, { prune: false, now: place.now }))
    expect(keysOf(place, 'a.example')).toBe('one')
  })

  test('that nothing names any more are swept by the next publish, after an hour', async () => {
    const place = await signed()
    const old = `dnssec:${'0'.repeat(64)}`
    await place.kv.put(old, '{}', { metadata: { origin: 'a.example', at: place.now } })
    const sweep = async () =>
      must(await publish([publication('a.example', 1)], place.kv.commands, { prune: false, now: place.now }))
    await sweep()
    expect(place.kv.values.has(old)).toBe(true)
    place.now += 3_600_000
    await sweep()
    expect(place.kv.values.has(old)).toBe(false)
  })
})

const asks = async (place: Place, origin: string): Promise<number | string> => new TestIsolate(place.kv).ask(origin)

describe('a switch', () => {
  test('makes a zone count, with its publisher, the time, and the version before', async () => {
    const place = new Place()
    expect(await place.switch('a.example', 1)).toBe('done')
    expect(place.catalog.zones.get('a.example')).toMatchObject({ serial: 1, by: 'api', since: place.now })
    const first = place.catalog.zones.get('a.example') as ZoneEntry
    place.now += 5000
    await place.switch('a.example', 2)
    const { hash, zone } = first
    expect(place.catalog.zones.get('a.example')).toMatchObject({ serial: 2, previous: hash, previousZone: zone })
    expect(await asks(place, 'a.example')).toBe(2)
  })

  test('to null removes the zone, whose key does not bring it back', async () => {
    const place = new Place()
    await place.switch('a.example', 1)
    await place.switch('a.example', null)
    expect(place.catalog.zones.size).toBe(0)
    expect(place.catalog.removed.get('a.example')).toMatchObject({ hash: expect.any(String) })
    expect(await asks(place, 'a.example')).toBe('REFUSED')
  })

  test('that is asked for again is not written again, and its outcome is told', async () => {
    const place = new Place()
    const entry = await place.written('a.example', 1)
    for (let i = 0; i < 3; i++) {
      const outcome = place.writer.outcome(place.writer.ask('a.example', entry))
      await place.flush()
      expect(await outcome).toBe(true)
    }
    expect(place.catalogPuts()).toBe(1)
  })

  test('that another one follows is not waited for any more', async () => {
    const place = new Place()
    const first = place.writer.outcome(place.writer.ask('a.example', await place.written('a.example', 1)))
    const second = place.writer.outcome(place.writer.ask('a.example', await place.written('a.example', 2)))
    await place.flush()
    expect([await first, await second, place.serials]).toEqual([false, true, { 'a.example': 2 }])
  })

  test('1,000 of 50 zones at once cost two writes, and KV gets one a second at most', async () => {
    const place = new Place()
    const entries = new Map<string, ZoneEntry[]>()
    for (let zone = 0; zone < 50; zone++) {
      const origin = `z${zone}.example`
      entries.set(origin, [await place.written(origin, 1), await place.written(origin, 2)])
    }
    const times: number[] = []
    place.kv.before = ([kind, key]) => {
      if (kind === 'put' && key === 'catalog') times.push(place.now)
    }
    const flushing: Promise<unknown>[] = []
    for (let i = 0; i < 1000; i++) {
      const origin = `z${i % 50}.example`
      place.writer.ask(origin, entries.get(origin)?.[Math.floor(i / 50) % 2] as ZoneEntry)
      flushing.push(place.writer.flush(true))
    }
    await Promise.all(flushing)
    await place.flush()
    expect(times.length).toBeLessThanOrEqual(2)
    for (const [i, time] of times.entries())
      if (i > 0) expect(time - (times[i - 1] as number)).toBeGreaterThanOrEqual(1000)
    expect(Object.values(place.serials)).toEqual(Array.from({ length: 50 }, () => 2))
  })

  test('while KV fails waits longer each time, and is written then', async () => {
    const place = new Place()
    place.kv.before = ([kind]) => {
      if (kind === 'put') throw new Error('KV PUT failed')
    }
    place.writer.ask('a.example', await place.written('a.example', 1))
    const gaps: number[] = []
    for (let i = 0; i < 10; i++) {
      await expect(place.writer.flush(true)).rejects.toThrow('KV PUT failed')
      const due = place.writer.dueAt as number
      gaps.push(due - place.now)
      place.now = due
      if (i === 5) place.evict()
    }
    expect(gaps.slice(0, 5)).toEqual([2200, 4400, 8800, 17_600, 35_200])
    expect(Math.max(...gaps)).toBe(60_000)
    place.kv.before = () => {}
    await place.flush()
    expect(place.serials).toEqual({ 'a.example': 1 })
  })
})

describe('KV that shows an older catalog', () => {
  test('undoes nothing, for an object that was evicted either', async () => {
    const place = new Place()
    await place.switch('a.example', 1)
    const old = place.kv.textOf('catalog')
    place.now += 2000
    await place.switch('b.example', 1)
    place.now += 2000
    await place.switch('c.example', 1)
    for (const evicts of [false, true]) {
      const current = place.shows(old)
      if (evicts) place.evict()
      place.now += 2000
      await place.switch('d.example', evicts ? 2 : 1)
      current()
      expect(place.serials).toEqual({ 'a.example': 1, 'b.example': 1, 'c.example': 1, 'd.example': evicts ? 2 : 1 })
    }
    expect(place.noticed).toEqual([])
  })

  test('or none yet, as before the first one, undoes nothing', async () => {
    const place = new Place()
    await place.switch('a.example', 1)
    place.shows(undefined)
    place.evict()
    place.now += 2000
    await place.switch('b.example', 1)
    expect(place.serials).toEqual({ 'a.example': 1, 'b.example': 1 })
  })

  test('of a megabyte with any characters is remembered as it is', async () => {
    const place = new Place()
    const why = '😀'.repeat(100)
    const refused = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`r${i}.example`, { why, since: 1 }]))
    const zones = Object.fromEntries(
      Array.from({ length: 6000 }, (_, i) => [`z${i}.example`, { serial: 1, hash: `${i}`.repeat(20), zone: `${i}` }]),
    )
    await place.kv.put('catalog', JSON.stringify({ zones, refused }))
    const old = place.kv.textOf('catalog')
    await place.switch('a.example', 1)
    place.evict()
    place.shows(old)
    expect(await place.writer.read()).toBe(place.kv.textOf('catalog'))
    expect((await place.writer.now()).catalog.refused.get('r99.example')?.why).toBe(why)
  })
})

describe('a publisher who writes the catalog itself', () => {
  const published = (place: Place, origin: string, version: number, catalog?: string) => {
    const kv = place.kv.commands
    const get: typeof kv.get = async (key) => (key === 'catalog' ? { ok: true, value: catalog } : kv.get(key))
    return publish([publication(origin, version)], catalog === undefined ? kv : { ...kv, get }, {
      prune: false,
      now: place.now,
    })
  }

  test('is the base of what follows', async () => {
    const place = new Place()
    await place.switch('a.example', 1)
    must(await published(place, 'b.example', 7))
    place.now += 2000
    await place.switch('a.example', 2)
    expect(place.serials).toEqual({ 'a.example': 2, 'b.example': 7 })
    expect(place.noticed).toEqual([])
  })

  test('on an older one: the switches that it lacks are put to it again', async () => {
    const place = new Place()
    await place.switch('a.example', 1)
    const old = place.kv.textOf('catalog')
    place.now += 2000
    await place.switch('b.example', 1)
    await place.switch('a.example', 2)
    must(await published(place, 'c.example', 7, old))
    expect(place.serials).toEqual({ 'a.example': 1, 'c.example': 7 })
    place.now += 2000
    await place.flush()
    expect(place.serials).toEqual({ 'a.example': 2, 'b.example': 1, 'c.example': 7 })
    expect(place.noticed).toEqual([])
    // A settled switch is not looked at any more.
    place.now += 400_000
    await place.flush()
    place.kv.ops.length = 0
    await place.flush()
    expect(place.kv.ops).toEqual([])
  })

  test('of the same zone: its ledger decides', async () => {
    for (const kind of ['same', 'adopted', 'refused'] as const) {
      const place = new Place()
      place.answers = () => ({ kind })
      await place.switch('a.example', 1)
      place.now += 2000
      must(await published(place, 'a.example', 7))
      place.now += 2000
      await place.flush()
      expect([kind, place.noticed, place.serials]).toEqual([
        kind,
        ['a.example'],
        { 'a.example': kind === 'adopted' ? 7 : 1 },
      ])
    }
  })

  test('of the same zone, while its ledger does not answer: nothing is overwritten, and it is asked again', async () => {
    const place = new Place()
    place.answers = () => Promise.reject(new Error('away'))
    await place.switch('a.example', 1)
    place.now += 2000
    must(await published(place, 'a.example', 7))
    for (let i = 0; i < 3; i++) {
      place.now += 100_000
      expect(await place.writer.flush()).toBe('later')
      expect(place.serials).toEqual({ 'a.example': 7 })
    }
    await place.writer.flush()
    place.answers = () => ({ kind: 'same' })
    await place.flush()
    expect(place.serials).toEqual({ 'a.example': 1 })
  })

  test('that removed a zone of the API: its ledger decides', async () => {
    const place = new Place()
    place.answers = () => ({ kind: 'adopted' })
    await place.switch('a.example', 1)
    await place.switch('b.example', 1)
    place.now += 2000
    must(await publish([publication('b.example', 1)], place.kv.commands, { prune: true, now: place.now }))
    place.now += 2000
    await place.flush()
    expect([place.noticed, place.serials]).toEqual([['a.example'], { 'b.example': 1 }])
  })
})

describe('a catalog that cannot be read', () => {
  test('is rebuilt first, unless it was there a minute ago', async () => {
    const place = new Place()
    place.writer.ask('a.example', await place.written('a.example', 1))
    expect(await place.writer.flush()).toBe('no-catalog')
    await place.flush()
    await place.kv.put('catalog', '{')
    place.now += 2000
    await place.switch('b.example', 1)
    expect(place.serials).toEqual({ 'a.example': 1, 'b.example': 1 })
    await place.kv.put('catalog', '{')
    place.now += 400_000
    place.writer.ask('c.example', await place.written('c.example', 1))
    expect(await place.writer.flush()).toBe('no-catalog')
    expect(place.writer.dueAt).toBeGreaterThan(place.now)
  })

  test('stays so for a look, though it was there a minute ago, and a flush puts that one back', async () => {
    const place = new Place()
    await place.switch('a.example', 1)
    await place.kv.put('catalog', '{')
    place.now += 2000
    expect(await place.writer.read()).toBe('{')
    await place.flush()
    expect(place.serials).toEqual({ 'a.example': 1 })
  })

  test('is an error for who wants all zones, and never an empty list', async () => {
    const place = new Place()
    expect((await place.writer.now()).catalog.zones.size).toBe(0)
    await place.written('a.example', 1)
    place.evict()
    await expect(place.writer.now()).rejects.toThrow('not in KV')
    place.kv.values.clear()
    await place.switch('a.example', 1)
    place.now += 400_000
    await place.flush()
    expect([...(await place.writer.now()).catalog.zones.keys()]).toEqual(['a.example'])
    place.kv.before = () => {
      throw new Error('KV failed')
    }
    // A copy of a minute ago is as good as what KV gives.
    place.now += 50_000
    expect((await place.writer.now()).catalog.zones.size).toBe(1)
    place.now += 10_000
    await expect(place.writer.now()).rejects.toThrow('KV failed')
    place.kv.before = () => {}
    place.kv.values.delete('catalog')
    await expect(place.writer.now()).rejects.toThrow('not in KV')
    await place.kv.put('catalog', '{')
    await expect(place.writer.now()).rejects.toThrow('damaged')
  })
})

test('all zones are told with what KV has not taken yet', async () => {
  const place = new Place()
  await place.switch('a.example', 1)
  await place.switch('gone.example', 1)
  place.writer.ask('b.example', await place.written('b.example', 2))
  place.writer.ask('gone.example', null)
  const { catalog, pending } = await place.writer.now()
  expect([...catalog.zones.keys()]).toEqual(['a.example', 'b.example'])
  expect([...pending]).toEqual(['b.example', 'gone.example'])
})

describe('an object that dies', () => {
  test('after each operation on KV or storage: a zone is old or new, and the switch is finished', async () => {
    const begin = async (): Promise<Place> => {
      const place = new Place()
      for (const origin of ['a.example', 'b.example', 'c.example']) await place.switch(origin, 1)
      place.now += 2000
      return place
    }
    /** Dies after so many operations. Returns false if there were no more. */
    const work = async (place: Place, left: number): Promise<boolean> => {
      const [a, d] = [await place.written('a.example', 2), await place.written('d.example', 2)]
      let count = left
      const dies = () => {
        if (count-- <= 0) throw new Died()
      }
      place.kv.before = dies
      place.sqlite.before = dies
      const asked: boolean[] = []
      try {
        for (const [origin, entry] of [
          ['a.example', a],
          ['b.example', null],
          ['d.example', d],
        ] as const) {
          place.writer.ask(origin, entry)
          asked.push(true)
        }
        await place.writer.flush()
      } catch (error) {
        expect(error).toBeInstanceOf(Died)
      }
      place.kv.before = () => {}
      place.sqlite.before = () => {}
      const dead = await Promise.all(['a.example', 'b.example', 'c.example', 'd.example'].map((o) => asks(place, o)))
      expect([left, [1, 2].includes(dead[0] as number)]).toEqual([left, true])
      expect([left, [1, 'REFUSED'].includes(dead[1] as number)]).toEqual([left, true])
      expect([left, dead[2]]).toEqual([left, 1])
      expect([left, [2, 'REFUSED'].includes(dead[3] as number)]).toEqual([left, true])
      place.evict()
      await place.flush()
      const serials = { 'c.example': 1, 'a.example': asked[0] ? 2 : 1, ...(asked[2] && { 'd.example': 2 }) }
      expect([left, place.serials]).toEqual([left, { ...serials, ...(!asked[1] && { 'b.example': 1 }) }])
      return count < 0
    }
    let ops = 0
    while (await work(await begin(), ops)) ops++
    expect(ops).toBeGreaterThan(20)
  })
})
