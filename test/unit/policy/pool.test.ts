import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Health, NO_HEALTH, type Override } from '../../../src/health/index.ts'
import * as consistentHashed from '../../../src/policy/build-ring.ts'
import type { AlternativesStep, Expression } from '../../../src/policy/index.ts'
import { address, seeded } from '../support.ts'
import { CHECKS, chances, down, healthOf, ip, pool, type Said, web } from './pool-support.ts'
import { compiled, decide, texts } from './support.ts'

type Fields = Readonly<Record<string, unknown>>
/** A pool of the addresses 192.0.2.1 to n, by default of which `web` decides. */
const of = (n: number, more: Fields = {}): Expression =>
  ({ kind: 'pool', check: 'web', members: Array.from({ length: n }, (_, i) => ip(i + 1)), ...more }) as Expression
const weighted = (weights: readonly number[], more: Fields = {}, member: Fields = {}): Expression =>
  ({
    ...{ kind: 'pool', check: 'web', select: 'weighted' },
    members: weights.map((weight, i) => ({ answer: ip(i + 1), weight, ...member })),
    ...more,
  }) as Expression
const failover = (pools: readonly unknown[], more: Fields = {}): Expression =>
  ({ kind: 'failover', check: 'web', pools, ...more }) as Expression
const one = (n: number, more: Fields = {}): object => ({ answer: ip(n), ...more })

type Row = readonly [what: string, expression: Expression, health: Health, expected: string]
const run = (rows: readonly Row[]) =>
  test.each(rows)('%s', (_what, expression, health, expected) =>
    expect(chances(pool(expression), health)).toBe(expected),
  )

describe('one of those that are up', () => {
  run([
    ['all up', of(3), down(), '1 1/3, 2 1/3, 3 1/3'],
    ['one down', of(3), down(2), '1 1/2, 3 1/2'],
    ['one left', of(3), down(1, 3), '2 1'],
    ['all down: all', of(3), down(1, 2, 3), '1 1/3, 2 1/3, 3 1/3'],
    ['nothing known: up', of(2), NO_HEALTH, '1 1/2, 2 1/2'],
    ['two of them', of(3, { count: 2 }), down(), '1 2/3, 2 2/3, 3 2/3'],
    ['two, where there is one', of(3, { count: 2 }), down(1, 2), '3 1'],
    ['all of them', of(3, { select: 'all' }), down(2), '1 1, 3 1'],
    ['all of them, at most two', of(4, { select: 'all', count: 2 }), down(2), '1 2/3, 3 2/3, 4 2/3'],
    ['the first', of(3, { select: 'first' }), down(1), '2 1'],
    ['the first two', of(4, { select: 'first', count: 2 }), down(1, 3), '2 1, 4 1'],
    ['several records in a member: all have to be up', of(0, { members: [[ip(1), ip(2)], ip(3)] }), down(2), '3 1'],
    [
      'a member without a check',
      of(0, { check: undefined, members: [one(1, { check: 'web' }), ip(2)] }),
      down(1, 2),
      '2 1',
    ],
    [
      'a member with two checks',
      of(0, { members: [one(1, { check: ['web', 'slow'] }), ip(2)] }),
      healthOf({ web: { 1: 'up', 2: 'up' }, slow: { 1: 'down' } }),
      '2 1',
    ],
    ['a member with a target of its own', of(0, { members: [one(1, { target: ip(5) }), ip(2)] }), down(5), '2 1'],
    [
      'a member that is NODATA is up',
      of(0, { members: [one(1), { answer: [], target: ip(5) }], select: 'first' }),
      down(1),
      'NODATA 1',
    ],
  ])
})

describe('the part that has to live, as in gdnsd', () => {
  const backup = { whenDown: { answer: ip(250) } }
  // n = 4: 0.5 needs 2, 0.2 needs 1. Two of four are not below a half.
  const needs: [minLive: number | undefined, members: number, least: number][] = [
    ...([
      [0.5, 4, 2],
      [0.2, 4, 1],
      [0.51, 4, 3],
      [1, 4, 4],
      [0.75, 4, 3],
      [0.0001, 4, 1],
      [undefined, 4, 1],
    ] as const),
    ...([
      [0.5, 3, 2],
      [0.34, 3, 2],
      [0.3333, 3, 1],
      [0.7, 10, 7],
      [0.07, 100, 7],
      [0.29, 100, 29],
      [0.57, 100, 57],
    ] as const),
  ].map((row) => [...row] as [number | undefined, number, number])
  test.each(needs)('%s of %i needs %i', (minLive, members, least) => {
    const policy = pool(of(members, { minLive, select: 'all', ...backup, check: 'web' }))
    const health = (up: number) =>
      healthOf({ web: Object.fromEntries(Array.from({ length: members }, (_, i) => [i + 1, i < up ? 'up' : 'down'])) })
    expect(chances(policy, health(least))).not.toBe('250 1')
    expect(chances(policy, health(least - 1))).toBe('250 1')
  })
  run([
    [
      'of weights, where they count: 5 of 10',
      weighted([5, 3, 2], { minLive: 0.5, ...backup }),
      down(1),
      '2 3/5, 3 2/5',
    ],
    ['of weights: 4 of 10', weighted([4, 3, 3], { minLive: 0.5, ...backup }), down(2, 3), '250 1'],
    ['of weights, in groups', weighted([4, 3, 3], { minLive: 0.5, ...backup, select: 'grouped' }), down(2, 3), '250 1'],
    ['of members, where weights do not count', of(3, { minLive: 0.5, ...backup }), down(2, 3), '250 1'],
    [
      'drained members do not count: two drained of four, one of two up',
      of(4, { minLive: 0.5, ...backup }),
      web(
        {},
        [1],
        [
          { target: `${ip(3)}*`, force: 'drained' },
          { target: `${ip(4)}*`, force: 'drained' },
        ],
      ),
      '2 1',
    ],
    [
      'too few: all of them, as if they were up',
      of(4, { minLive: 0.5, select: 'all' }),
      down(1, 2, 3),
      '1 1, 2 1, 3 1, 4 1',
    ],
  ])
})

describe('when all are down', () => {
  const rows: [whenDown: unknown, expected: string][] = [
    [undefined, '1 1/2, 2 1/2'],
    ['all', '1 1/2, 2 1/2'],
    ['nodata', 'NODATA 1'],
    ['servfail', 'SERVFAIL 1'],
    ['refused', 'REFUSED 1'],
    [{ answer: ip(9) }, '9 1'],
    [{ answer: [] }, 'NODATA 1'],
    [{ answer: of(0, { members: [ip(3), ip(4)] }) }, '4 1'],
  ]
  test.each(rows)('%j: %s', (whenDown, expected) => {
    expect(chances(pool(of(2, { whenDown })), down(1, 2, 3))).toBe(expected)
  })
  const drain = (n: number): Partial<Override> => ({ target: `${ip(n)}:80`, force: 'drained' })
  test.each(rows)('%j, and one is drained: it stays out', (whenDown, expected) => {
    const left = expected.startsWith('1 1/2') ? '2 1' : expected
    expect(chances(pool(of(2, { whenDown })), web({}, [1, 2, 3], [drain(1)]))).toBe(left)
    expect(chances(pool(of(2, { whenDown })), web({}, [2, 3], [drain(1)]))).toBe(left)
  })
  test.each(rows)('%j, and all are drained: nothing but what stands in for them', (whenDown, expected) => {
    const left = typeof whenDown === 'object' ? expected : 'NODATA 1'
    expect(chances(pool(of(2, { whenDown })), web({}, [3], [drain(1), drain(2)]))).toBe(left)
  })
  run([
    ['first, of a failover', failover([one(1), one(2)]), down(1, 2), '1 1'],
    ['first that is not drained', failover([one(1), one(2)]), web({}, [1, 2], [drain(1)]), '2 1'],
    ['all, of a failover', failover([one(1), one(2)], { whenDown: 'all' }), down(1, 2), '1 1, 2 1'],
    ['nodata, of a failover', failover([one(1), one(2)], { whenDown: 'nodata' }), down(1, 2), 'NODATA 1'],
    ['servfail, of a failover', failover([one(1), one(2)], { whenDown: 'servfail' }), down(1, 2), 'SERVFAIL 1'],
    ['refused, of a failover', failover([one(1), one(2)], { whenDown: 'refused' }), down(1, 2), 'REFUSED 1'],
    ['another answer, of a failover', failover([one(1), one(2)], { whenDown: { answer: ip(9) } }), down(1, 2), '9 1'],
  ])
  test('an answer says why it failed', () => {
    const why = (expression: Expression, health: Health) =>
      decide(pool(expression), '192.0.2.77', seeded(1), 'www.example.com.', health).failure
    expect(why(of(1, { whenDown: 'servfail' }), down(1))).toEqual({
      kind: 'fail',
      why: 'nothing in www.example.com/A is up',
    })
    expect(why(of(1, { whenDown: 'refused' }), down(1))).toMatchObject({ refused: true })
    expect(why(of(1, { whenUnknown: 'servfail' }), NO_HEALTH)).toEqual({
      kind: 'fail',
      why: 'nothing is known of www.example.com/A yet',
    })
    expect(why(of(1, { whenUnknown: 'servfail' }), down())).toBeUndefined()
  })
  run([
    ['nothing known: SERVFAIL where that is told', of(2, { whenUnknown: 'servfail' }), NO_HEALTH, 'SERVFAIL 1'],
    ['one known', of(2, { whenUnknown: 'servfail' }), healthOf({ web: { 1: 'down' } }), '2 1'],
    [
      'nothing known, one forced',
      of(2, { whenUnknown: 'servfail' }),
      healthOf({}, [{ target: `${ip(1)}:80`, force: 'up' }]),
      '1 1/2, 2 1/2',
    ],
    [
      'nothing known, the pool forced up',
      of(2, { whenUnknown: 'servfail' }),
      healthOf({}, [{ pool: '*', force: 'up' }]),
      '1 1/2, 2 1/2',
    ],
    ['nothing known, of a failover', failover([one(1)], { whenUnknown: 'servfail' }), NO_HEALTH, 'SERVFAIL 1'],
  ])
})

describe('ignoreHealth: all of them always, and health for those above (gdnsd multifo)', () => {
  const ignoring = of(4, { ignoreHealth: true, select: 'all', minLive: 0.5 })
  run([
    ['some down', ignoring, down(1), '1 1, 2 1, 3 1, 4 1'],
    ['all down', ignoring, down(1, 2, 3, 4), '1 1, 2 1, 3 1, 4 1'],
    [
      'drained ones are not there',
      ignoring,
      web({}, [1], [{ target: `${ip(2)}:80`, force: 'drained' }]),
      '1 1, 3 1, 4 1',
    ],
    ['above it: up', failover([ignoring, ip(9)], { check: undefined }), down(1, 2), '1 1, 2 1, 3 1, 4 1'],
    ['above it: down', failover([ignoring, ip(9)], { check: undefined }), down(1, 2, 3), '9 1'],
    ['forced down', ignoring, web({}, [], [{ pool: '*' }]), '1 1, 2 1, 3 1, 4 1'],
  ])
})

describe('the share of those that are down', () => {
  const next = { lost: 'next' }
  run([
    ['spread, by weight', weighted([1, 2, 3]), down(2), '1 1/4, 3 3/4'],
    ['to the next, by weight', weighted([1, 2, 3], next), down(2), '1 1/6, 3 5/6'],
    ['to the next of the last: the first', weighted([1, 2, 3], next), down(3), '1 2/3, 2 1/3'],
    ['two in a row', weighted([1, 2, 3, 4], next), down(2, 3), '1 1/10, 4 9/10'],
    ['two apart', weighted([1, 2, 3, 4], next), down(1, 3), '2 3/10, 4 7/10'],
    ['one left', weighted([1, 2, 3], next), down(1, 3), '2 1'],
    ['none left: as if all were up', weighted([1, 2, 3], next), down(1, 2, 3), '1 1/6, 2 1/3, 3 1/2'],
    ['to the next, each as likely', of(3, next), down(1), '2 2/3, 3 1/3'],
    ['to the next, all up', of(3, next), down(), '1 1/3, 2 1/3, 3 1/3'],
    [
      'of a drained one: nothing',
      weighted([1, 2, 3], next),
      web({}, [], [{ target: `${ip(2)}:80`, force: 'drained' }]),
      '1 1/4, 3 3/4',
    ],
    ['to the next, each by itself', weighted([1, 2, 3], { ...next, select: 'weighted-multi' }), down(2), '1 1/5, 3 1'],
  ])
})

describe('weights that targets report', () => {
  const own = weighted([1, 2, 3], { check: 'load', weights: 'reported' })
  const reported = (...weights: (number | undefined)[]): Health =>
    healthOf({
      load: Object.fromEntries(
        weights.map((weight, i) => [i + 1, { state: 'up' as const, ...(weight !== undefined && { weight }) }]),
      ),
    })
  run([
    ['replace their own', own, reported(5, 5, 10), '1 1/4, 2 1/4, 3 1/2'],
    ['their own, where nothing is reported', own, reported(5, undefined, undefined), '1 1/2, 2 1/5, 3 3/10'],
    ['0: no queries', own, reported(0, 1, 1), '2 1/2, 3 1/2'],
    ['0 for all but one', own, reported(0, 0, 7), '3 1'],
    ['0 for all: each as likely', own, reported(0, 0, 0), '1 1/3, 2 1/3, 3 1/3'],
    ['below 0, and in parts', own, reported(-5, 1.4, 2.6), '2 1/4, 3 3/4'],
    ['beyond all bounds', own, reported(1e300, 4_294_967_295, 0), '1 1/2, 2 1/2'],
    [
      'of one that is down: none',
      own,
      healthOf({
        load: { 1: { state: 'down', weight: 100 }, 2: { state: 'up', weight: 1 }, 3: { state: 'up', weight: 1 } },
      }),
      '2 1/2, 3 1/2',
    ],
    ['not asked for', weighted([1, 2, 3], { check: 'load' }), reported(9, 9, 9), '1 1/6, 2 1/3, 3 1/2'],
    [
      'in groups: a group of 0 is not drawn',
      weighted([1, 1, 1], { check: 'load', weights: 'reported', select: 'grouped' }),
      reported(0, 4, 0),
      '2 1',
    ],
  ])
})

describe('load that is shed between two watermarks', () => {
  const shed = { shed: { low: 10, high: 20 } }
  const at = (...loads: (number | undefined)[]): Health =>
    healthOf({
      load: Object.fromEntries(
        loads.map((load, i) => [i + 1, { state: 'up' as const, ...(load !== undefined && { load }) }]),
      ),
    })
  const even = of(0, { check: 'load', members: [one(1, shed), one(2, shed)] })
  const uneven = weighted([2, 1], { check: 'load' }, shed)
  run([
    ['below the low one: none', even, at(9.99, 0), '1 1/2, 2 1/2'],
    ['at the low one: none', even, at(10, 10), '1 1/2, 2 1/2'],
    ['half way: half', even, at(15, 0), '1 1/3, 2 2/3'],
    ['a tenth', even, at(19, 10), '1 1/11, 2 10/11'],
    ['at the high one: all', even, at(20, 0), '2 1'],
    ['beyond it', even, at(99, 0), '2 1'],
    ['almost all of it', even, at(19.9999, 10), '1 1/1001, 2 1000/1001'],
    ['both alike: they keep it', even, at(15, 15), '1 1/2, 2 1/2'],
    ['both beyond: they keep it', even, at(20, 30), '1 1/2, 2 1/2'],
    ['nothing reported: none', even, at(undefined, undefined), '1 1/2, 2 1/2'],
    ['of weights', uneven, at(15, 0), '1 1/2, 2 1/2'],
    ['of weights, all', uneven, at(20, 20), '1 2/3, 2 1/3'],
    [
      'of all of them, each by itself',
      of(0, { check: 'load', select: 'all', members: [one(1, shed), one(2, shed)] }),
      at(15, 0),
      '1 1/2, 2 1',
    ],
    [
      'of all, at most one',
      of(0, { check: 'load', select: 'all', count: 1, members: [one(1, shed), one(2, shed)] }),
      at(15, 0),
      '1 1/3, 2 2/3',
    ],
    [
      'of all, at most two of three',
      of(0, { check: 'load', select: 'all', count: 2, members: [one(1, shed), one(2, shed), one(3)] }),
      at(20, 0),
      '2 1, 3 1',
    ],
    [
      'one of them is down',
      of(0, { check: 'load', members: [one(1, shed), one(2, shed), one(3, shed)] }),
      healthOf({ load: { 1: { load: 15 }, 2: { state: 'down', load: 0 }, 3: { load: 0 } } }),
      '1 1/3, 3 2/3',
    ],
    ['in a failover: to the next', failover([one(1, shed), one(2)], { check: 'load' }), at(15, 0), '1 1/2, 2 1/2'],
    [
      'in a failover, down a chain',
      failover([one(1, shed), one(2, shed), one(3)], { check: 'load' }),
      at(12.5, 15, 0),
      '1 3/4, 2 1/8, 3 1/8',
    ],
    ['in a failover, all of it', failover([one(1, shed), one(2)], { check: 'load' }), at(20, 0), '2 1'],
    [
      'in a failover, with nobody behind',
      failover([one(1, shed), one(2, shed)], { check: 'load' }),
      at(15, 15),
      '1 3/4, 2 1/4',
    ],
    [
      'in a failover, far beyond it',
      failover([one(1, shed), one(2, shed), one(3)], { check: 'load' }),
      at(99, 15, 0),
      '2 1/2, 3 1/2',
    ],
    ['in a failover, nobody has room', failover([one(1, shed), one(2, shed)], { check: 'load' }), at(20, 20), '1 1'],
  ])
})

describe('failover', () => {
  const view = (n: number) => ({ kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: ip(n) }] })
  const tier = (...numbers: number[]) => of(0, { members: numbers.map(ip), select: 'all' })
  run([
    ['the first', failover([one(1), one(2), one(3)]), down(), '1 1'],
    ['the second', failover([one(1), one(2), one(3)]), down(1), '2 1'],
    ['the third', failover([one(1), one(2), one(3)]), down(1, 2), '3 1'],
    ['tiers, as those of PowerGSLB', failover([tier(1, 2), tier(3, 4)], { check: undefined }), down(1), '2 1'],
    ['the next tier', failover([tier(1, 2), tier(3, 4)], { check: undefined }), down(1, 2, 3), '4 1'],
    [
      'all tiers down: all of the first',
      failover([tier(1, 2), tier(3, 4)], { check: undefined }),
      down(1, 2, 3, 4),
      '1 1, 2 1',
    ],
    ['what has no check is up', failover([ip(1), ip(2)], { check: undefined }), down(1, 2), '1 1'],
    ['a view that matches nobody is down', failover([view(1), ip(2)], { check: undefined }), NO_HEALTH, '2 1'],
    ['NODATA is an answer: no slide to the next', failover([[], ip(2)], { check: undefined }), NO_HEALTH, 'NODATA 1'],
    ['views alone that match nobody', failover([view(1), view(2)], { check: undefined }), NO_HEALTH, 'SERVFAIL 1'],
    [
      'a random choice is up while one of it is',
      failover([{ kind: 'random', of: [tier(1), tier(2)] }, ip(3)] as never, { check: undefined }),
      down(1),
      '1 1/2, 2 1/2',
    ],
    [
      'and down while none is',
      failover([{ kind: 'random', of: [tier(1), tier(2)] }, ip(3)] as never, { check: undefined }),
      down(1, 2),
      '3 1',
    ],
    [
      'failovers in a failover',
      failover([failover([one(1), one(2)]), failover([one(3), one(4)])], { check: undefined }),
      down(1, 2),
      '3 1',
    ],
    [
      'pools in a pool: those that are up',
      of(0, { check: undefined, members: [tier(1, 2), tier(3), tier(4)] }),
      down(1, 3),
      '2 1/2, 4 1/2',
    ],
  ])
  test('a view that matches is up', () => {
    expect(chances(pool(failover([view(1), ip(2)], { check: undefined })), NO_HEALTH, '10.1.2.3')).toBe('1 1')
  })
})

describe('datacenters and pools that are forced', () => {
  const fra = { datacenter: 'fra' }
  const ams = { datacenter: 'ams' }
  const sites = failover(
    [
      { answer: of(2), ...fra },
      { answer: of(0, { members: [ip(3), ip(4)] }), ...ams },
    ],
    { check: undefined },
  )
  const forcing = (downs: number[], ...overrides: Partial<Override>[]): Health => web({}, downs, overrides)
  run([
    ['down: the next', sites, forcing([], fra), '3 1/2, 4 1/2'],
    ['drained: the next', sites, forcing([], { ...fra, force: 'drained' }), '3 1/2, 4 1/2'],
    ['all down: the first again', sites, forcing([], { datacenter: '*' }), '1 1/2, 2 1/2'],
    [
      'one drained, one down: never what is drained',
      sites,
      forcing([3, 4], { ...fra, force: 'drained' }),
      '3 1/2, 4 1/2',
    ],
    ['all drained: nothing', sites, forcing([], { datacenter: '*', force: 'drained' }), 'NODATA 1'],
    ['up, though all of it is down: as if it were up', sites, forcing([1, 2], { ...fra, force: 'up' }), '1 1/2, 2 1/2'],
    ['up, though one of it is down: what is up of it', sites, forcing([1], { ...fra, force: 'up' }), '2 1'],
    ['of a pool of that name alone', sites, forcing([], { ...fra, pool: 'www.example.com/A' }), '3 1/2, 4 1/2'],
    ['of other pools', sites, forcing([], { ...fra, pool: 'other/*' }), '1 1/2, 2 1/2'],
    ['in a pool', of(0, { members: [one(1, fra), one(2, fra), one(3, ams)] }), forcing([], fra), '3 1'],
    [
      'in a pool, up',
      of(0, { members: [one(1, fra), one(2, ams)] }),
      forcing([1], { ...fra, force: 'up' }),
      '1 1/2, 2 1/2',
    ],
    ['a pool, down', of(2, { whenDown: 'nodata' }), forcing([], { pool: 'www.example.com/A' }), 'NODATA 1'],
    ['a pool, down: as if all were', of(2), forcing([1], { pool: 'www.example.com/*' }), '1 1/2, 2 1/2'],
    [
      'a pool, up: what is up of it',
      of(2, { minLive: 1, whenDown: 'nodata' }),
      forcing([1], { pool: '*', force: 'up' }),
      '2 1',
    ],
    [
      'a pool, up, and nothing is',
      of(2, { whenDown: 'nodata' }),
      forcing([1, 2], { pool: '*', force: 'up' }),
      '1 1/2, 2 1/2',
    ],
    [
      'a pool, drained',
      of(2, { whenDown: { answer: ip(9) } }),
      forcing([], { pool: '*', force: 'drained' }),
      'NODATA 1',
    ],
    [
      'a failover, up, and nothing is',
      failover([one(1), one(2)], { whenDown: 'nodata' }),
      forcing([1, 2], { pool: '*', force: 'up' }),
      '1 1',
    ],
    ['a failover, down', failover([one(1), one(2)], { whenDown: 'all' }), forcing([], { pool: '*' }), '1 1, 2 1'],
    ['a failover, drained', failover([one(1), one(2)]), forcing([], { pool: '*', force: 'drained' }), 'NODATA 1'],
  ])
  const named = failover([of(0, { name: 'eu', members: [ip(1), ip(2)] }), of(0, { name: 'us', members: [ip(3)] })], {
    check: undefined,
  })
  run([
    ['an inner pool by its name', named, forcing([], { pool: 'www.example.com/A/eu' }), '3 1'],
    ['drained', named, forcing([3], { pool: '*/eu', force: 'drained' }), '3 1'],
    ['up, so that it is not passed over', named, forcing([1, 2], { pool: '*/eu', force: 'up' }), '1 1/2, 2 1/2'],
    [
      'all of its members drained: as if it were not there',
      named,
      forcing([3], { target: `${ip(1)}:80`, force: 'drained' }, { target: `${ip(2)}:80`, force: 'drained' }),
      '3 1',
    ],
  ])
})

describe('who the client is', () => {
  const hashed = (more: Fields) => pool(of(3, more))
  const clients = Array.from({ length: 60 }, (_, i) => `10.0.${i}.7`)
  const picks = (expression: ReturnType<typeof pool>, health: Health) =>
    clients.map((client) => chances(expression, health, client))
  test.each(['hashed', 'weighted-hashed', 'consistent-hashed'])('%s: one each, and the same again', (select) => {
    const policy = hashed({ select })
    expect(new Set(picks(policy, down()))).toEqual(new Set(['1 1', '2 1', '3 1']))
    expect(new Set(picks(policy, down(2)))).toEqual(new Set(['1 1', '3 1']))
    expect(new Set(picks(policy, down(1, 2)))).toEqual(new Set(['3 1']))
    expect(picks(policy, down(1, 2, 3))).toEqual(picks(policy, down()))
  })
  test('consistent: of those that stay up no client is moved', () => {
    const members = [1, 2, 3].map((n) => one(n, { weight: 50 }))
    const policy = pool(of(0, { select: 'consistent-hashed', members }))
    const before = picks(policy, down())
    const after = picks(policy, down(2))
    expect(before.filter((pick) => pick === '2 1').length).toBeGreaterThan(5)
    before.forEach((pick, i) => {
      if (pick !== '2 1') expect(after[i]).toBe(pick)
    })
    expect(picks(policy, down())).toEqual(before)
  })
  test('the same members as where the pool is a plain hash', () => {
    for (const [select, kind] of [
      ['weighted-hashed', 'weighted-hashed'],
      ['consistent-hashed', 'consistent-hashed'],
    ] as const) {
      const members = [1, 2, 3].map((n) => ({ answer: ip(n), weight: n * 3 }))
      const plain = pool({ kind, members })
      const health = picks(pool(of(0, { select, members })), down())
      // PowerDNS walks the table of pickwhashed in another order than that of pickselfweighted.
      if (select === 'consistent-hashed') expect(health).toEqual(picks(plain, down()))
      else expect(new Set(health)).toEqual(new Set(picks(plain, down())))
    }
  })
  test('pickselfweighted: the hash modulo the sum, in the order of the members', () => {
    const members = [1, 2, 3].map((n) => one(n))
    const policy = pool(
      of(0, { check: 'load', select: 'weighted-hashed', weights: 'reported', members, whenDown: 'servfail' }),
    )
    const health = healthOf({ load: { 1: { weight: 10 }, 2: { weight: 0 }, 3: { weight: 5 } } })
    for (const client of clients) {
      const { trace } = decide(policy, client, seeded(1), 'www.example.com.', health)
      const step = trace.find((each) => each.step === 'weighted-hashed')
      if (step?.step !== 'weighted-hashed') throw new Error('no hash')
      expect([step.total, step.point]).toEqual([15, step.hash % 15])
      expect(step.picked).toBe(step.point < 10 ? 0 : 2)
      expect(chances(policy, health, client)).toBe(step.point < 10 ? '1 1' : '3 1')
    }
    const none = healthOf({ load: { 1: { weight: 0 }, 2: { weight: 0 }, 3: { weight: 0 } } })
    expect(new Set(clients.map((client) => chances(policy, none, client)))).toEqual(new Set(['1 1', '2 1', '3 1']))
    expect(chances(policy, healthOf({ load: { 1: 'down', 2: 'down', 3: 'down' } }))).toBe('SERVFAIL 1')
  })
  test('a large ring is made when the zone is compiled, not for each client', () => {
    const view = { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: ip(1) }], otherwise: ip(2) } as const
    const made = vi.spyOn(consistentHashed, 'buildRing')
    onTestFinished(() => made.mockRestore())
    for (const first of [ip(1), view]) {
      const members = [{ answer: first, key: 'a', weight: 40_000 }, one(3, { weight: 40_000 })]
      made.mockClear()
      const policy = pool(of(0, { check: undefined, select: 'consistent-hashed', members }))
      for (let i = 0; i < 20; i++) decide(policy, `10.0.0.${i}`)
      expect(made).toHaveBeenCalledTimes(1)
    }
  })
})

describe('what the name is', () => {
  test('what is alive by the name is told for each name anew: a wildcard has many', () => {
    const members = [of(1), of(0, { members: [ip(2)] })].map((answer) => ({ weight: 1, answer }))
    const byName = { kind: 'name-hashed', members }
    const policy = pool(failover([byName, ip(3)], { check: undefined }))
    const health = down(1)
    const names = Array.from({ length: 20 }, (_, i) => `n${i}.example.com.`)
    const seen = names.map((name) => texts(decide(policy, '10.0.0.1', seeded(1), name, health)).join())
    expect(new Set(seen)).toEqual(new Set([ip(2), ip(3)]))
    names.reverse().forEach((name, i) => {
      const decision = decide(policy, '10.0.0.1', seeded(1), name, health)
      expect([texts(decision).join(), decision.scope]).toEqual([seen.at(-1 - i), 0])
    })
  })
})

describe('what an answer tells of itself', () => {
  const stepOf = (expression: Expression, health: Health): AlternativesStep => {
    const step = decide(pool(expression), '192.0.2.77', seeded(1), 'www.example.com.', health).trace[0]
    if (step?.step !== 'pool' && step?.step !== 'failover') throw new Error(`${step?.step}`)
    return step
  }
  test('each member, with what was measured, what is forced, and who did it', () => {
    const health = healthOf({ web: { 1: 'up', 2: 'down' } }, [
      { target: `${ip(1)}:80`, force: 'drained', until: Date.UTC(2030, 0, 1) },
      { datacenter: 'ams', force: 'up' },
    ])
    expect(stepOf(of(0, { members: [one(1), one(2, { datacenter: 'ams' }), ip(3)] }), health)).toEqual({
      step: 'pool',
      pool: 'www.example.com/A',
      live: true,
      from: 'members',
      members: [
        {
          member: 0,
          state: 'drained',
          real: 'up',
          check: 'example.com/web',
          target: `${ip(1)}:80`,
          forced: { force: 'drained', by: 'ada', why: 'a test', until: '2030-01-01T00:00:00.000Z' },
        },
        {
          member: 1,
          state: 'up',
          real: 'down',
          check: 'example.com/web',
          target: `${ip(2)}:80`,
          datacenter: 'ams',
          forced: { force: 'up', by: 'ada', why: 'a test' },
        },
        { member: 2, state: 'up', real: 'unknown', check: 'example.com/web', target: `${ip(3)}:80` },
      ],
    })
  })
  test.each<[string, Expression, Health, Partial<AlternativesStep>]>([
    ['all down', of(1), down(1), { live: false, from: 'all' }],
    ['NODATA', of(1, { whenDown: 'nodata' }), down(1), { live: false, from: 'nodata' }],
    ['something else', of(1, { whenDown: { answer: ip(9) } }), down(1), { live: false, from: 'last' }],
    ['the first', failover([one(1)]), down(1), { step: 'failover', live: false, from: 'first' }],
    ['ignored', of(1, { ignoreHealth: true }), down(1), { live: false, from: 'members' }],
    [
      'forced up',
      of(1),
      web({}, [1], [{ pool: '*', force: 'up' }]),
      { live: true, from: 'members', forced: { force: 'up', by: 'ada', why: 'a test' } },
    ],
    ['forced drained', of(1), web({}, [], [{ pool: '*', force: 'drained' }]), { live: false, from: 'nodata' }],
  ])('%s', (_what, expression, health, expected) => expect(stepOf(expression, health)).toMatchObject(expected))
  test('several checks of a member stand together; weight, load and staleness are told', () => {
    const health = healthOf({ load: { 1: { weight: 0, load: 3 } } })
    const [member] = stepOf(of(0, { check: ['load', 'web'], members: [[ip(1), ip(2)]] }), health).members
    expect(member).toMatchObject({
      check: 'example.com/load, example.com/web',
      target: `${ip(1)}, ${ip(2)}, ${ip(1)}:80, ${ip(2)}:80`,
      weight: 0,
      load: 3,
    })
    const later = new (health.constructor as typeof Health)(health.vantages, [], health.now + 900_000)
    expect(stepOf(of(0, { check: 'load', members: [ip(1)] }), later).members[0]).toMatchObject({
      stale: true,
      real: 'up',
    })
  })
  test('members keep their places of the zone where others are left out', () => {
    const steps = (expression: Expression, health: Health) =>
      decide(pool(expression), '192.0.2.77', () => 0.99, 'www.example.com.', health).trace.slice(1)
    expect(steps(of(4), down(1, 2))).toEqual([
      { step: 'random', picked: [3], of: 2 },
      { step: 'values', records: 1 },
    ])
    expect(steps(weighted([1, 2, 3, 4]), down(1, 2))[0]).toEqual({
      step: 'weighted',
      picked: [3],
      weights: [4],
      total: 7,
    })
    expect(steps(weighted([1, 2, 3, 4], { select: 'weighted-multi' }), down(1, 2))[0]).toEqual({
      step: 'multi',
      picked: [3],
      weights: [3, 4],
    })
    expect(steps(of(4, { select: 'hashed' }), down(1, 2))[0]).toMatchObject({
      step: 'hashed',
      of: 2,
      picked: expect.toSatisfy((n) => n >= 2),
    })
    expect(steps(of(4, { select: 'consistent-hashed' }), down(1, 2))[0]).toMatchObject({
      picked: expect.toSatisfy((n) => n >= 2),
    })
  })
})

describe('how long it holds', () => {
  const holds = (expression: Expression, health: Health) =>
    decide(pool(expression), '192.0.2.77', seeded(1), 'www.example.com.', health).validForSeconds
  // interval 60, fall 2, rise 2; slow: interval 600.
  const counted = (count: number): Said => ({ state: 'up', count })
  const fra = { datacenter: 'fra' }
  const until = { until: 1_000_000_000 + 33_000 }
  test.each<[string, Expression, Health, number]>([
    ['all up', of(2), down(), 120],
    ['a failure is counted', of(2), web({ 2: counted(1) }), 60],
    ['the least of all members, whichever is drawn', of(3), web({ 3: counted(1) }), 60],
    ['no checks', of(2, { check: undefined }), down(), Number.POSITIVE_INFINITY],
    [
      'of a failover: those that were looked at',
      failover([one(1, { check: 'slow' }), one(2)]),
      healthOf({ slow: { 1: 'up' }, web: { 2: 'up' } }),
      1200,
    ],
    [
      'of a failover, the first is down',
      failover([one(1, { check: 'slow' }), one(2)]),
      healthOf({ slow: { 1: 'down' }, web: { 2: counted(1) } }),
      60,
    ],
    [
      'of a failover, all are down',
      failover([one(1, { check: 'slow' }), one(2)]),
      healthOf({ slow: { 1: 'down' }, web: { 2: 'down' } }),
      120,
    ],
    ['pools within', failover([of(2), ip(3)], { check: undefined }), web({ 1: counted(1) }), 60],
    ['a forced target has no say', of(2), web({ 2: counted(1) }, [], [{ target: `${ip(2)}:80` }]), 120],
    ['but for its end', of(2), web({ 2: counted(1) }, [], [{ target: `${ip(2)}:80`, ...until }]), 33],
    [
      'a forced datacenter hides what is in it',
      of(0, { members: [one(1, fra), ip(2)] }),
      web({ 1: counted(1) }, [], [fra]),
      120,
    ],
    [
      'but for its end, too',
      of(0, { members: [one(1, fra), ip(2)] }),
      web({ 1: counted(1) }, [], [{ ...fra, ...until }]),
      33,
    ],
    ['a pool forced down', of(2), web({ 2: counted(1) }, [], [{ pool: '*' }]), Number.POSITIVE_INFINITY],
    ['a pool forced up still follows its members', of(2), web({ 2: counted(1) }, [], [{ pool: '*', force: 'up' }]), 60],
    [
      'a pool forced up for longer than its members hold',
      of(2),
      web({ 2: counted(1) }, [], [{ pool: '*', force: 'up', until: 1_000_000_000 + 100_000 }]),
      60,
    ],
    ['a pool forced up for a while', of(2), web({}, [], [{ pool: '*', force: 'up', ...until }]), 33],
    ['health is ignored, and still in the TTL', of(2, { ignoreHealth: true }), web({ 2: counted(1) }), 60],
  ])('%s: %i', (_what, expression, health, expected) => expect(holds(expression, health)).toBe(expected))
})

describe('what makes no sense is told when it is compiled', () => {
  const load = { check: 'load' }
  const shed = { shed: { low: 1, high: 2 } }
  test.each<[Expression, string, RegExp]>([
    [
      of(0, { members: [one(1, { weight: 2 })] }),
      'select',
      /select "random" looks at no weights; expected one like "weighted"/,
    ],
    [of(0, { select: 'first', members: [one(1, { weight: 1 })] }), 'select', /looks at no weights/],
    [weighted([1], {}, { group: 'a' }), 'select', /looks at no groups; expected "grouped" or "grouped-multi"/],
    [weighted([1, 2], { select: 'weighted-multi', count: 2 }), 'count', /"count" has no effect with select/],
    [of(2, { select: 'hashed', count: 2 }), 'count', /"count" has no effect with select/],
    [of(2, { weights: 'reported', ...load }), 'weights', /looks at no weights/],
    [
      weighted([1, 2], { weights: 'reported' }),
      'weights',
      /nothing reports a weight here; expected a "check" of kind push/,
    ],
    [of(2, { select: 'all', lost: 'next' }), 'lost', /gives out no shares/],
    [of(2, { select: 'first', lost: 'next' }), 'lost', /gives out no shares/],
    [of(2, { select: 'consistent-hashed', lost: 'next' }), 'lost', /gives out no shares/],
    [of(0, { ...load, select: 'first', members: [one(1, shed)] }), 'members / 0 / shed', /gives out no shares/],
    [
      of(0, { ...load, select: 'consistent-hashed', members: [one(1, shed)] }),
      'members / 0 / shed',
      /gives out no shares/,
    ],
    [
      of(0, { ...load, select: 'weighted-hashed', members: [one(1, shed)] }),
      'members / 0 / shed',
      /gives out no shares/,
    ],
    [
      of(0, { members: [one(1, shed)] }),
      'members / 0 / shed',
      /nothing reports a load here; expected a "check" of kind push/,
    ],
    [of(0, { check: undefined, members: [one(1, shed)] }), 'members / 0 / shed', /nothing reports a load here/],
    [
      of(0, { check: undefined, members: [one(1, { target: ip(2) })] }),
      'members / 0 / target',
      /a target without a check/,
    ],
    [of(0, { select: 'consistent-hashed', members: [[ip(1), ip(2)], one(3)] }), 'members / 0', /needs a "key"/],
    [
      of(0, { select: 'consistent-hashed', members: [one(1, { weight: 60_000 }), one(2, { weight: 60_000 })] }),
      'members',
      /add up to 120000; expected at most 100000/,
    ],
    [
      weighted([1], { select: 'consistent-hashed', weights: 'reported', check: 'load' }),
      'weights',
      /a ring is made once/,
    ],
    [of(0, { members: [of(1)] }), 'members / 0', /has no address to probe/],
    [failover([one(1, { check: 'nope' })]), 'pools / 0 / check', /there is no check "nope"/],
  ])('%j', (expression, path, message) => {
    const { issues } = compiled(expression, 1, CHECKS)
    expect(issues.map((issue) => issue.path.slice(1).join(' / '))).toContain(path)
    expect(issues.find((issue) => issue.path.slice(1).join(' / ') === path)?.message).toMatch(message)
  })
})

test.each<[string, unknown, string[]]>([
  ['all members', { check: 'nope', members: [ip(1), [ip(2), ip(3)], one(4)] }, ['check: there is no check "nope"']],
  [
    'each of two checks',
    { check: ['nope', 'no'], members: [ip(1), ip(2)] },
    ['check: there is no check "nope"', 'check: there is no check "no"'],
  ],
  [
    'not a member that has a check of its own',
    { check: 'nope', members: [ip(1), ip(2), one(3, { check: 'none' })] },
    ['members / 2 / check: there is no check "none"', 'check: there is no check "nope"'],
  ],
  [
    'a member alone, of several records',
    { check: 'nope', members: [[ip(1), ip(2)]] },
    ['members / 0: there is no check "nope"'],
  ],
  ['some of the members', { check: 'web', members: [ip(1), of(1), of(2)] }, ['members / 1: the', 'members / 2: the']],
])('what is wrong with a check is told once: %s', (_who, more, expected) => {
  const { issues } = compiled(of(0, { ...(more as object) }), 1, CHECKS)
  const told = issues.map(({ path, message }) => `${path.slice(1).join(' / ')}: ${message}`)
  expect(told.map((text, i) => text.slice(0, expected[i]?.length))).toEqual(expected)
})

test('drawn records are those that are up, whatever is drawn', () => {
  const policy = pool(weighted([1, 5, 2], { count: 2 }))
  const random = seeded(3)
  for (let i = 0; i < 200; i++) {
    const found = texts(decide(policy, '192.0.2.77', random, 'www.example.com.', down(2)))
    expect([...found].sort()).toEqual([ip(1), ip(3)])
  }
  expect(address(ip(1)).family).toBe(1)
})
