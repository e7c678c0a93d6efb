import { describe, expect, test } from 'vitest'
import {
  type Applied,
  hasLoadNews,
  nextOffered,
  nextState,
  type TargetState,
  UNPROBED,
  type Vantage,
  withOffered,
} from '../../../src/health/index.ts'
import { seeded } from '../support.ts'
import { stateOf, vantageOf } from './support.ts'

const AT_ONCE = { fall: 1, rise: 1, first: 'decides' } as const
const reported = (before: TargetState, load: number, now: number): TargetState =>
  nextState(before, { outcome: 'ok', ms: 0, load }, now, AT_ONCE)

/** One document after another, each with a report of its target. */
function reportTo(before: Vantage, load: number, now: number, applied: Applied): Vantage {
  const state = reported(before.targets.get('a') ?? UNPROBED, load, now)
  return withOffered(before, { ...before, targets: new Map([['a', state]]) }, new Map([['a', applied]]))
}

const offeredIn = ({ targets }: Vantage): number => targets.get('a')?.offered?.load ?? Number.NaN

describe('the offered load', () => {
  test('is the load of the first report', () => {
    const first = reportTo(vantageOf('push', {}), 140, 1000, { kept: 1, received: 0 })
    expect(first.targets.get('a')).toMatchObject({ loadAt: 1000, offered: { load: 140, kept: 1, received: 0 } })
  })

  test('is the load while nothing is passed on or taken', () => {
    let vantage = vantageOf('push', {})
    for (const [i, load] of [140, 20, 90, 0].entries()) {
      vantage = reportTo(vantage, load, 1000 + 60 * i, { kept: 1, received: 0 })
      expect(offeredIn(vantage)).toBe(load)
    }
  })

  test('is that of all clients of the target, in the end, and without those of others', () => {
    let kept = reportTo(vantageOf('push', {}), 140, 0, { kept: 1, received: 0 })
    let taking = reportTo(vantageOf('push', {}), 40, 0, { kept: 1, received: 0 })
    for (let minute = 1; minute <= 60; minute++) {
      kept = reportTo(kept, 70, 60 * minute, { kept: 0.5, received: 0 })
      taking = reportTo(taking, 90, 60 * minute, { kept: 1, received: 50 })
    }
    expect(offeredIn(kept)).toBeCloseTo(140, 1)
    expect(offeredIn(taking)).toBeCloseTo(40, 1)
  })

  test('a report that is told again changes nothing', () => {
    const before = stateOf('up', { at: 60, load: 70, loadAt: 60, offered: { load: 100, kept: 0.8, received: 3 } })
    expect(nextOffered(before, 70, 60, { kept: 0.5, received: 0 })).toEqual(before.offered)
  })

  test('a report without a load ends it, and a target of no such pool has none', () => {
    const first = reportTo(vantageOf('push', {}), 140, 0, { kept: 1, received: 0 })
    const ended = nextState(first.targets.get('a') as TargetState, { outcome: 'ok', ms: 0 }, 60, AT_ONCE)
    expect(ended).not.toHaveProperty('load')
    expect(ended).not.toHaveProperty('loadAt')
    expect(ended).not.toHaveProperty('offered')
    const plain = { ...vantageOf('push', {}), targets: new Map([['a', reported(UNPROBED, 3, 60)]]) }
    expect(withOffered(plain, plain, new Map()).targets.get('a')).not.toHaveProperty('offered')
  })

  test('a failure keeps the time of the load before it', () => {
    const before = reported(UNPROBED, 9, 1000)
    const failing = nextState(before, { outcome: 'failed', ms: 0, why: 'no' }, 1060, { ...AT_ONCE, fall: 3 })
    expect(failing).toMatchObject({ state: 'up', at: 1060, load: 9, loadAt: 1000 })
  })

  test('a target that has next to none of its clients is not believed to be offered without bound', () => {
    expect(nextOffered(undefined, 70, 0, { kept: 0, received: 0 }).load).toBe(70 / 0.02)
  })
})

describe('an early write', () => {
  const at = (load: number, more: Partial<TargetState> = {}) => new Map([['a', stateOf('up', { load, ...more })]])
  test.each<[string, ReturnType<typeof at>, ReturnType<typeof at>, boolean]>([
    ['3 % more', at(100), at(103), false],
    ['more than that', at(100), at(103.2), true],
    ['3 % less', at(100), at(97), false],
    ['less than that', at(100), at(96.9), true],
    ['nothing to something', at(0), at(0.1), true],
    ['the first load', new Map(), at(0), true],
    ['a load that is gone', at(1), new Map([['a', stateOf('up')]]), true],
    ['other limits', at(100), at(100, { limits: { target: 7, capacity: 9 } }), true],
    [
      'a load that falls because clients were passed on',
      at(140, { offered: { load: 140, kept: 1, received: 0 } }),
      at(70, { offered: { load: 140, kept: 0.5, received: 0 } }),
      false,
    ],
  ])('%s', (_, written, now, isNews) => {
    expect(hasLoadNews(written, now)).toBe(isNews)
  })
})

const TARGET = 70
const CAPACITY = 100

/** Answers go by the offered load; clients follow them after `lag` seconds, and the load is reported each minute. */
function simulated(lag: number, offered: (minute: number) => number, minutes: number, noise = 0): number[] {
  const random = seeded(5)
  const kept: { readonly at: number; readonly share: number }[] = [{ at: 0, share: 1 }]
  const shareAt = (time: number): number => kept.findLast(({ at }) => at <= time)?.share ?? 1
  const loads: number[] = []
  let vantage = vantageOf('push', {})
  for (let minute = 1; minute <= minutes; minute++) {
    const now = 60 * minute
    const load = offered(minute) * shareAt(now - lag) * (1 + noise * (2 * random() - 1))
    loads.push(load)
    // The isolate that takes the report knows what KV had half a minute ago.
    vantage = reportTo(vantage, load, now, { kept: shareAt(now - 30), received: 0 })
    kept.push({ at: now, share: Math.min(1, TARGET / offeredIn(vantage)) })
  }
  return loads
}

const isNear = (load: number): boolean => Math.abs(load - 70) <= 3.5

describe('a constant load above the target', () => {
  test.each([
    [1, 20],
    [60, 20],
    [90, 12],
    [120, 12],
    [180, 12],
    [240, 14],
    [300, 20],
  ])(
    'with %s s from an answer to its effect it is within 5 per cent of the target after %s minutes',
    (lag, minutes) => {
      for (const offered of [80, 105, 140, 280]) {
        const loads = simulated(lag, () => offered, 240)
        const late = loads.slice(minutes + (offered > 140 ? minutes : 0))
        expect(late.every(isNear), `${offered}: ${late.slice(0, 12)}`).toBe(true)
        // It never comes back above the capacity.
        const spilled = loads.findIndex((load) => load < offered)
        expect(Math.max(...loads.slice(spilled))).toBeLessThan(CAPACITY)
      }
    },
  )

  test('noise in the reports does not let it go', () => {
    const loads = simulated(120, () => 140, 600, 0.1).slice(20)
    const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length
    expect(Math.abs(mean - 70)).toBeLessThan(3.5)
    expect(Math.max(...loads)).toBeLessThan(CAPACITY)
  })

  test('that ends is passed on no longer', () => {
    const loads = simulated(120, (minute) => (minute <= 60 ? 140 : 60), 240)
    expect(loads.slice(20, 60).every(isNear)).toBe(true)
    expect(loads.slice(90).every((load) => load > 58 && load < 61)).toBe(true)
  })
})
