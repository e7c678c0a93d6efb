import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { probabilities } from '../../../src/explain/index.ts'
import type { Health, Override } from '../../../src/health/index.ts'
import { burtle } from '../../../src/policy/hash.ts'
import { type Expression, evaluate, overClients, type Policy, type Select, Work } from '../../../src/policy/index.ts'
import { runCount } from '../../effort.ts'
import { address, seeded } from '../support.ts'
import { chances, healthOf, ip, pool, type Said } from './pool-support.ts'

/** The time of all health here, in seconds since the epoch. */
const NOW = 1_000_000
const DRAWS = 100_000

/** Up again for some seconds after it was down. */
const back = (seconds: number): Said => ({ state: 'up', since: NOW - seconds, changes: 2 })
/** Up since it was first known. */
const known = (seconds: number): Said => ({ state: 'up', since: NOW - seconds })
const gone = (seconds: number): Said => ({ state: 'down', since: NOW - seconds, changes: 1 })

const web = (said: Readonly<Record<number, Said>>, overrides: readonly Partial<Override>[] = []): Health =>
  healthOf({ web: said }, overrides)

const decide = (policy: Policy, health: Health, client = '192.0.2.77', random = seeded(1)) =>
  evaluate(policy, { client: address(client), health, name: '\0', random, work: new Work() })

const answerOf = (policy: Policy, health: Health, client: string): number =>
  Number(decide(policy, health, client).rdatas[0]?.text.split('.')[3])

const clientOf = (n: number): string => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`

/** The part of draws, or of clients, that gets each member. */
function shares(policy: Policy, health: Health, count = DRAWS): Map<number, number> {
  const random = seeded(7)
  const counts = new Map<number, number>()
  for (let i = 0; i < count; i++) {
    const { rdatas } = decide(policy, health, clientOf(i * 7919), random)
    for (const { text } of rdatas) {
      const n = Number(text.split('.')[3])
      counts.set(n, (counts.get(n) ?? 0) + 1)
    }
  }
  return new Map([...counts].map(([n, hits]) => [n, hits / count]))
}

const members = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, i) => ({ answer: ip(i + 1), ...more }))

const gently = (select: Select, more: object = {}, count = 2): Expression =>
  ({ kind: 'pool', select, check: 'web', rampUp: 60, members: members(count), ...more }) as Expression

describe('rampUp', () => {
  test.each([
    [0, 0.1],
    [15, 0.325],
    [30, 0.55],
    [59, 0.985],
    [60, 1],
    [600, 1],
  ])('%s seconds after it is up again the factor is %s', (seconds, factor) => {
    const health = web({ 1: back(seconds), 2: known(900) })
    const wanted = factor / (1 + factor)
    for (const select of ['random', 'weighted', 'grouped'] as const) {
      const policy = pool(gently(select))
      const { records } = probabilities(policy, { client: address('192.0.2.1'), health, name: '\0' })
      expect(records.get(ip(1))?.valueOf()).toBeCloseTo(wanted, 4)
    }
    const drawn = shares(pool(gently('weighted')), health)
    expect(Math.abs((drawn.get(1) ?? 0) - wanted)).toBeLessThan(0.01)
  })

  test('the factor multiplies the weight', () => {
    const policy = pool({
      ...{ kind: 'pool', select: 'weighted', check: 'web', rampUp: 60 },
      members: [
        { answer: ip(1), weight: 30 },
        { answer: ip(2), weight: 10 },
      ],
    })
    expect(chances(policy, web({ 1: back(30), 2: known(900) }))).toBe('1 33/53, 2 20/53')
  })

  test('a member has its own, or none', () => {
    const policy = pool({
      ...{ kind: 'pool', select: 'weighted', check: 'web', rampUp: 60 },
      members: [{ answer: ip(1), rampUp: 0 }, { answer: ip(2), rampUp: 600 }, ip(3)],
    })
    const health = web({ 1: back(0), 2: back(0), 3: back(60) })
    expect(chances(policy, health)).toBe('1 10/21, 2 1/21, 3 10/21')
  })

  test.each<[string, Record<number, Said>]>([
    ['a target that is up when it is first known', { 1: known(0), 2: known(900) }],
    ['a target without a result', { 2: known(900) }],
  ])('%s does not ramp', (_, said) => {
    expect(chances(pool(gently('weighted')), web(said))).toBe('1 1/2, 2 1/2')
  })

  test('what is forced counts as the person says', () => {
    const health = web({ 1: back(0), 2: known(900) }, [{ target: ip(1), force: 'up' }])
    expect(chances(pool(gently('weighted')), health)).toBe('1 1/2, 2 1/2')
  })

  test('members that all come back share as ever', () => {
    expect(chances(pool(gently('weighted', {}, 4)), web({ 1: back(9), 2: back(9), 3: back(9), 4: back(9) }))).toBe(
      '1 1/4, 2 1/4, 3 1/4, 4 1/4',
    )
  })

  test('what the nearest or the first does not take goes to the next', () => {
    const health = web({ 1: back(0), 2: back(30), 3: known(900) })
    expect(chances(pool(gently('first', {}, 3)), health)).toBe('1 1/10, 2 99/200, 3 81/200')
  })

  test('the first level of a failover', () => {
    const policy = pool({ kind: 'failover', check: 'web', rampUp: 60, pools: [ip(1), ip(2), ip(3)] })
    expect(chances(policy, web({ 1: back(15), 2: known(900), 3: known(900) }))).toBe('1 13/40, 2 27/40')
    expect(chances(policy, web({ 1: back(15), 2: gone(60), 3: gone(60) }))).toBe('1 1')
  })

  test('a TTL follows', () => {
    const valid = (seconds: number) => decide(pool(gently('weighted')), web({ 1: back(seconds), 2: known(900) }))
    expect([0, 30, 58, 60].map((seconds) => valid(seconds).validForSeconds)).toEqual([6, 6, 2, 120])
  })

  test('the trace has the factor', () => {
    const trace: unknown[] = []
    const input = { client: address('192.0.2.1'), health: web({ 1: back(15), 2: known(900) }), name: '\0' }
    evaluate(
      pool(gently('weighted')),
      { ...input, random: seeded(1), work: new Work() },
      { push: (step) => trace.push(step) },
    )
    expect(trace).toMatchObject([{ step: 'pool', members: [{ factor: 0.325 }, {}] }, { step: 'weighted' }, {}])
  })
})

describe('rampUp by a hash', () => {
  const times = [0, 6, 15, 30, 45, 59, 60, 61]
  const CLIENTS = 3000

  test.each<[Select, object]>([
    ['hashed', {}],
    ['weighted-hashed', { members: members(4, { weight: 3 }) }],
    ['consistent-hashed', { members: members(4, { weight: 50 }) }],
  ])('%s: each client moves once at most, and the scope stays', (select, more) => {
    const policy = pool(gently(select, more, 4))
    const healths = times.map((seconds) => web({ 1: back(seconds), 2: known(900), 3: known(900), 4: known(900) }))
    const at = (i: number) => healths.map((health) => answerOf(policy, health, clientOf(i * 7919)))
    const changes = (answers: number[]): number => answers.filter((one, i) => i > 0 && one !== answers[i - 1]).length
    const all = Array.from({ length: CLIENTS }, (_, i) => at(i))
    expect(Math.max(...all.map(changes))).toBe(1)
    // At the end everybody is where the hash of all members says.
    const whole = web({ 1: known(900), 2: known(900), 3: known(900), 4: known(900) })
    all.forEach((answers, i) => {
      expect(answers.at(-1)).toBe(answerOf(policy, whole, clientOf(i * 7919)))
    })
    const whoseIsOne = all.filter((answers) => answers.at(-1) === 1)
    times.forEach((seconds, i) => {
      const factor = Math.min(1, 0.1 + (0.9 * seconds) / 60)
      const share = whoseIsOne.filter((answers) => answers[i] === 1).length / whoseIsOne.length
      // Four standard deviations.
      expect(Math.abs(share - factor)).toBeLessThan(4 * Math.sqrt(0.25 / whoseIsOne.length))
    })
    for (const health of healths) expect(decide(policy, health).scope).toBe(32)
    expect(decide(policy, whole).scope).toBe(32)
  })

  test.each<Select>(['hashed', 'weighted-hashed', 'consistent-hashed'])(
    '%s: chances over clients are exact',
    (select) => {
      const policy = pool(gently(select, {}, 4))
      const health = web({ 1: back(20), 2: back(45), 3: known(900), 4: gone(10) })
      const input = { client: address('192.0.2.1'), health, name: '\0' }
      const { records } = probabilities(policy, input, 'all', overClients)
      const drawn = shares(policy, health, 40_000)
      for (const [text, chance] of records) {
        expect(Math.abs((drawn.get(Number(text.split('.')[3])) ?? 0) - (chance?.valueOf() ?? 0))).toBeLessThan(0.01)
      }
      expect([...records.values()].reduce((sum, chance) => sum + (chance?.valueOf() ?? 0), 0)).toBeCloseTo(1, 9)
    },
  )

  test('the hash of a client with a member is another one than that of its choice', () => {
    const choices = [0, 0, 0, 0]
    for (let i = 0; i < 4000; i++) {
      const { bytes } = address(clientOf(i))
      const inside = burtle(Uint8Array.from([...bytes, 42])) % 2
      choices[(burtle(bytes) % 2) * 2 + inside] = (choices[(burtle(bytes) % 2) * 2 + inside] ?? 0) + 1
    }
    for (const count of choices) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })
})

describe('failback', () => {
  const two = (failback: number | string, more: object = {}): Policy =>
    pool({ kind: 'failover', check: 'web', failback, pools: [ip(1), ip(2)], ...more } as Expression)

  test.each<[string, Record<number, Said>, string]>([
    ['it waits', { 1: back(299), 2: known(900) }, '2 1'],
    ['it counts again', { 1: back(300), 2: known(900) }, '1 1'],
    ['it was never down', { 1: known(1), 2: known(900) }, '1 1'],
    ['nothing else is up', { 1: back(1), 2: gone(60) }, '1 1'],
    ['both wait', { 1: back(1), 2: back(2) }, '1 1'],
  ])('%s', (_, said, expected) => {
    expect(chances(two(300), web(said))).toBe(expected)
  })

  test('a TTL ends when it counts again', () => {
    expect(decide(two(100), web({ 1: back(93), 2: known(900) })).validForSeconds).toBe(7)
  })

  test('manual: it stays out until somebody resumes it after it came back', () => {
    const said = { 1: back(600), 2: known(900) }
    const resumed = (seconds: number, more: Partial<Override> = { target: ip(1) }): Health =>
      web(said, [{ force: 'resume', from: (NOW - seconds) * 1000, ...more }])
    expect(chances(two('manual'), web(said))).toBe('2 1')
    expect(chances(two('manual'), web({ ...said, 2: gone(9) }, []))).toBe('1 1')
    expect(chances(two('manual', { whenDown: 'nodata' }), web({ ...said, 2: gone(9) }))).toBe('NODATA 1')
    // It was resumed before it went down again.
    expect(chances(two('manual'), resumed(601))).toBe('2 1')
    expect(chances(two('manual'), resumed(600))).toBe('1 1')
    expect(chances(two('manual'), resumed(10))).toBe('1 1')
    expect(chances(two('manual'), resumed(10, { target: ip(2) }))).toBe('2 1')
    expect(chances(two('manual'), resumed(10, { pool: 'www*' }))).toBe('1 1')
    expect(chances(two('manual'), resumed(-10))).toBe('2 1')
  })

  test('a ramp begins when failback lets it in', () => {
    const policy = two(60, { rampUp: 100 })
    const at = (seconds: number): string => chances(policy, web({ 1: back(seconds), 2: known(900) }))
    expect([59, 60, 110, 160].map(at)).toEqual(['2 1', '1 1/10, 2 9/10', '1 11/20, 2 9/20', '1 1'])
    const manual = two('manual', { rampUp: 100 })
    const resumed = web({ 1: back(600), 2: known(900) }, [{ force: 'resume', from: (NOW - 50) * 1000, target: ip(1) }])
    expect(chances(manual, resumed)).toBe('1 11/20, 2 9/20')
  })
})

describe('a level that is a pool', () => {
  const levels = (first: object, more: object): Policy =>
    pool({
      ...{ kind: 'failover', ...more },
      pools: [{ kind: 'pool', select: 'all', check: 'web', members: [ip(1), ip(2)], ...first } as Expression, ip(9)],
    } as Expression)

  test.each<[string, Record<number, Said>, string]>([
    [
      'both came back: the first of them brought the level back',
      { 1: back(20), 2: back(50) },
      '1 1/10, 2 1/10, 9 9/10',
    ],
    ['one was up all the time', { 1: back(20), 2: known(900) }, '1 1, 2 1'],
    ['one went down when the other was up again', { 1: back(30), 2: gone(20) }, '1 1'],
    ['one went down before the other was up again', { 1: back(50), 2: gone(60) }, '1 1/10, 9 9/10'],
  ])('%s', (_, said, expected) => {
    // After 50 seconds of the failback the ramp has begun.
    expect(chances(levels({}, { failback: 50, rampUp: 500 }), web(said))).toBe(expected)
  })

  test('the pace of its members is not that of the level', () => {
    const policy = levels({ failback: 100 }, { rampUp: 100 })
    const at = (seconds: number): string => chances(policy, web({ 1: back(seconds), 2: gone(900) }))
    expect(at(150)).toBe('1 11/20, 9 9/20')
  })
})

describe('trickle', () => {
  const failover = (more: object): Policy =>
    pool({ kind: 'failover', check: 'web', pools: [ip(1), ip(2), ip(3)], ...more } as Expression)

  test.each<[string, Record<number, Said>, string]>([
    ['the next level has its share', { 1: known(9), 2: known(9), 3: known(9) }, '1 49/50, 2 1/50'],
    ['the next level that is up', { 1: known(9), 2: gone(9), 3: known(9) }, '1 49/50, 3 1/50'],
    ['of a lower level, too', { 1: gone(9), 2: known(9), 3: known(9) }, '2 49/50, 3 1/50'],
    ['nobody is there for it', { 1: gone(9), 2: gone(9), 3: known(9) }, '3 1'],
  ])('%s', (_, said, expected) => {
    expect(chances(failover({ trickle: 0.02 }), web(said))).toBe(expected)
  })

  test('a level has its own', () => {
    const policy = failover({ pools: [{ answer: ip(1), trickle: 0.1 }, ip(2)] })
    expect(chances(policy, web({ 1: known(9), 2: known(9) }))).toBe('1 9/10, 2 1/10')
    const drawn = shares(policy, web({ 1: known(9), 2: known(9) }))
    expect(Math.abs((drawn.get(2) ?? 0) - 0.1)).toBeLessThan(0.01)
  })
})

describe('whenDown last-known', () => {
  const policy = (kind: 'pool' | 'failover'): Policy => {
    const list = [ip(1), ip(2), ip(3)]
    const inner = kind === 'pool' ? { members: list } : { pools: list }
    return pool({ kind, check: 'web', whenDown: 'last-known', ...inner } as Expression)
  }

  test.each<[string, Record<number, Said>, string, string]>([
    ['the last that was up', { 1: gone(900), 2: gone(10), 3: gone(500) }, '2 1', '2 1'],
    ['those that went down together', { 1: gone(900), 2: gone(10), 3: gone(60) }, '2 1/2, 3 1/2', '2 1'],
    ['nothing was ever up', { 1: 'down', 2: 'down', 3: 'down' }, '1 1/3, 2 1/3, 3 1/3', '1 1'],
    ['one was never up', { 1: 'down', 2: gone(9), 3: gone(9) }, '2 1/2, 3 1/2', '2 1'],
  ])('%s', (_, said, ofPool, ofFailover) => {
    expect(chances(policy('pool'), web(said))).toBe(ofPool)
    expect(chances(policy('failover'), web(said))).toBe(ofFailover)
  })

  test('what is drained stays out', () => {
    const health = web({ 1: gone(5), 2: gone(6), 3: gone(500) }, [{ target: ip(1), force: 'drained' }])
    expect(chances(policy('pool'), health)).toBe('2 1')
  })
})

test('chances are those of draws, whatever comes back', () => {
  const select = fc.constantFrom<Select>('random', 'weighted', 'weighted-multi', 'first', 'grouped', 'all')
  const said = fc.oneof(
    fc.integer({ min: 0, max: 200 }).map(back),
    fc.integer({ min: 0, max: 200 }).map(gone),
    fc.constant(known(900)),
  )
  const property = fc.property(
    fc.record({
      select,
      rampUp: fc.integer({ min: 1, max: 200 }),
      failback: fc.constantFrom(0, 20, 100),
      members: fc.array(said, { minLength: 1, maxLength: 4 }),
      weights: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 4, maxLength: 4 }),
      trickle: fc.constantFrom(undefined, 0.05, 0.5),
      isFailover: fc.boolean(),
    }),
    ({ select, rampUp, failback, members: states, weights, trickle, isFailover }) => {
      const weighs = ['weighted', 'weighted-multi', 'grouped'].includes(select)
      const list = states.map((_, i) => ({ answer: ip(i + 1), ...(weighs && !isFailover && { weight: weights[i] }) }))
      const policy = pool(
        (isFailover
          ? { kind: 'failover', check: 'web', rampUp, failback, pools: list, ...(trickle && { trickle }) }
          : { kind: 'pool', select, check: 'web', rampUp, failback, members: list }) as Expression,
      )
      const health = web(Object.fromEntries(states.map((one, i) => [i + 1, one])))
      const { records } = probabilities(policy, { client: address('192.0.2.1'), health, name: '\0' })
      const drawn = shares(policy, health, 4000)
      states.forEach((_, i) => {
        const chance = records.get(ip(i + 1))?.valueOf() ?? 0
        expect(Math.abs((drawn.get(i + 1) ?? 0) - chance)).toBeLessThan(0.05)
      })
    },
  )
  fc.assert(property, { numRuns: runCount(40) })
})
