import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type GuardSettings,
  Health,
  liveOverrides,
  type Override,
  readGuard,
  type TargetState,
  ZoneGuard,
} from '../../../src/health/index.ts'
import { Damaged } from '../../../src/stored-value.ts'
import { runCount } from '../../effort.ts'
import { rowsOf, type Seen, simulated } from './guard-simulation.ts'
import { conditionOf, stateOf, vantageOf } from './support.ts'

const SECONDS = 90

const settingsOf = fc.record<GuardSettings>({
  share: fc.constantFrom(0.1, 0.25, 0.34, 0.5, 0.75, 0.99),
  within: fc.integer({ min: 1, max: 40 }),
  for: fc.integer({ min: 1, max: 60 }),
  least: fc.integer({ min: 1, max: 5 }),
})

/** A time at which many things happen together, or any. */
const moment = fc.oneof(
  fc.integer({ min: 20, max: 24 }),
  fc.integer({ min: 40, max: 44 }),
  fc.integer({ min: 2, max: SECONDS }),
)

/** A target that goes down once at most, or was down when it was first known; or of which nothing is known. */
const life: fc.Arbitrary<Seen> = fc
  .tuple(
    fc.constantFrom('up', 'up', 'up', 'up', 'down', undefined),
    moment,
    fc.option(fc.integer({ min: 1, max: 60 })),
    fc.integer({ min: 1, max: 20 }),
  )
  .map(([first, fall, stays, came]) =>
    Array.from({ length: SECONDS }, (_, t) => {
      if (first === undefined) return undefined
      if (t < came && first === 'down') return 'down'
      const isDown = t >= Math.max(fall, came) && (stays === null || t < Math.max(fall, came) + stays)
      return isDown ? 'down' : 'up'
    }),
  )

const idOf = (n: number) => `t${n}`
const conditionsOf = (count: number, more = {}) =>
  Array.from({ length: count }, (_, n) => conditionOf(idOf(n), {}, more))

/**
 * Health at each second, as one reads it who has the rows of the vantage points. A document is a new one if it changed.
 */
function healthAt(vantages: readonly (readonly (readonly TargetState[])[])[]) {
  const before: (ReturnType<typeof vantageOf> | undefined)[] = vantages.map(() => undefined)
  return (t: number): Health => {
    const views = vantages.map((targets, v) => {
      const isSame = before[v] && (t === 0 || targets.every((rows) => rows[t]?.since === rows[t - 1]?.since))
      const states = Object.fromEntries(targets.map((rows, n) => [idOf(n), rows[t] as TargetState]))
      const view = isSame ? before[v] : vantageOf(`v${v}`, states, t)
      before[v] = view
      return view as ReturnType<typeof vantageOf>
    })
    return new Health(views, [], t * 1000)
  }
}

describe('the guard of a zone', () => {
  test('decides as somebody who looks on each second and remembers, and so does one that begins later', () => {
    let holds = 0
    fc.assert(
      fc.property(settingsOf, fc.array(life, { minLength: 1, maxLength: 9 }), (settings, lives) => {
        const conditions = conditionsOf(lives.length)
        const wanted = simulated(
          lives.map((seen) => seen.map((one) => (one === undefined ? undefined : one === 'down'))),
          settings,
        )
        holds += new Set(wanted.map(({ since }) => since)).size - 1
        const at = healthAt([lives.map(rowsOf)])
        const guard = new ZoneGuard('example.com', settings, conditions)
        for (let t = 0; t < SECONDS; t++) {
          const health = at(t)
          const isLate = t % 7 === 0
          const asked = isLate ? new ZoneGuard('example.com', settings, conditions) : guard
          const over = asked.over(health)
          const held = conditions.flatMap((condition, n) => (over.status(condition).held ? [n] : []))
          const hold = asked.holding(health)
          const seen = { t, held, since: hold && hold.since / 1000, until: hold && hold.until / 1000 }
          const one = wanted[t]
          expect(seen).toEqual({ t, held: [...(one?.held ?? [])], since: one?.since, until: one?.until })
          conditions.forEach((condition, n) => {
            const { state, real } = over.status(condition)
            const down = lives[n]?.[t] === 'down'
            expect([state, real === 'down']).toEqual([down && !one?.held.has(n) ? 'down' : 'up', down])
          })
        }
      }),
      { numRuns: runCount(300) },
    )
    expect(holds).toBeGreaterThan(runCount(300) / 4)
  })

  test('counts what a quorum of vantage points sees', () => {
    const quorum = fc.constantFrom('any', 'majority', 'all', 2 as const)
    const several = fc.array(fc.array(life, { minLength: 3, maxLength: 3 }), { minLength: 2, maxLength: 6 })
    fc.assert(
      fc.property(settingsOf, several, quorum, (settings, lives, quorum) => {
        const conditions = conditionsOf(lives.length, { quorum })
        const rows = [0, 1, 2].map((v) => lives.map((of) => rowsOf(of[v] as Seen)))
        const isDown = conditions.map((condition) =>
          Array.from({ length: SECONDS }, (_, t) => {
            const { real } = healthAt(rows)(t).status(condition)
            return real === 'unknown' ? undefined : real === 'down'
          }),
        )
        fc.pre(isDown.every((states) => falls(states) <= 1 && !states.includes(undefined)))
        const wanted = simulated(isDown, settings)
        const at = healthAt(rows)
        const guard = new ZoneGuard('example.com', settings, conditions)
        for (let t = 0; t < SECONDS; t++) {
          const over = guard.over(at(t))
          const held = conditions.flatMap((condition, n) => (over.status(condition).held ? [n] : []))
          expect({ t, held }).toEqual({ t, held: [...(wanted[t]?.held ?? [])] })
        }
      }),
      { numRuns: runCount(60) },
    )
  })

  const falls = (states: readonly (boolean | undefined)[]) =>
    states.filter((one, t) => one === true && states[t - 1] === false).length
})

const NOW = 100_000
const USUAL: GuardSettings = { share: 0.5, within: 60, for: 600, least: 3 }

/** Tells what is known of some targets now: `up`, or since how many seconds they are down or back. */
function said(
  states: readonly (TargetState | undefined)[],
  {
    overrides = [],
    settings = USUAL,
    now = NOW,
  }: { overrides?: Override[]; settings?: GuardSettings; now?: number } = {},
) {
  const conditions = conditionsOf(states.length)
  const rows = Object.fromEntries(states.flatMap((state, n) => (state ? [[idOf(n), state] as const] : [])))
  const health = new Health([vantageOf('cron', rows, now)], liveOverrides(overrides), now * 1000)
  const guard = new ZoneGuard('example.com', settings, conditions)
  const over = guard.over(health)
  const told = conditions
    .map((condition) => over.status(condition))
    .map(({ state, held }) => `${state}${held ? ' held' : ''}`)
  return { told: told.join(', '), hold: guard.holding(health), over, conditions }
}

const UP = stateOf('up', { since: 5 })
const gone = (seconds: number) => stateOf('down', { since: NOW - seconds, changes: 1 })
const back = (fell: number, seconds: number) => stateOf('up', { fell: NOW - fell, since: NOW - seconds, changes: 2 })

describe('what counts', () => {
  test.each([
    ['more than the share', [UP, gone(10), gone(20)], 'up, up held, up held'],
    ['no more than the share', [UP, UP, gone(10), gone(20)], 'up, up, down, down'],
    ['not within the time', [UP, gone(10), gone(80)], 'up, down, down'],
    ['too few targets', [gone(10), gone(20)], 'down, down'],
    [
      'targets without a result count neither way',
      [undefined, undefined, UP, gone(9), gone(9)],
      'up, up, up, up held, up held',
    ],
    ['too few with a result', [undefined, undefined, gone(9), gone(9)], 'up, up, down, down'],
    ['targets that were never up', [stateOf('down', { since: NOW - 9 }), gone(9), UP], 'down, down, up'],
    [
      'one that was down before stays down',
      [gone(500), UP, gone(9), gone(8), gone(7)],
      'down, up, up held, up held, up held',
    ],
    ['those that come back are up', [UP, gone(20), back(20, 5), gone(19)], 'up, up held, up, up held'],
    ['after the longest time they count', [UP, gone(610), gone(610)], 'up, down, down'],
    ['one that goes down later in the hold', [gone(10), gone(300), gone(300)], 'up held, up held, up held'],
    ['blindness that ended', [UP, gone(300), back(300, 61), back(300, 70)], 'up, down, up, up'],
    ['blindness that ended just now', [UP, gone(300), back(300, 59), back(300, 59)], 'up, up held, up, up'],
  ] as const)('%s', (_, states, wanted) => {
    expect(said(states).told).toBe(wanted)
  })

  test('the hold says since when, until when, and why', () => {
    const { hold } = said([UP, gone(10), gone(20)])
    expect(hold).toEqual({
      ...{ zone: 'example.com', fell: 2, of: 3 },
      ...{ since: (NOW - 10) * 1000, until: (NOW + 590) * 1000 },
    })
    expect(said([UP, gone(610), gone(610)]).hold).toBeUndefined()
  })

  test('overrides win', () => {
    const overrides = [{ target: 't1:80', force: 'down', by: 'ada', why: 'it burns' }] as const
    const { told, over, conditions } = said([UP, gone(10), gone(20)], { overrides: [...overrides] })
    expect(told).toBe('up, down, up held')
    expect(over.status(conditions[1] as (typeof conditions)[number]).forced?.by).toBe('ada')
  })

  test('a state of several checks is held as its parts are', () => {
    const { over, conditions } = said([UP, gone(10), gone(20)])
    const [, one, other] = conditions
    const both = { kind: 'calculated', check: 'example.com/both', target: 'x', need: 'all', of: [one, other] } as const
    const status = over.status(both as Parameters<Health['status']>[0])
    expect([status.state, status.real, status.held?.fell]).toEqual(['up', 'down', 2])
  })

  test('a TTL that follows health ends with the hold', () => {
    const { over, conditions } = said([UP, gone(595), gone(598)])
    expect(over.status(conditions[1] as (typeof conditions)[number]).validForSeconds).toBe(5)
  })

  test('what applications report does not count and is not held', () => {
    const push = conditionOf('t1', {}, { action: { kind: 'push', check: 'example.com/load' } })
    const conditions = [conditionOf('t0'), push, conditionOf('t2'), conditionOf('t3')]
    const rows = { t0: gone(5), t1: gone(5), t2: gone(5), t3: UP }
    const health = new Health([vantageOf('cron', rows, NOW)], [], NOW * 1000)
    const over = new ZoneGuard(
      'example.com',
      USUAL,
      conditions.filter((one) => one !== push),
    ).over(health)
    expect(conditions.map((one) => over.status(one).state)).toEqual(['up', 'down', 'up', 'up'])
  })
})

describe('the copy of an isolate', () => {
  test('is looked through once, and again when a document or the time changes what it says', () => {
    let reads = 0
    const states = { t0: gone(10), t1: gone(10), t2: UP }
    const { targets, ...fields } = vantageOf('cron', states, NOW)
    const get = (id: string) => {
      reads++
      return targets.get(id)
    }
    const view = { ...fields, targets: { get } }
    const guard = new ZoneGuard('example.com', USUAL, conditionsOf(3))
    for (let t = 0; t < 500; t++) guard.over(new Health([view], [], (NOW + t) * 1000))
    expect(reads).toBe(3)
    // The hold ends, and the next look tells so.
    const after = new Health([view], [], (NOW + 600) * 1000)
    expect(guard.holding(after)).toBeUndefined()
    expect(reads).toBe(6)
    // The clock goes back.
    expect(guard.holding(new Health([view], [], NOW * 1000))).toBeDefined()
    expect(guard.holding(new Health([], [], NOW * 1000))).toBeUndefined()
  })

  test('health without a hold is taken as it is, and has to be made anew when a hold ends', () => {
    const guard = new ZoneGuard('example.com', USUAL, conditionsOf(3))
    const calm = new Health([vantageOf('cron', { t0: UP, t1: UP, t2: UP }, NOW)], [], NOW * 1000)
    expect(guard.over(calm)).toBe(calm)
    const held = new Health([vantageOf('cron', { t0: gone(10), t1: gone(10), t2: UP }, NOW)], [], NOW * 1000)
    guard.over(held)
    expect(held.until).toBe((NOW + 590) * 1000)
  })

  test('a guard that was stored is the same, and one that is damaged is refused', () => {
    const guard = new ZoneGuard('example.com', USUAL, [
      ...conditionsOf(2),
      conditionOf('t2', {}, { quorum: 2, from: ['a', 'b'] }),
    ])
    const stored = JSON.parse(JSON.stringify(guard.stored()))
    expect(readGuard('example.com', stored).stored()).toEqual(guard.stored())
    for (const damaged of [{}, { ...stored, share: 'a' }, { ...stored, targets: [['none', null, 9, 'keep', []]] }])
      expect(() => readGuard('example.com', damaged)).toThrow(Damaged)
  })
})
