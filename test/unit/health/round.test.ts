import { describe, expect, test } from 'vitest'
import {
  dueProbes,
  emptyVantage,
  formatVantage,
  nextDue,
  type Probe,
  type ProbeResult,
  parseVantage,
  type RoundOptions,
  type RoundResult,
  runRound,
  type Vantage,
} from '../../../src/health/index.ts'
import { inSoak } from '../../effort.ts'
import { must, seeded } from '../support.ts'
import {
  FREE,
  failed,
  type Life,
  mostInADay,
  NOT_RUN,
  OK,
  PAID,
  Platform,
  probeOf,
  stateOf,
  VantagePoint,
  vantageOf,
} from './support.ts'

const T0 = 1_800_000_000_000
const at = (seconds: number) => stateOf('up', { at: T0 / 1000 + seconds, since: 1 })
const USUAL: Pick<
  RoundOptions,
  'maxProbes' | 'everyMs' | 'deadlineMs' | 'connections' | 'continued' | 'canProbe' | 'onNews'
> = {
  maxProbes: 1000,
  everyMs: 60_000,
  deadlineMs: 50_000,
  connections: 6,
  continued: true,
}

describe('due probes', () => {
  const due = (probes: Probe[], before: Vantage, after = 0, more: Partial<typeof USUAL> = {}): string[] =>
    dueProbes({ ...USUAL, probes, before, ...more }, T0 + after * 1000).due.map(({ id }) => id)

  test('are due an interval later, or up to a sixth of a tick sooner; oldest first', () => {
    const probes = [probeOf('a'), probeOf('b'), probeOf('c'), probeOf('new')]
    const before = vantageOf('cron', { a: at(-60), b: at(-70), c: at(-49) })
    expect(due(probes, before)).toEqual(['new', 'b', 'a'])
    expect(due(probes, before, 1)).toEqual(['new', 'b', 'a', 'c'])
  })
  test('with an interval below a tick are due at each tick', () => {
    expect(due([probeOf('a', { interval: 10 })], vantageOf('weur', { a: at(-8) }))).toEqual([])
    expect(due([probeOf('a', { interval: 10 })], vantageOf('weur', { a: at(-8.4) }))).toEqual(['a'])
    expect(due([probeOf('a', { interval: 10 })], vantageOf('weur', { a: at(-9.5) }), 0, { everyMs: 1000 })).toEqual([])
    expect(due([probeOf('a', { interval: 10 })], vantageOf('weur', { a: at(-9.9) }), 0, { everyMs: 1000 })).toEqual([
      'a',
    ])
  })
  test('that could not run count as tried', () => {
    const tried = stateOf('unknown', { triedAt: T0 / 1000 })
    expect(due([probeOf('a'), probeOf('b')], vantageOf('cron', { a: tried, b: at(-100) }))).toEqual(['b'])
    expect(nextDue([probeOf('a'), probeOf('b')], vantageOf('cron', { a: tried, b: at(5) }))).toBe(T0 + 60_000)
  })
  test('nextDue is the earliest time, and Infinity without probes', () => {
    expect(nextDue([probeOf('a'), probeOf('b', { interval: 10 })], vantageOf('cron', { a: at(0), b: at(30) }))).toBe(
      T0 + 40_000,
    )
    expect(nextDue([probeOf('new')], emptyVantage('cron'))).toBe(60_000)
    expect(nextDue([], emptyVantage('cron'))).toBe(Number.POSITIVE_INFINITY)
  })

  const ten = Array.from({ length: 10 }, (_, i) => probeOf(`p${i}`))
  const old = (round?: Partial<Vantage['round']>): Vantage => ({
    ...vantageOf('cron', Object.fromEntries(ten.map(({ id }, i) => [id, at(-1000 + i)])), T0 / 1000 - 60),
    ...(round && { round: { at: T0 - 60_000, ms: 0, due: 10, probed: 3, left: 7, ...round } }),
  })
  const first = (before: Vantage, after = 0, more: Partial<typeof USUAL> = {}) => {
    const options = { ...USUAL, probes: ten, before, maxProbes: 3, continued: false, ...more }
    const found = dueProbes(options, T0 + after * 1000)
    const passed = [...found.estimated].map(([id, state]) => `${id} ${state.at - T0 / 1000}`)
    return [found.due[0]?.id, ...passed]
  }
  test.each([
    ['the round right behind the one that was written', old({}), 0, ['p0']],
    ['ticks are never quite on time', old({ at: T0 - 89_000 }), 0, ['p0']],
    ['one round in between', old({}), 60, ['p3', 'p0 0', 'p1 0', 'p2 0']],
    ['one, and not on time', old({}), 89, ['p3', 'p0 0', 'p1 0', 'p2 0']],
    ['two', old({}), 120, ['p6', 'p0 0', 'p1 0', 'p2 0', 'p3 60', 'p4 60', 'p5 60']],
    [
      'four: once round',
      old({}),
      240,
      ['p2', 'p0 180', 'p1 180', 'p2 0', 'p3 60', 'p4 60', 'p5 60', 'p6 120', 'p7 120', 'p8 120', 'p9 180'],
    ],
    ['nothing is known of rounds', old(), 0, [`p${((T0 / 60_000) * 3) % 10}`]],
    ['the vantage point did not work for long', old({ at: T0 - 600_000 }), 60, [`p${((T0 / 60_000 + 1) * 3) % 10}`]],
  ])('from a copy: %s', (_what, before, after, expected) => {
    expect(first(before, after)).toEqual(expected)
  })
  test('from a copy: an estimated round makes as many probes as it has time for', () => {
    const slow = (state: 'up' | 'unknown'): Vantage => ({
      ...old({}),
      targets: new Map(ten.map(({ id }, i) => [id, { ...at(-1000 + i), state, ms: 2000 }])),
    })
    // One connection, 10 s less a timeout of 5 s: two probes of 2 s, or one of which nothing is known.
    const little = { connections: 1, deadlineMs: 10_000 }
    expect(first(slow('up'), 120, little)).toEqual(['p4', 'p0 0', 'p1 0', 'p2 60', 'p3 60'])
    expect(first(slow('unknown'), 120, little)).toEqual(['p2', 'p0 0', 'p1 60'])
    expect(first({ ...old({}), targets: new Map() }, 60, little)).toEqual(['p1', 'p0 0'])
    expect(first(slow('up'), 60, { connections: 1, deadlineMs: 1000 })).toEqual(['p1', 'p0 0'])
  })
  test('from a copy: rounds that could not write do not count', () => {
    const poor = (tokens: number): Vantage => ({ ...old({}), budget: { tokens, at: T0 - 60_000, perDay: 900 } })
    expect(first(poor(0), 0)).toEqual(['p0'])
    // A token every two minutes: the round at 0 s had half of one.
    expect(first(poor(0), 120)).toEqual(['p3', 'p0 60', 'p1 60', 'p2 60'])
    expect(first(poor(1), 120)).toEqual(['p6', 'p0 0', 'p1 0', 'p2 0', 'p3 60', 'p4 60', 'p5 60'])
  })
  test('from a copy, if a round can make all probes: oldest first', () => {
    const found = dueProbes(
      { ...USUAL, probes: ten, before: old({ probed: 10, left: 0 }), continued: false },
      T0 + 300_000,
    )
    expect(found.due[0]?.id).toBe('p0')
    expect(found.estimated.size).toBe(0)
  })
})

describe('one round', () => {
  const run = async (
    probes: Probe[],
    answer: (id: string) => ProbeResult | Promise<ProbeResult>,
    before = emptyVantage('cron'),
    more: Partial<typeof USUAL> = {},
  ) => {
    let now = T0
    const order: string[] = []
    const probe = async ({ id }: Probe) => {
      order.push(id)
      const result = await answer(id)
      now += result.outcome === 'not-run' ? 0 : result.ms
      return result
    }
    const result = await runRound({ ...USUAL, connections: 1, ...more, probes, before, probe, clock: () => now })
    return { ...result, order, round: result.after.round }
  }
  test('urgent changes are reported once, with the results so far', async () => {
    const told: RoundResult[] = []
    const states = { a: at(-60), b: at(-60), c: stateOf('up', { at: T0 / 1000 - 60, since: T0 / 1000 - 60, count: 1 }) }
    const before = vantageOf('cron', { ...states, d: { ...at(-60), count: 1 }, e: { ...at(-60), count: 1 } })
    const soFar: (() => RoundResult)[] = []
    const probes = ['a', 'b', 'c', 'd', 'e'].map((id) => probeOf(id))
    const answer = (id: string): ProbeResult => {
      for (const each of soFar) told.push(each())
      return id === 'a' ? OK : failed()
    }
    const { after } = await run(probes, answer, before, { onNews: (way) => soFar.push(way) })
    // Neither b, which fails for the first time, nor c, which flaps.
    const state = (result: { after: Vantage }) => [...result.after.targets].map(([id, { state }]) => `${id} ${state}`)
    expect(soFar).toHaveLength(1)
    expect(told.map(state)).toEqual([['a up', 'b up', 'c down', 'd down', 'e up']])
    expect(told[0]).toMatchObject({ changed: 'state', after: { urgent: true, round: { due: 5, probed: 4, left: 0 } } })
    expect(state({ after })).toEqual(['a up', 'b up', 'c down', 'd down', 'e down'])
  })

  const known = (seconds: number, more = {}) => vantageOf('cron', { a: { ...at(seconds), ...more } })

  test.each<[string, Vantage, ProbeResult, string, boolean]>([
    ['a first result', emptyVantage('cron'), OK, 'state', true],
    ['up as before', known(-60), OK, 'nothing', false],
    ['a failure that counts', known(-60), failed(), 'progress', true],
    ['another reason', known(-60, { state: 'down', why: 'x' }), failed(), 'progress', false],
    ['down, for the same reason', known(-60, { state: 'down', why: 'refused' }), failed(), 'nothing', false],
    ['the failures are over', known(-60, { count: 1, why: 'x' }), OK, 'progress', false],
    ['down at last', known(-60, { count: 1, why: 'refused' }), failed(), 'state', true],
    ['down at last, and up a minute ago', known(-60, { count: 1, since: T0 / 1000 - 60 }), failed(), 'state', false],
    ['a failure, and up a minute ago', known(-60, { since: T0 / 1000 - 60 }), failed(), 'progress', false],
    ['another weight', known(-60, { weight: 2 }), { outcome: 'ok', ms: 1, weight: 3 }, 'progress', false],
    ['another load', known(-60, { load: 2 }), { outcome: 'ok', ms: 1, load: 3 }, 'nothing', false],
    ['could not be made', known(-60), NOT_RUN, 'progress', false],
    ['could not be made, again', known(-60, { why: 'no route' }), NOT_RUN, 'nothing', false],
  ])('%s', async (_what, before, answer, changed, urgent) => {
    const result = await run([probeOf('a')], () => answer, before)
    expect([result.changed, result.after.urgent]).toEqual([changed, urgent])
  })
  test('an urgent change stays urgent until it is written', async () => {
    expect((await run([probeOf('a')], () => OK, { ...known(-60), urgent: true })).after.urgent).toBe(true)
  })
  test('probes that are left are counted, and have to be written', async () => {
    const many = ['a', 'b', 'c'].map((id) => probeOf(id))
    const before = vantageOf('cron', { a: at(-100), b: at(-90), c: at(-80), gone: at(-70) })
    const { round, changed, order, after } = await run(many, () => OK, before, { maxProbes: 2 })
    expect(round).toEqual({ at: T0, ms: 80, due: 3, probed: 2, left: 1 })
    expect(changed).toBe('progress')
    expect(order).toEqual(['a', 'b'])
    expect([...after.targets.keys()]).toEqual(['a', 'b', 'c'])
    expect(after.targets.get('c')).toEqual(at(-80))
  })
  test.each([0, -1])('maxProbes %i: nothing is probed', async (maxProbes) => {
    expect((await run([probeOf('a')], () => OK, undefined, { maxProbes })).round).toMatchObject({
      due: 1,
      probed: 0,
      left: 1,
    })
  })
  test('a probe that throws counts against no target', async () => {
    const broken = (id: string) => {
      if (id === 'a') throw new Error('broken')
      return id === 'b' ? Promise.reject(new Error('rejected')) : OK
    }
    const { after, round } = await run(
      ['a', 'b', 'c'].map((id) => probeOf(id)),
      broken,
    )
    expect(round).toMatchObject({ due: 3, probed: 1, left: 0 })
    expect([...after.targets.values()].map(({ state, why, at: ran }) => [state, why, ran > 0])).toEqual([
      ['unknown', 'Error: broken', false],
      ['unknown', 'Error: rejected', false],
      ['up', '', true],
    ])
  })
  test('no probe starts that could end after the deadline, and short ones do not wait for it', async () => {
    const probes = [probeOf('a', { timeout: 1 }), probeOf('slow', { timeout: 30 }), probeOf('b', { timeout: 1 })]
    const { order, round } = await run(probes, () => ({ outcome: 'ok', ms: 25_000 }), undefined, { deadlineMs: 50_000 })
    expect(order).toEqual(['a', 'b'])
    expect(round).toMatchObject({ due: 3, probed: 2, left: 1 })
  })
  test('without a free connection, running probes end and the others are left', async () => {
    let made = 0
    const answer = () => {
      made++
      return OK
    }
    const canProbe = () => made < 2
    const { round, changed } = await run(
      ['a', 'b', 'c', 'd'].map((id) => probeOf(id)),
      answer,
      undefined,
      { canProbe },
    )
    expect(round).toMatchObject({ due: 4, probed: 2, left: 2 })
    expect(changed).toBe('state')
  })
  test('a probe that fits no round delays no other, and has a reason', async () => {
    const probes = [probeOf('long', { timeout: 30 }), probeOf('b')]
    const { order, round, after } = await run(probes, () => OK, undefined, { deadlineMs: 20_000 })
    expect(order).toEqual(['b'])
    expect(round).toMatchObject({ due: 2, probed: 1, left: 0 })
    expect(after.targets.get('long')).toMatchObject({
      state: 'unknown',
      why: 'a round has 20 s, and its timeout is 30 s',
    })
  })
  test('a probe that can never run starves no other, even in a full round', async () => {
    const probes = Array.from({ length: 10 }, (_, i) => probeOf(`p${i}`))
    let before = emptyVantage('cron')
    const seen = new Set<string>()
    let now = T0
    for (let tick = 0; tick < 5; tick++, now += 60_000) {
      const probe = async ({ id }: Probe) => {
        seen.add(id)
        return Number(id.slice(1)) < 4 ? NOT_RUN : OK
      }
      const clock = () => now
      before = (await runRound({ ...USUAL, maxProbes: 4, probes, before, clock, probe })).after
    }
    expect(seen.size).toBe(10)
  })
})

// --- under the platform's limits ---------------------------------------------------------------------------------

/** The longest time in which some target was not probed. */
function longestGap(
  log: ReadonlyMap<string, readonly number[]>,
  ids: readonly string[],
  from: number,
  to: number,
): number {
  let longest = 0
  for (const id of ids) {
    const times = [from, ...(log.get(id) ?? []).filter((time) => time >= from && time <= to), to]
    for (let i = 1; i < times.length; i++) longest = Math.max(longest, (times[i] as number) - (times[i - 1] as number))
  }
  return longest
}

type Case = {
  readonly limits: typeof PAID
  readonly targets: number
  readonly dead: number
  readonly ticks: number
  readonly life: Partial<Life> & Pick<Life, 'forgets'>
  /** True if the dead targets are the first of the list; else they are anywhere. */
  readonly front?: boolean
  /** True if all other targets flap, so that there is hardly ever a token for a write. */
  readonly flapping?: boolean
}

/**
 * The guaranteed bound. A round makes at most `maxProbes` probes, by `connections` workers. Each worker is busy at
 * least until a probe could last beyond the deadline: `connections × (deadline − timeout)` milliseconds of work. So all
 * due probes are made in
 *
 *   rounds = max(ceil(due / maxProbes), ceil(work / (connections × (deadline − timeout)))),   one a tick,
 *
 * with work = healthy × 40 ms + dead × timeout. Each target is probed at least every `rounds + 1` ticks where memory is
 * kept: it may have been the first of one round, and is the last of another.
 *
 * If each tick begins from the written copy, the results of a round count only if they can be written. While the budget
 * is empty that is one tick in `perWrite`, and each target is probed within `(rounds + 1) × perWrite` ticks; while it
 * is not, the rounds in between are reckoned with, and it takes no more than `rounds + 2`.
 */
function promised({ targets, dead, life }: Case): { soon: number; empty: number } {
  const { maxProbes = 9000, deadlineMs = 50_000, everyMs = 60_000, perDay = 900, forgets } = life
  const work = (targets - dead) * 40 + dead * 5000
  const rounds = Math.max(Math.ceil(targets / maxProbes), Math.ceil(work / (6 * (deadlineMs - 5000))))
  if (!forgets) return { soon: rounds + 1, empty: rounds + 1 }
  return { soon: rounds + 2, empty: (rounds + 1) * Math.ceil(86_400_000 / (0.8 * perDay) / everyMs) }
}

const KEPT = { forgets: false }
const FRESH = { forgets: true }
const free = { limits: FREE, targets: 200, dead: 10, ticks: 240 }
const paid = { limits: PAID, targets: 5000, dead: 1000, ticks: 100 }
const LONG = { everyMs: 900_000, deadlineMs: 850_000 }
const cases: [what: string, Case][] = [
  ['30 targets on the free plan', { ...free, targets: 30, dead: 3, life: { ...FRESH, maxProbes: 40 } }],
  ['200 on the free plan, fresh', { ...free, life: { ...FRESH, maxProbes: 40 } }],
  ['190 on the free plan, fresh, 20 % dead', { ...free, targets: 190, dead: 38, life: { ...FRESH, maxProbes: 40 } }],
  [
    '200 on the free plan that flap, fresh',
    { ...free, flapping: true, ticks: 1000, life: { ...FRESH, maxProbes: 40 } },
  ],
  ['5,000, 20 % dead, fresh', { ...paid, life: FRESH }],
  ['5,000, the first 20 % dead, memory kept', { ...paid, ticks: 70, front: true, life: KEPT }],
  ['5,000, 20 % dead, rounds of 14 minutes', { ...paid, ticks: 6, life: { ...KEPT, ...LONG } }],
]
const longer: [what: string, Case][] = [
  ['200 on the free plan, memory kept', { ...free, life: { ...KEPT, maxProbes: 40 } }],
  ['200 on the free plan, fresh, half of the writes', { ...free, life: { ...FRESH, maxProbes: 40, perDay: 450 } }],
  ['5,000, 1 % dead, memory kept', { ...paid, dead: 50, ticks: 20, life: KEPT }],
  ['5,000, 1 % dead, fresh', { ...paid, dead: 50, ticks: 60, life: FRESH }],
  ['5,000, 20 % dead, memory kept', { ...paid, ticks: 70, life: KEPT }],
  ['5,000, the first 20 % dead, fresh', { ...paid, front: true, life: FRESH }],
  ['5,000 that flap, 20 % dead, fresh', { ...paid, flapping: true, life: FRESH }],
]

describe('under the limits of the platform', () => {
  test.each([...cases, ...inSoak(longer)])('%s: no call beyond them, and each target in time', async (_, each) => {
    const { limits, targets, dead, ticks, front = false, flapping = false } = each
    const ids = Array.from({ length: targets }, (_, i) => `t${i}`)
    const usual = { maxProbes: 9000, everyMs: 60_000, deadlineMs: 50_000, perDay: 900 }
    const life: Life = { ...usual, ...each.life, probes: ids.map((id) => probeOf(id)) }
    const random = seeded(9)
    const isDead = new Set<string>()
    while (isDead.size < dead) isDead.add(`t${front ? isDead.size : Math.floor(random() * targets)}`)
    const platform = new Platform(limits, (id) => {
      // A black hole takes the whole timeout.
      if (isDead.has(id)) return { outcome: 'failed', ms: 5000, why: 'no answer within 5 s (connecting)' }
      return flapping && random() < 0.5 ? failed() : OK
    })
    const began = platform.now
    // Not the writes that a quiet time saves up: most rounds are not written.
    const point = new VantagePoint({ ...emptyVantage('cron'), budget: { tokens: 1, at: began } })
    for (let tick = 0; tick < ticks; tick++) {
      // A cron is a little late, each time otherwise.
      const due = began + tick * life.everyMs
      platform.now = due + Math.floor((random() * life.everyMs) / 100)
      // A Worker that starts anew reads what was written.
      if (life.forgets) point.written = must(parseVantage(formatVantage(point.written)))
      const before = life.forgets ? point.written : point.memory
      const { after } = await platform.invoke(6, () => point.tick(life, () => platform.now, platform.probe))
      expect(platform.now).toBeLessThanOrEqual(due + life.deadlineMs + life.everyMs / 100)
      expect(platform.order.length).toBe(after.round?.probed)
      expect(new Set(platform.order).size).toBe(platform.order.length)
      expect(after.round?.left).toBe((after.round?.due ?? 0) - platform.order.length)
      if (life.forgets) continue
      const ages = platform.order.map((id) => before.targets.get(id)?.at ?? 0)
      expect(ages).toEqual([...ages].sort((a, b) => a - b))
    }
    expect(platform.refusals).toEqual([])
    const end = began + (ticks - 1) * life.everyMs
    const { soon, empty } = promised(each)
    expect(longestGap(platform.log, ids, began, end) / life.everyMs).toBeLessThanOrEqual(empty)
    // By then the budget has filled up again, unless all flaps.
    if (!flapping)
      expect(longestGap(platform.log, ids, (began + end) / 2, end) / life.everyMs).toBeLessThanOrEqual(soon)
    expect(mostInADay(point.writes)).toBeLessThanOrEqual(life.perDay)
    // The results are written, even if the others flap.
    const wrong = [...point.written.targets].filter(([id, { state }]) =>
      flapping ? isDead.has(id) && state !== 'down' : (state === 'down') !== isDead.has(id),
    )
    expect(wrong.map(([id]) => id)).toEqual([])
    expect(point.written.targets.size).toBe(targets)
  })
})
