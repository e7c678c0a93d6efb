import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type AskedCheck, type AskedList, AskedSet, formatAsked } from '../../../src/health/index.ts'
import { MAX_ASKED, MAX_ASKED_A_ZONE, MAX_ASKED_BATCH, MAX_ASKED_CALLS } from '../../../src/limits.ts'
import { AskedCopy, AskedTeller } from '../../../src/store/index.ts'
import type { AskingZone } from '../../../src/zone/index.ts'

const T0 = 1_800_000_000_000
const MINUTE = 60_000

const check = (i: number, zone = 'example.com'): AskedCheck => ({
  zone,
  check: { kind: 'tcp', port: 443, interval: 5 },
  target: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
})

describe('an isolate', () => {
  let teller: AskedTeller
  let calls: (readonly string[])[]
  let answer: (texts: readonly string[]) => Promise<readonly boolean[]>
  let work: Promise<unknown>[]
  let logged: object[]
  beforeEach(() => {
    logged = []
    teller = new AskedTeller({ log: (event) => logged.push(event) })
    calls = []
    work = []
    answer = async (texts) => texts.map(() => true)
  })
  const meet = (checks: readonly AskedCheck[], now: number): void =>
    teller.meet(
      checks,
      now,
      (texts) => {
        calls.push(texts)
        return answer(texts)
      },
      (promise) => work.push(promise),
    )
  const settle = () => Promise.all(work.splice(0))

  test('tells a check behind the first answer that meets it, and again ten minutes later, if it is met then', async () => {
    for (let second = 0; second < 1260; second++) {
      meet([check(1)], T0 + second * 1000)
      await settle()
    }
    expect(calls).toEqual([[formatAsked(check(1))], [formatAsked(check(1))], [formatAsked(check(1))]])
  })

  test('tells a check once while the reply is on its way', async () => {
    let reply = (_: readonly boolean[]): void => {}
    answer = () => new Promise((resolve) => (reply = resolve))
    for (let i = 0; i < 50; i++) meet([check(1)], T0 + i)
    expect(calls).toHaveLength(1)
    reply([true])
    await settle()
    meet([check(1)], T0 + MINUTE)
    expect(calls).toHaveLength(1)
  })

  test('a zone that is flooded leaves room in a call for the checks of others', () => {
    // The calls of this minute are used up: checks wait.
    for (let i = 0; i < MAX_ASKED_CALLS; i++) meet([check(i)], T0)
    calls = []
    for (let i = 0; i < 5 * MAX_ASKED_BATCH; i++) meet([check(1000 + i, 'flooded.example')], T0 + 1)
    const others = [check(1, 'a.example'), check(2, 'a.example'), check(3, 'b.example')]
    meet(others, T0 + 2)
    meet([check(9000, 'flooded.example')], T0 + MINUTE)
    expect(calls).toHaveLength(1)
    expect(calls[0]).toHaveLength(MAX_ASKED_BATCH)
    expect(calls[0]).toEqual(expect.arrayContaining(others.map((one) => formatAsked(one))))
  })

  test('tells several checks in one call', async () => {
    meet([check(1), check(2), check(3)], T0)
    expect(calls).toEqual([[1, 2, 3].map((i) => formatAsked(check(i)))])
    await settle()
  })

  test('whatever clients ask: calls a minute, checks in a call, and memory are bounded', async () => {
    const set = new AskedSet()
    answer = async (texts) => set.tell(texts, T0).taken
    for (let i = 0; i < 10_000; i++) {
      meet([check(i)], T0 + i * 30)
      if (i % 100 === 0) await settle()
    }
    await settle()
    // Five minutes, and a part of another one.
    expect(calls.length).toBeLessThanOrEqual(6 * MAX_ASKED_CALLS)
    expect(Math.max(...calls.map((texts) => texts.length))).toBeLessThanOrEqual(MAX_ASKED_BATCH)
    expect(set.list(['example.com'], true, T0).checks).toHaveLength(MAX_ASKED_A_ZONE)
    const sizes = ['taken', 'refused', 'renewed', 'fresh'].map((field) => Reflect.get(teller, field).size)
    expect(sizes.every((size) => size <= MAX_ASKED)).toBe(true)
  })

  test('remembers no more than there can be, though all that it tells is taken', async () => {
    for (let i = 0; i < 3 * MAX_ASKED; i++) {
      meet([check(i)], T0 + i * 10_000)
      await settle()
    }
    expect(Reflect.get(teller, 'taken').size).toBe(MAX_ASKED)
  })

  test('tells known checks first, so that a flood of new ones does not let them expire', async () => {
    meet([check(1)], T0)
    await settle()
    calls = []
    // The flood takes all calls of a minute, and fills the next one.
    const later = T0 + 20 * MINUTE
    for (let i = 0; i < 1000; i++) {
      meet([check(100_000 + i)], later + i)
      await settle()
    }
    meet([check(1)], later + 2000)
    expect(calls).toHaveLength(MAX_ASKED_CALLS)
    meet([], later + MINUTE)
    await settle()
    expect(calls.at(-1)).toHaveLength(MAX_ASKED_BATCH)
    expect(calls.at(-1)?.[0]).toBe(formatAsked(check(1)))
  })

  test('tells again, by a later query, what could not be told; nothing is thrown, and each call is logged once', async () => {
    answer = () => Promise.reject(new Error('overloaded'))
    for (let second = 0; second <= 60; second++) {
      meet([check(1)], T0 + second * 1000)
      await settle()
    }
    expect(calls).toHaveLength(3)
    expect(logged).toEqual(calls.map(() => ({ event: 'asked-failed', why: 'Error: overloaded' })))
    answer = async (texts) => texts.map(() => true)
    meet([check(1)], T0 + 2 * MINUTE)
    await settle()
    meet([check(1)], T0 + 4 * MINUTE)
    expect(calls).toHaveLength(4)
  })

  test('does not throw where the call itself throws', async () => {
    answer = () => {
      throw new Error('no binding')
    }
    meet([check(1)], T0)
    await settle()
    expect(logged).toEqual([{ event: 'asked-failed', why: 'Error: no binding' }])
  })

  test('asks about a check that was refused no more often than about one that is known', async () => {
    answer = async (texts) => texts.map(() => false)
    for (let second = 0; second < 1260; second++) {
      meet([check(1)], T0 + second * 1000)
      await settle()
    }
    expect(calls).toHaveLength(3)
  })

  test('does not tell what is too long to be kept', () => {
    meet([{ ...check(1), target: 'a'.repeat(5000) }], T0)
    expect(calls).toEqual([])
  })

  describe('and an object that hangs', () => {
    beforeEach(() => vi.useFakeTimers())
    afterEach(() => vi.useRealTimers())
    test('is given up on, and asked again', async () => {
      answer = () => new Promise(() => {})
      meet([check(1)], T0)
      await vi.advanceTimersByTimeAsync(5000)
      await settle()
      expect(logged).toEqual([{ event: 'asked-failed', why: 'Error: no answer within 5000 ms' }])
      meet([check(1)], T0 + 31_000)
      expect(calls).toHaveLength(2)
    })
  })
})

describe("a vantage point's copy", () => {
  const STALE = { after: 900, policy: 'keep' } as const
  const zones = [{ zone: 'Example.com', stale: STALE }]
  let now: number
  let reads: (readonly string[])[]
  let list: () => Promise<AskedList>
  let logged: object[]
  let copy: AskedCopy
  beforeEach(() => {
    now = T0
    reads = []
    logged = []
    list = async () => ({ checks: [formatAsked(check(1))], full: [] })
    copy = new AskedCopy({ refreshMs: 300_000, clock: () => now, log: (event) => logged.push(event) })
  })
  const of = (some: readonly AskingZone[] = zones) =>
    copy.of(
      some,
      (names) => {
        reads.push(names)
        return list()
      },
      now,
      () => {},
    )

  test('is not read where no zone asks', async () => {
    expect(await of([])).toEqual({ conditions: [], full: [] })
    expect(reads).toEqual([])
  })

  test('is read anew for each tick of a cron, and seldom for a region that ticks every second', async () => {
    for (let minute = 0; minute < 10; minute++) {
      now = T0 + minute * MINUTE - (minute % 2) * 5000
      expect((await of()).conditions.map(({ target }) => target)).toEqual(['10.0.0.1:443'])
    }
    expect(reads).toEqual(Array.from({ length: 10 }, () => ['Example.com']))
    reads = []
    for (let second = 0; second < 600; second++) {
      now = T0 + 3600_000 + second * 1000
      await of()
    }
    expect(reads.length).toBeLessThanOrEqual(14)
  })

  test('is no older than other copies are', async () => {
    copy = new AskedCopy({ refreshMs: 2000, clock: () => now, log: (event) => logged.push(event) })
    for (let second = 0; second <= 10; second++) {
      now = T0 + second * 1000
      await of()
    }
    expect(reads).toHaveLength(6)
  })

  test('has the staleness of the zone, and nothing of zones that do not ask', async () => {
    const texts = [check(1), check(2, 'other.example'), check(3, 'example.com')].map(formatAsked)
    list = async () => ({ checks: [...texts, 'damaged', '{}'], full: [] })
    const up = { after: 700, policy: 'up' } as const
    const { conditions } = await of([{ zone: 'example.com', stale: up }])
    expect(conditions.map(({ target, stale }) => [target, stale])).toEqual([
      ['10.0.0.1:443', up],
      ['10.0.0.3:443', up],
    ])
  })

  test('is the last good one where the object fails, and says so until it answers again', async () => {
    await of()
    list = () => Promise.reject(new Error('overloaded'))
    now = T0 + MINUTE
    const failed = await of()
    expect(failed.conditions).toHaveLength(1)
    expect(failed.problem).toContain('Error: overloaded; the last ones count')
    expect((await of()).problem).toBeDefined()
    list = async () => ({ checks: [], full: [{ zone: 'example.com', since: T0 }] })
    now = T0 + 2 * MINUTE
    expect(await of()).toEqual({ conditions: [], full: [{ zone: 'example.com', since: T0 }] })
    expect(logged).toHaveLength(1)
  })

  test('waits for the first list, whoever began to read it', async () => {
    let reply = (_: AskedList): void => {}
    list = () => new Promise((resolve) => (reply = resolve))
    const both = Promise.all([of(), of()])
    await Promise.resolve()
    reply({ checks: [formatAsked(check(1))], full: [] })
    expect((await both).map(({ conditions }) => conditions.length)).toEqual([1, 1])
    expect(reads).toHaveLength(1)
  })

  describe('and an object that hangs', () => {
    beforeEach(() => vi.useFakeTimers())
    afterEach(() => vi.useRealTimers())
    test('is waited for no longer than two seconds', async () => {
      await of()
      list = () => new Promise(() => {})
      now = T0 + MINUTE
      const late = of()
      await vi.advanceTimersByTimeAsync(2000)
      expect(await late).toEqual({
        conditions: [expect.objectContaining({ target: '10.0.0.1:443' })],
        full: [],
        problem: expect.stringContaining('no answer in time'),
      })
    })
  })
})
