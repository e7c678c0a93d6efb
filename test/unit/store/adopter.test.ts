import { describe, expect, test } from 'vitest'
import { Adopter } from '../../../src/store/adopter.ts'
import { parseCatalog } from '../../../src/store/catalog.ts'
import { CatalogWriter } from '../../../src/store/catalog-writer.ts'
import { compiledOf, limitsOf, type Plan } from '../../../src/store/index.ts'
import type { Noticed } from '../../../src/store/ledgers.ts'
import { compileZone } from '../../../src/zone/index.ts'
import { Sqlite } from '../sqlite.ts'
import { must } from '../support.ts'
import { MemoryKv, publicationOf, zoneOf } from './kv-memory.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE
const HEALTH_WRITES = 900

/** The storage of a Durable Object. What was not synced may be lost. */
class MemoryStorage {
  readonly values = new Map<string, unknown>()
  get = async <T>(key: string): Promise<T | undefined> => structuredClone(this.values.get(key)) as T | undefined
  put = async (key: string, value: unknown): Promise<void> => void this.values.set(key, structuredClone(value))
  delete = async (key: string): Promise<boolean> => this.values.delete(key)
  sync = async (): Promise<void> => {}
}

/** The object in which documents are adopted, and what it does. */
class Place {
  readonly kv = new MemoryKv()
  readonly storage = new MemoryStorage()
  readonly sqlite = new Sqlite()
  /** The zones of ledgers, and what these say. */
  readonly owned = new Map<string, Noticed | undefined>()
  readonly noticed: string[] = []
  private now = 0
  readonly logged: { event: string; why?: string }[] = []
  adopter: Adopter
  pieces = 0
  /** The operations on KV of the call that made the most. */
  mostOperations = 0
  private operations = 0
  readonly plan: Plan

  constructor(plan: Plan = 'free') {
    this.plan = plan
    this.adopter = this.fresh()
  }

  /** All that was in memory is gone. */
  evict(): void {
    this.adopter = this.fresh()
  }

  /** A look of the cron, and all alarms that follow from it. */
  async tick(now: number): Promise<void> {
    this.operations = 0
    this.now = now
    let { isBusy } = await this.adopter.look(now)
    while (isBusy) isBusy = await this.alarm(now)
  }

  /** One alarm. Returns whether another one is to follow. */
  async alarm(now: number): Promise<boolean> {
    this.pieces++
    this.operations = 0
    const looked = await this.adopter.goOn(now)
    return looked === 'more' || (looked !== 'idle' && looked.isBusy)
  }

  catalog() {
    return must(parseCatalog(this.kv.textOf('catalog') ?? ''))
  }

  putByHand(document: { readonly origin: string }): Promise<void> {
    return this.kv.put(`zone:${document.origin}`, JSON.stringify(document))
  }

  private fresh(): Adopter {
    const kv = new Proxy(this.kv, {
      get: (target, name) => {
        const member = Reflect.get(target, name)
        return typeof member !== 'function'
          ? member
          : (...given: unknown[]) => {
              this.mostOperations = Math.max(this.mostOperations, ++this.operations)
              return member.apply(target, given)
            }
      },
    })
    const ledgers = {
      owns: (origin: string) => this.owned.has(origin),
      notice: async (origin: string) => {
        this.noticed.push(origin)
        return this.owned.get(origin) ?? Promise.reject(new Error('away'))
      },
    }
    const clock = () => this.now
    const pause = async (ms: number): Promise<void> => {
      this.now += ms
    }
    return new Adopter({
      kv: kv as never,
      storage: this.storage,
      writer: new CatalogWriter({ kv: kv as never, storage: this.sqlite, ledgers, clock, pause }),
      ledgers,
      limits: limitsOf(this.plan, HEALTH_WRITES),
      log: (event) => this.logged.push(event),
    })
  }
}

/** A zone whose compilation takes many pieces. */
const large = (origin: string, version: number, names = 7800) =>
  zoneOf(
    origin,
    version,
    Object.fromEntries(Array.from({ length: names }, (_, i) => [`host${i}`, { A: `10.0.${i >> 8}.${i & 255}` }])),
  )

test('a document that is compiled in pieces stands in KV as it does where it is compiled at once', async () => {
  const place = new Place()
  const document = large('large.example', 1)
  await place.putByHand(document)
  await place.tick(0)
  expect(place.pieces).toBeGreaterThan(10)
  const { zone, values } = await compiledOf(must(compileZone(document)).zone)
  expect(values.size).toBeGreaterThan(1)
  expect(place.catalog().zones.get('large.example')).toMatchObject({ serial: 1, zone })
  for (const [key, value] of values) expect(place.kv.values.get(key)?.value).toEqual(value)
})

test('a small document counts after one look', async () => {
  const place = new Place()
  await place.putByHand(zoneOf('small.example', 3))
  expect(await place.adopter.look(0)).toMatchObject({ isBusy: false, result: { added: ['small.example'] } })
  expect(place.catalog().zones.get('small.example')?.serial).toBe(3)
})

describe('a refused document', () => {
  test('leaves the zone before in service, with the reason and the time, and is compiled once an hour', async () => {
    const place = new Place()
    await place.putByHand(zoneOf('a.example', 1))
    await place.tick(0)
    await place.putByHand({ ...zoneOf('a.example', 2), records: { www: { A: 'nonsense' } } } as never)
    let compiled = 0
    const { put } = place.storage
    place.storage.put = async (key, value) => {
      if (key === 'begun') compiled++
      return put(key, value)
    }
    for (let minute = 1; minute <= 59; minute++) await place.tick(minute * MINUTE)
    expect(compiled).toBe(1)
    const { zones, refused } = place.catalog()
    expect(zones.get('a.example')?.serial).toBe(1)
    expect(refused.get('a.example')).toEqual({ why: expect.stringContaining('records.www.A'), since: MINUTE })
    // It is not compiled again by an object that was evicted, either.
    place.evict()
    await place.tick(60 * MINUTE)
    expect(compiled).toBe(1)
    await place.tick(62 * MINUTE)
    expect(compiled).toBe(2)
    expect(place.catalog().refused.get('a.example')?.since).toBe(MINUTE)
    await place.putByHand(zoneOf('a.example', 3))
    await place.tick(63 * MINUTE)
    expect(place.catalog().zones.get('a.example')?.serial).toBe(3)
    expect(place.catalog().refused.size).toBe(0)
  })

  test('that is too large for the plan says so, and another plan takes it', async () => {
    const document = large('big.example', 1, 12_000)
    for (const plan of ['free', 'paid'] as const) {
      const place = new Place(plan)
      await place.putByHand(document)
      await place.tick(0)
      const { zones, refused } = place.catalog()
      expect([plan, zones.has('big.example')]).toEqual([plan, plan === 'paid'])
      if (plan === 'free')
        expect(refused.get('big.example')?.why).toMatch(
          /has \d+ octets, which the Worker does not compile on the free plan; expected at most 262144, or .*publish/,
        )
    }
  })

  test('that is large and that a publisher compiled is adopted without compiling', async () => {
    const place = new Place()
    const document = large('big.example', 1, 12_000)
    const { text, serial, compiled } = publicationOf(document)
    const { zone, values } = await compiled()
    for (const [key, value] of values) await place.kv.put(key, value)
    const { createHash } = await import('node:crypto')
    const hash = createHash('sha256').update(text).digest('hex')
    await place.kv.put('zone:big.example', text, { metadata: { serial, hash, zone } })
    await place.tick(0)
    // A publisher may be at work: its catalog changes all of its zones at once.
    expect(place.catalog().refused.get('big.example')?.why).toContain('publishing has not ended')
    for (let minute = 1; minute <= 5; minute++) await place.tick(minute * MINUTE)
    expect(place.catalog().zones.get('big.example')).toEqual({ serial, hash, zone, since: 4 * MINUTE })
    expect(place.catalog().refused.size).toBe(0)
    expect(place.pieces).toBe(0)
  })
})

describe('an object that is evicted', () => {
  test('between two pieces begins again, and ends', async () => {
    const place = new Place()
    await place.putByHand(large('large.example', 1))
    await place.adopter.look(0)
    for (let i = 0; i < 5; i++) expect(await place.alarm(0)).toBe(true)
    place.evict()
    while (await place.alarm(0)) expect(place.pieces).toBeLessThan(1000)
    expect(place.catalog().zones.get('large.example')?.serial).toBe(1)
  })

  test('each time, as by a document that takes too much CPU: the document is refused after a while', async () => {
    const place = new Place()
    await place.putByHand(zoneOf('good.example', 1))
    await place.tick(0)
    await place.putByHand(large('large.example', 1))
    for (let minute = 1; minute <= 10; minute++) {
      await place.adopter.look(minute * MINUTE)
      await place.alarm(minute * MINUTE)
      place.evict()
    }
    await place.tick(11 * MINUTE)
    expect(place.catalog().refused.get('large.example')?.why).toContain('broke off 5 times')
    expect([...place.catalog().zones.keys()]).toEqual(['good.example'])
  })
})

test('KV that fails in a piece is no fault of the document', async () => {
  const place = new Place()
  await place.putByHand(large('large.example', 1))
  for (let minute = 0; minute < 10; minute++) {
    place.kv.before = ([kind, key]) => {
      if (kind === 'put' && key.startsWith('part:')) throw new Error('KV PUT failed')
    }
    await expect(place.tick(minute * MINUTE)).rejects.toThrow('KV PUT failed')
  }
  place.kv.before = () => {}
  await place.tick(10 * MINUTE)
  expect(place.catalog().zones.get('large.example')?.serial).toBe(1)
})

describe('a large zone of which a value is lost', () => {
  test('gets it back, and nothing else is written', async () => {
    const place = new Place()
    await place.putByHand(large('large.example', 1))
    await place.tick(0)
    const [lost] = [...place.kv.values.keys()].filter((key) => key.startsWith('part:'))
    await place.kv.delete(lost as string)
    place.kv.writes()
    for (let minute = 1; minute <= 10; minute++) await place.tick(minute * MINUTE)
    expect(place.kv.writes().filter(([, key]) => !key.startsWith('head:'))).toEqual([['put', lost]])
  })

  test('and that this version compiles otherwise is replaced by what it makes', async () => {
    const place = new Place()
    await place.putByHand(large('large.example', 1))
    await place.tick(0)
    const { zone } = place.catalog().zones.get('large.example') as { zone: string }
    const text = place.kv.textOf('catalog') as string
    await place.kv.put('catalog', text.replaceAll(zone, 'f'.repeat(64)))
    place.evict()
    for (let minute = 1; minute <= 3; minute++) await place.tick(minute * MINUTE)
    expect(place.catalog().zones.get('large.example')).toMatchObject({ serial: 1, zone })
    place.kv.writes()
    await place.tick(4 * MINUTE)
    expect(place.kv.writes()).toEqual([])
  })
})

test('a document that changes while it is compiled: the newer one counts', async () => {
  const place = new Place()
  await place.putByHand(large('large.example', 1))
  await place.adopter.look(0)
  await place.alarm(0)
  await place.putByHand(large('large.example', 2))
  await place.tick(MINUTE)
  await place.tick(2 * MINUTE)
  expect(place.catalog().zones.get('large.example')?.serial).toBe(2)
})

test('KV that still shows the catalog before: what was adopted is not undone', async () => {
  const place = new Place()
  await place.putByHand(zoneOf('a.example', 1))
  await place.tick(0)
  const stale = place.kv.values.get('catalog')
  await place.putByHand(zoneOf('b.example', 1))
  await place.tick(MINUTE)
  await place.putByHand(zoneOf('c.example', 1))
  const { getWithMetadata } = place.kv
  place.kv.getWithMetadata = async (keys) =>
    keys === 'catalog' ? { value: stale?.value, metadata: null } : getWithMetadata(keys)
  await place.tick(MINUTE + 20_000)
  expect([...place.catalog().zones.keys()].sort()).toEqual(['a.example', 'b.example', 'c.example'])
})

describe('a document under the key of a zone that a ledger has', () => {
  const begin = async (answer: Noticed | undefined): Promise<Place> => {
    const place = new Place()
    await place.putByHand(zoneOf('a.example', 1))
    await place.tick(0)
    place.owned.set('a.example', answer)
    await place.putByHand(zoneOf('a.example', 2))
    await place.tick(MINUTE)
    return place
  }

  test('is not compiled here, whatever the ledger says', async () => {
    for (const answer of [{ kind: 'same' }, { kind: 'adopted' }, undefined] as const) {
      const place = await begin(answer)
      expect([answer, place.noticed]).toEqual([answer, ['a.example']])
      expect(place.catalog().zones.get('a.example')?.serial).toBe(1)
      expect(place.catalog().refused.size).toBe(0)
      expect(place.logged.map(({ why }) => why)).toEqual(
        answer ? [] : ['the ledger of a.example could not be asked: Error: away'],
      )
    }
  })

  test('that it refuses is told with the reason, and not asked about each minute', async () => {
    const place = await begin({ kind: 'refused', why: 'records.www.A is wrong' })
    await place.tick(2 * MINUTE)
    expect(place.noticed).toEqual(['a.example'])
    expect(place.catalog().refused.get('a.example')).toEqual({ why: 'records.www.A is wrong', since: MINUTE })
    expect(place.catalog().zones.get('a.example')?.serial).toBe(1)
  })

  test('of many zones: so many ledgers are asked in a look as one call may', async () => {
    const place = new Place()
    for (let i = 0; i < 25; i++) {
      await place.putByHand(zoneOf(`z${i}.example`, 1))
      place.owned.set(`z${i}.example`, { kind: 'adopted' })
    }
    await place.tick(0)
    expect(place.noticed).toHaveLength(10)
  })

  test('that is gone: the ledger hears of it when the zone is removed', async () => {
    const place = await begin({ kind: 'adopted' })
    await place.kv.delete('zone:a.example')
    for (let minute = 2; minute <= 5; minute++) await place.tick(minute * MINUTE)
    expect([place.noticed, place.catalog().zones.size]).toEqual([['a.example'], 1])
    await place.tick(6 * MINUTE)
    expect([place.noticed.length, place.catalog().zones.size]).toEqual([2, 0])
  })
})

describe('a day', () => {
  const used = (place: Place) => {
    const counts = { list: 0, put: 0, get: 0, delete: 0 }
    for (const [kind] of place.kv.ops.splice(0)) counts[kind]++
    return counts
  }

  /** Runs the cron for a day. `people` put documents before some of its minutes. */
  async function day(place: Place, people: (minute: number) => Promise<unknown> | undefined): Promise<void> {
    for (let minute = 0; minute < 1440; minute++) {
      await people(minute)
      await place.tick(minute * MINUTE)
    }
  }

  test('of a quiet free plan keeps to the lists, and reads little', async () => {
    const place = new Place()
    for (let i = 0; i < 60; i++) await place.putByHand(zoneOf(`z${i}.example`, 1))
    place.kv.ops.length = 0
    await day(place, () => undefined)
    const { list, put, get } = used(place)
    expect(list).toBeLessThanOrEqual(900)
    expect(list).toBeGreaterThan(800)
    expect(put).toBeLessThanOrEqual(100)
    expect(get).toBeLessThan(70_000)
    expect(place.mostOperations).toBeLessThanOrEqual(50)
  })

  test('in which somebody puts another document each minute keeps to the writes that health leaves', async () => {
    const place = new Place()
    place.kv.ops.length = 0
    let byHand = 0
    await day(place, (minute) => {
      byHand++
      return place.putByHand(zoneOf('a.example', minute % 250))
    })
    const { list, put, get, delete: deletes } = used(place)
    expect(put - byHand).toBeLessThanOrEqual(1000 - HEALTH_WRITES)
    expect(put - byHand).toBeGreaterThan(50)
    expect(list).toBeLessThanOrEqual(900)
    expect(get).toBeLessThan(70_000)
    expect(deletes).toBeLessThan(1000)
    expect(place.logged.some(({ event }) => event === 'adoption-waits')).toBe(true)
    // The free plan allows 50 subrequests.
    expect(place.mostOperations).toBeLessThanOrEqual(50)
  })

  test('without anything published costs no more lists', async () => {
    const place = new Place()
    await day(place, () => undefined)
    expect(used(place)).toMatchObject({ put: 0, delete: 0 })
  })

  test('with 2,500 zones: a list takes three pages, and all of them count', async () => {
    const place = new Place()
    const { list } = place.kv
    let all: Awaited<ReturnType<typeof list>>['keys'] = []
    place.kv.list = async (options) => {
      const { cursor } = options as { cursor?: string }
      const page = await list(cursor === undefined ? options : { prefix: 'nothing' })
      if (cursor === undefined) all = page.keys
      const from = Number(cursor ?? 0)
      return { keys: all.slice(from, from + 1000), list_complete: from + 1000 >= all.length, cursor: `${from + 1000}` }
    }
    for (let i = 0; i < 2500; i++) await place.kv.put(`zone:z${i}.example`, '{')
    place.kv.ops.length = 0
    const minutes = 90
    for (let minute = 0; minute < minutes; minute++) await place.tick(minute * MINUTE)
    expect(used(place).list).toBeLessThanOrEqual(60 + 840 * (minutes / 1440) + 3)
  })

  test('a known zone is looked at each minute, a new one within two', async () => {
    const place = new Place()
    await place.putByHand(zoneOf('known.example', 1))
    await day(place, () => undefined)
    for (let i = 0; i < 8; i++) {
      const now = DAY + 2 * i * MINUTE
      await place.putByHand(zoneOf('known.example', 2 + i))
      await place.putByHand(zoneOf(`new${i}.example`, 1))
      await place.tick(now)
      expect([i, place.catalog().zones.get('known.example')?.serial]).toEqual([i, 2 + i])
      await place.tick(now + MINUTE)
      expect([i, place.catalog().zones.has(`new${i}.example`)]).toEqual([i, true])
    }
  })
})
