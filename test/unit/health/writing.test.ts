import { describe, expect, test } from 'vitest'
import {
  emptyVantage,
  HEARTBEAT_MS,
  type RoundResult,
  refill,
  spend,
  toWrite,
  type Vantage,
} from '../../../src/health/index.ts'
import { inSoak } from '../../effort.ts'
import { seeded } from '../support.ts'
import { type Life, mostInADay, probeOf, VantagePoint } from './support.ts'

const DAY = 86_400_000
const T0 = 1_800_000_000_000

describe('the budget', () => {
  test('is full at first, and fills steadily up to its burst', () => {
    expect(refill(undefined, 5, 900)).toEqual({ tokens: 180, at: 5 })
    expect(refill({ tokens: 0, at: 0 }, DAY / 720, 900).tokens).toBeCloseTo(1, 9)
    expect(refill({ tokens: 0, at: 0 }, DAY / 10, 900).tokens).toBeCloseTo(72, 9)
    expect(refill({ tokens: 100, at: 0 }, 9 * DAY, 900)).toEqual({ tokens: 180, at: 9 * DAY })
  })
  test('a clock that goes back changes nothing', () => {
    expect(refill({ tokens: 3, at: 1000 }, 0, 900)).toEqual({ tokens: 3, at: 0 })
  })
  test('is spent by one, down to the reserve', () => {
    expect(spend({ tokens: 1, at: 7 })).toEqual({ tokens: 0, at: 7 })
    expect(spend({ tokens: 0.999, at: 7 })).toBeUndefined()
    expect(spend({ tokens: 6, at: 7 }, 5)).toEqual({ tokens: 5, at: 7 })
    expect(spend({ tokens: 5.9, at: 7 }, 5)).toBeUndefined()
  })
  test.each([0.3, 1, 2, 5, 10, 96, 450, 900, 100_000])(
    '%d a day: in 24 hours no more, and no fewer over a long time',
    (perDay) => {
      let budget = refill(undefined, 0, perDay)
      const writes: number[] = []
      for (let now = 0; now < 4 * DAY; now += 20_000) {
        budget = refill(budget, now, perDay)
        const spent = spend(budget)
        if (spent) {
          budget = spent
          writes.push(now)
        }
      }
      expect(mostInADay(writes)).toBeLessThanOrEqual(Math.max(1, perDay))
      if (perDay >= 2) expect(writes.length).toBeGreaterThanOrEqual(Math.min(3 * perDay * 0.5, (4 * DAY) / 20_000 / 2))
    },
  )
})

describe('when a document is written', () => {
  const at = (tokens: number, more: Partial<Vantage> = {}): Vantage => ({
    ...emptyVantage('cron'),
    at: T0,
    budget: { tokens, at: T0 },
    ...more,
  })
  const KEEPS = { perDay: 900, forgets: false }
  const FORGETS = { perDay: 900, forgets: true }
  const rows: [what: string, RoundResult['changed'], Vantage, afterMs: number, typeof KEEPS, written: boolean][] = [
    ['nothing', 'nothing', at(100), 60_000, FORGETS, false],
    ['nothing, a heartbeat later', 'nothing', at(1), HEARTBEAT_MS, KEEPS, true],
    ['nothing, almost a heartbeat later', 'nothing', at(100), HEARTBEAT_MS - 1, KEEPS, false],
    ['a state', 'state', at(100), 1, KEEPS, true],
    ['a state that flaps, at the reserve', 'state', at(20), 1, KEEPS, false],
    ['a state that flaps, above the reserve', 'state', at(21), 0, KEEPS, true],
    ['a state that was settled, at the reserve', 'state', at(1, { urgent: true }), 1, KEEPS, true],
    ['a state that was settled, with nothing left', 'state', at(0.5, { urgent: true }), 1, KEEPS, false],
    ['a count', 'progress', at(100), 1, KEEPS, false],
    ['a count that would be forgotten', 'progress', at(100), 1, FORGETS, true],
    ['a count that would be forgotten, at the reserve', 'progress', at(20), 1, FORGETS, false],
    ['a count against what was settled, at the reserve', 'progress', at(20, { urgent: true }), 1, FORGETS, true],
    ['urgent, though nothing changed', 'nothing', at(100, { urgent: true }), 1, FORGETS, false],
    ['a state, of a small budget, above its reserve', 'state', at(3), 0, { perDay: 40, forgets: false }, true],
    ['a state, of a small budget, at its reserve', 'state', at(2.9), 0, { perDay: 40, forgets: false }, false],
  ]
  test.each(rows)('%s', (_what, changed, after, afterMs, writing, written) => {
    const now = T0 + afterMs
    const { write, budget } = toWrite({ after, changed }, now, writing)
    const refilled = refill(after.budget, now, writing.perDay)
    expect(write !== undefined).toBe(written)
    expect(budget).toEqual(written ? { tokens: refilled.tokens - 1, at: now } : refilled)
    if (write)
      expect(write).toEqual({ ...after, at: now, budget: { ...budget, perDay: writing.perDay }, urgent: false })
  })
})

// --- whole days --------------------------------------------------------------------------------------------------

type Target = (now: number) => boolean
const every =
  (onMs: number, offMs: number): Target =>
  (now) =>
    (now - T0) % (onMs + offMs) < onMs
const random = seeded(4)
const patterns: Readonly<Record<string, Target>> = {
  'every tick': every(60_000, 60_000),
  'two ticks up, two down': every(120_000, 120_000),
  'three and three': every(180_000, 180_000),
  'five up, two down': every(300_000, 120_000),
  'a quarter of an hour each': every(900_000, 900_000),
  'by chance': () => random() < 0.5,
  'by chance, mostly up': () => random() < 0.9,
  'down, now and then a success': () => random() < 0.1,
}

/** Runs the days; gives the writes, and how long a written document took to tell of the outage. */
async function live(
  life: Partial<Life>,
  targets: readonly Target[],
  days: number,
  outage?: { id: string; at: number; to: 'up' | 'down' },
) {
  const full: Life = {
    probes: targets.map((_, i) => probeOf(`t${i}`, { interval: (life.everyMs ?? 60_000) / 1000 })),
    ...{ maxProbes: 1000, everyMs: 60_000, deadlineMs: 50_000, perDay: 900, forgets: true },
    ...life,
  }
  const point = new VantagePoint()
  let now = T0
  let toldAt: number | undefined
  for (; now < T0 + days * DAY; now += full.everyMs) {
    await point.tick(
      full,
      () => now,
      async ({ id }) => {
        const isUp = (targets[Number(id.slice(1))] as Target)(now)
        return isUp ? { outcome: 'ok', ms: 40 } : { outcome: 'failed', ms: 40, why: `refused ${now % 7}` }
      },
    )
    if (outage && now >= outage.at && point.written.targets.get(outage.id)?.state === outage.to) toldAt ??= now
  }
  return { writes: point.writes, told: outage && toldAt !== undefined ? toldAt - outage.at : undefined, point }
}

const mixed = Array.from({ length: 24 }, (_, i) => Object.values(patterns)[i % 8] as Target)

describe('a day of flapping', () => {
  for (const forgets of [true, false]) {
    const memory = forgets ? 'a fresh memory at each tick' : 'memory that is kept'
    test.each(Object.keys(patterns))(`%s, ${memory}: at most 900 writes in any 24 hours`, async (pattern) => {
      const { writes } = await live({ forgets }, Array(8).fill(patterns[pattern]), 2.2)
      expect(mostInADay(writes)).toBeLessThanOrEqual(900)
      expect(writes.length).toBeGreaterThan(2.2 * 280)
    })
    test(`all patterns, with an outage and its end, ${memory}: both are written within three minutes`, async () => {
      for (const minute of [700, ...inSoak([701, 1003])]) {
        const at = T0 + minute * 60_000
        const down = await live({ forgets }, [...mixed, (now) => now < at], 1.1, { id: 't24', at, to: 'down' })
        const up = await live({ forgets }, [...mixed, (now) => now >= at], 1.1, { id: 't24', at, to: 'up' })
        expect(mostInADay(down.writes)).toBeLessThanOrEqual(900)
        // Two results in a row, one a minute, and the write.
        expect(down.told).toBeLessThanOrEqual(180_000)
        expect(up.told).toBeLessThanOrEqual(180_000)
      }
    })
    test.each([10_000, ...inSoak([2000])])(`ticks every %i ms, ${memory}`, async (everyMs) => {
      const { writes } = await live({ forgets, everyMs, deadlineMs: everyMs * 0.75 }, mixed.slice(0, 8), 1.1)
      expect(mostInADay(writes)).toBeLessThanOrEqual(900)
    })
  }
  test('a day without changes: heartbeats only', async () => {
    const { writes } = await live(
      {},
      Array(8).fill(() => true),
      1,
    )
    expect(writes.length).toBeGreaterThanOrEqual(DAY / (HEARTBEAT_MS + 60_000))
    expect(writes.length).toBeLessThanOrEqual(DAY / HEARTBEAT_MS + 2)
  })
  test('half of the budget, as when the cron shares it with pushes', async () => {
    const { writes } = await live({ perDay: 450 }, mixed, 2.2)
    expect(mostInADay(writes)).toBeLessThanOrEqual(450)
    // Never silent for so long that it would count as stale.
    expect(Math.max(...writes.slice(1).map((at, i) => at - (writes[i] as number)))).toBeLessThan(900_000)
  })
})
