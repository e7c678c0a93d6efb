import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  isHeld,
  nextState,
  type ProbeResult,
  resultsToChange,
  type TargetState,
  type Thresholds,
} from '../../../src/health/index.ts'
import { runCount } from '../../effort.ts'
import { failed, NOT_RUN, OK, stateOf } from './support.ts'

const EVENTS = { ok: OK, failed: failed(), 'not-run': NOT_RUN } as const
type Event = keyof typeof EVENTS

/** `fall/rise`, then per state and count what each result makes of it. */
type Table = Readonly<Record<string, Readonly<Record<Event, string>>>>
const tables: Readonly<Record<string, { fall: number; rise: number; rows: Table }>> = {
  'fall 1, rise 1': {
    fall: 1,
    rise: 1,
    rows: {
      'unknown 0': { ok: 'up 0', failed: 'down 0', 'not-run': 'unknown 0' },
      'up 0': { ok: 'up 0', failed: 'down 0', 'not-run': 'up 0' },
      'down 0': { ok: 'up 0', failed: 'down 0', 'not-run': 'down 0' },
    },
  },
  'fall 2, rise 3': {
    fall: 2,
    rise: 3,
    rows: {
      'unknown 0': { ok: 'up 0', failed: 'down 0', 'not-run': 'unknown 0' },
      'up 0': { ok: 'up 0', failed: 'up 1', 'not-run': 'up 0' },
      'up 1': { ok: 'up 0', failed: 'down 0', 'not-run': 'up 1' },
      'down 0': { ok: 'down 1', failed: 'down 0', 'not-run': 'down 0' },
      'down 1': { ok: 'down 2', failed: 'down 0', 'not-run': 'down 1' },
      'down 2': { ok: 'up 0', failed: 'down 0', 'not-run': 'down 2' },
    },
  },
  'fall 3, rise 2': {
    fall: 3,
    rise: 2,
    rows: {
      'unknown 0': { ok: 'up 0', failed: 'down 0', 'not-run': 'unknown 0' },
      'up 0': { ok: 'up 0', failed: 'up 1', 'not-run': 'up 0' },
      'up 1': { ok: 'up 0', failed: 'up 2', 'not-run': 'up 1' },
      'up 2': { ok: 'up 0', failed: 'down 0', 'not-run': 'up 2' },
      'down 0': { ok: 'down 1', failed: 'down 0', 'not-run': 'down 0' },
      'down 1': { ok: 'up 0', failed: 'down 0', 'not-run': 'down 1' },
    },
  },
}

describe.each(Object.entries(tables))('%s', (_name, { fall, rise, rows }) => {
  test('the table has every state and count', () => {
    const ups = Array.from({ length: fall }, (_, count) => `up ${count}`)
    const downs = Array.from({ length: rise }, (_, count) => `down ${count}`)
    expect(Object.keys(rows)).toEqual(['unknown 0', ...ups, ...downs])
  })
  const cases = Object.entries(rows).flatMap(([from, to]) =>
    Object.entries(to).map(([event, after]) => [from, event as Event, after] as const),
  )
  test.each(cases)('%s, then %s: %s', (from, event, expected) => {
    for (const first of ['decides', 'counts'] as const) {
      const [name, count] = from.split(' ') as [TargetState['state'], string]
      const before = stateOf(name, { count: Number(count), since: name === 'unknown' ? 0 : 500, at: 900, ms: 7 })
      const after = nextState(before, EVENTS[event], 1000.5, { fall, rise, first })
      // A first failure that only counts leaves the target up, one failure on.
      const counted = first === 'counts' && from === 'unknown 0' && event === 'failed' && fall > 1
      expect(`${after.state} ${after.count}`).toBe(counted ? 'up 1' : expected)
      expect(after.since).toBe(after.state === before.state ? before.since : 1000)
      expect(after.at).toBe(event === 'not-run' ? 900 : 1000.5)
      expect(after.ms).toBe(event === 'not-run' ? 7 : 40)
      expect(after.why).toBe({ ok: '', failed: 'refused', 'not-run': 'no route' }[event])
    }
  })
})

describe('the fields of a result', () => {
  const USUAL: Thresholds = { fall: 2, rise: 2, first: 'decides' }
  test('weight and load are those of the last success; a failure keeps them, a success without drops them', () => {
    const said = nextState(stateOf('up'), { outcome: 'ok', ms: 1, weight: 0, load: 0.5 }, 10, USUAL)
    expect(said).toMatchObject({ weight: 0, load: 0.5 })
    expect(nextState(said, failed(), 20, USUAL)).toMatchObject({ weight: 0, load: 0.5, count: 1 })
    expect(nextState(said, OK, 20, USUAL)).not.toHaveProperty('weight')
    expect(nextState(said, OK, 20, USUAL)).not.toHaveProperty('load')
  })
  test('a probe that could not run changes only the reason, and only once', () => {
    const before = stateOf('down', { count: 1, since: 5, at: 6, weight: 3, flaps: { count: 1, from: 5 } })
    const after = nextState(before, NOT_RUN, 100, USUAL)
    expect(after).toEqual({ ...before, why: 'no route' })
    expect(nextState(after, NOT_RUN, 200, USUAL)).toBe(after)
  })
  test.each([
    ['of 80 octets', 'x'.repeat(80), 'x'.repeat(80)],
    ['of 81 octets', 'x'.repeat(81), 'x'.repeat(80)],
    ['with quotes, which take two in JSON', '"'.repeat(80), '"'.repeat(40)],
    ['with control characters, which take six', '\u0001'.repeat(80), '\u0001'.repeat(13)],
    ['in Japanese, three octets each', '接'.repeat(80), '接'.repeat(26)],
    ['of pairs, four octets each', '💥'.repeat(40), '💥'.repeat(20)],
    ['with half a pair', '\ud83d', '\ufffd'],
  ])('a stored reason %s is cut', (_what, why, kept) => {
    expect(nextState(stateOf('up'), failed(why), 1, USUAL).why).toBe(kept)
    expect(nextState(stateOf('up'), { outcome: 'not-run', why }, 1, USUAL).why).toBe(kept)
    expect(new TextEncoder().encode(JSON.stringify(kept)).length - 2).toBeLessThanOrEqual(80)
  })
})

describe('flap damping: 3 times down within 100 s, then held for 50 s', () => {
  const damped: Thresholds = { fall: 1, rise: 1, first: 'decides', damping: { changes: 3, within: 100, hold: 50 } }
  /** `12 failed` at second 12; gives the state after each. */
  const run = (...events: string[]): string[] => {
    let state = stateOf('up')
    return events.map((event) => {
      const [at, what] = event.split(' ') as [string, Event]
      state = nextState(state, EVENTS[what], Number(at), damped)
      return `${state.state}${isHeld(state, Number(at), damped) ? ' held' : ''}`
    })
  }
  test('the third time within the window the target is held down, and released afterwards', () => {
    expect(
      run('0 failed', '10 ok', '20 failed', '30 ok', '40 failed', '50 ok', '60 ok', '89 ok', '90 ok', '100 failed'),
    ).toEqual(['down', 'up', 'down', 'up', 'down held', 'down held', 'down held', 'down held', 'up', 'down held'])
  })
  test('a failure while held does not extend the hold', () => {
    expect(run('0 failed', '1 ok', '2 failed', '3 ok', '4 failed', '50 failed', '54 ok')).toEqual([
      ...['down', 'up', 'down', 'up', 'down held', 'down held', 'up'],
    ])
  })
  test('a new window starts after the last one has ended', () => {
    expect(
      run('0 failed', '1 ok', '2 failed', '3 ok', '101 failed', '102 ok', '103 failed', '104 ok', '105 failed'),
    ).toEqual(['down', 'up', 'down', 'up', 'down', 'up', 'down', 'up', 'down held'])
    expect(run('0 failed', '1 ok', '2 failed', '3 ok', '100 failed')).toEqual(['down', 'up', 'down', 'up', 'down held'])
  })
  test('successes while held do not count towards the rise', () => {
    const slow = { ...damped, rise: 2, damping: { changes: 1, within: 100, hold: 50 } }
    let state = nextState(stateOf('up'), failed(), 0, slow)
    for (const at of [10, 20, 49]) state = nextState(state, OK, at, slow)
    expect(state).toMatchObject({ state: 'down', count: 0 })
    state = nextState(state, OK, 50, slow)
    expect(state).toMatchObject({ state: 'down', count: 1 })
    expect(nextState(state, OK, 60, slow)).toMatchObject({ state: 'up', count: 0, since: 60 })
  })
  test('without damping nothing is held', () => {
    expect(isHeld(stateOf('down', { flaps: { count: 9, from: 0 } }), 1, { fall: 1, rise: 1, first: 'decides' })).toBe(
      false,
    )
  })
})

const someThresholds = fc.record({
  fall: fc.integer({ min: 1, max: 4 }),
  rise: fc.integer({ min: 1, max: 4 }),
  first: fc.constantFrom('decides' as const, 'counts' as const),
  damping: fc.option(
    fc.record({
      changes: fc.integer({ min: 1, max: 3 }),
      within: fc.integer({ min: 1, max: 100 }),
      hold: fc.integer({ min: 1, max: 100 }),
    }),
    { nil: undefined },
  ),
})
const result = fc.constantFrom<ProbeResult>(OK, failed(), NOT_RUN)

/** The fewest results that change the state, tried out; one every `apart` seconds. */
function fewest(state: TargetState, now: number, apart: number, thresholds: Thresholds): number {
  let states = [state]
  for (let results = 1; results <= 12; results++) {
    states = states.flatMap((each) =>
      [OK, failed()].map((one) => nextState(each, one, now + results * apart, thresholds)),
    )
    if (states.some((each) => each.state !== state.state)) return results
    // States that are alike go on alike.
    states = [...new Map(states.map((each) => [`${each.count}`, each])).values()]
  }
  return Number.POSITIVE_INFINITY
}

test('resultsToChange: no change comes sooner, and without a hold one can come then', () => {
  fc.assert(
    fc.property(
      someThresholds,
      fc.array(result, { maxLength: 12 }),
      fc.integer({ min: 1, max: 30 }),
      (thresholds, results, apart) => {
        let state = stateOf('unknown')
        let now = 1000
        for (const each of results) {
          now += apart
          state = nextState(state, each, now, thresholds)
        }
        const found = fewest(state, now, apart, thresholds)
        expect(resultsToChange(state, thresholds)).toBeLessThanOrEqual(found)
        if (!isHeld(state, now + apart, thresholds)) expect(resultsToChange(state, thresholds)).toBe(found)
      },
    ),
    { numRuns: runCount(2000), seed: 11 },
  )
})
