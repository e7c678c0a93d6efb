import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseName } from '../../../src/dns/index.ts'
import {
  Health,
  liveOverrides,
  loadChecks,
  type Override,
  storeChecks,
  type TargetState,
} from '../../../src/health/index.ts'
import { UNMETERED } from '../../../src/meter.ts'
import {
  contains,
  type Expression,
  isAlternatives,
  type Policy,
  poolReports,
  poolStatuses,
  poolsIn,
  type Resolved,
} from '../../../src/policy/index.ts'
import { resolvePool } from '../../../src/policy/resolve-pool.ts'
import { runCount } from '../../effort.ts'
import { stateOf, vantageOf } from '../health/support.ts'
import { address, must, zoneOf } from '../support.ts'
import { expression, wwwPolicy } from './stored-arbitraries.ts'

const STATES = ['up', 'down', 'unknown'] as const

/** A health in which the nth probe has the nth state. */
function healthOf(zone: Parameters<typeof storeChecks>[0], states: readonly TargetState['state'][], force?: string) {
  const ids = [...new Set(zone.conditions.map(({ probe }) => probe.id))].sort()
  const rows = Object.fromEntries(ids.map((id, i) => [id, stateOf(states[i % states.length] ?? 'up')]))
  const overrides = force === undefined ? [] : [{ target: '192.0.2.1', force, by: 'a', why: 'b' } as const]
  const documents = ['cron', 'push', 'fra-1', 'weur'].map((name) => vantageOf(name, rows, 1_000_000))
  return new Health(documents, liveOverrides(overrides as never), 1_000_000)
}

/** Returns the pools and failovers of a policy that no client decides about, by name. */
function plainPools(policy: Policy): Map<string, Resolved> {
  const found = new Map<string, Resolved>()
  contains(policy, (one) => {
    if ((one.kind === 'pool' || one.kind === 'failover') && !one.dependsOnClient) found.set(one.name, one)
    return false
  })
  return found
}

test('the state of a pool is the one that queries go by, for any answer and any health', () => {
  let compared = 0
  fc.assert(
    fc.property(
      expression,
      fc.array(fc.constantFrom(...STATES), { minLength: 1, maxLength: 5 }),
      fc.constantFrom(undefined, 'down', 'drained', 'up'),
      (A, states, force) => {
        const found = wwwPolicy(A)
        if (!found) return
        const { policy, zone } = found
        const health = healthOf(zone, states, force)
        const stored = loadChecks(JSON.parse(JSON.stringify(storeChecks(zone))))
        expect(stored.pools).toEqual(zone.pools)
        const reports = Map.groupBy(poolReports(stored.pools, health), ({ pool }) => pool)
        expect(contains(policy, isAlternatives)).toBe(reports.size > 0)
        for (const [name, pool] of plainPools(policy)) {
          const input = { client: address('198.51.100.1'), name: '', health }
          const { live, members } = resolvePool(pool, input, UNMETERED)
          // Two pools of an answer may have one name: those of a choice by chance.
          const alike = reports.get(name) ?? []
          const expected = expect.objectContaining({
            isUp: live,
            members: members.length,
            live: members.filter(({ state }) => state === 'up').length,
          })
          expect(alike).toContainEqual(expected)
          compared++
        }
      },
    ),
    { numRuns: runCount(2500) },
  )
  expect(compared).toBeGreaterThan(60)
})

const leaf = fc.integer({ min: 1, max: 6 }).map((n) => ({ answer: `192.0.2.${n}`, check: 'web' }))

/** Pools and failovers whose members wait after they were down. @param inner those that members may be */
const gentle = (inner?: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> => {
  const member = inner
    ? fc.oneof(
        leaf,
        leaf,
        inner.map((answer) => ({ answer })),
      )
    : leaf
  const own = fc.constantFrom({}, {}, { failback: 30 }, { failback: 'manual' })
  return fc
    .record({
      kind: fc.constantFrom('pool', 'failover'),
      failback: fc.constantFrom(undefined, 0, 60, 600, 'manual'),
      rampUp: fc.constantFrom(undefined, 300),
      minLive: fc.constantFrom(undefined, 0.6),
      members: fc.array(
        fc.tuple(member, own).map(([one, pace]) => ({ ...one, ...pace })),
        { minLength: 1, maxLength: 4 },
      ),
    })
    .map(({ kind, members, minLive, ...pace }) => {
      const expression = { kind, ...pace, ...(kind === 'pool' ? { members, minLive } : { pools: members }) }
      return JSON.parse(JSON.stringify(expression)) as Expression
    })
}

test('members that wait after they were down are not live, as for queries', () => {
  const NOW = 1_000_000
  const some = fc.array(
    fc.record({
      state: fc.constantFrom('up', 'up', 'down', 'unknown'),
      ago: fc.constantFrom(5, 45, 100, 1000),
      changes: fc.constantFrom(undefined, 2),
    }),
    { minLength: 6, maxLength: 6 },
  )
  const overrides = fc.constantFrom<readonly Partial<Override>[]>(
    [],
    [{ target: '192.0.2.1*', force: 'resume', from: (NOW - 50) * 1000 }],
    [{ target: '192.0.2.2*', force: 'up' }],
    [{ pool: '*', force: 'resume', from: (NOW - 10) * 1000 }],
  )
  const counts = { waiting: 0, lowered: 0 }
  fc.assert(
    fc.property(gentle(gentle(gentle())), some, overrides, (A, states, forced) => {
      const zone = zoneOf({ '@': { NS: 'ns' }, www: { A } }, { checks: { web: { kind: 'tcp', port: 80 } } })
      const policy = zone.names.find(must(parseName('www.example.com.')).key)?.rrsets[0]?.policy as Policy
      const rows = zone.conditions.map(({ probe }) => {
        const { state, ago, changes } = states[Number(probe.host.at(-1)) - 1] as (typeof states)[number]
        return [probe.id, stateOf(state as 'up', { since: NOW - ago, at: NOW, ...(changes && { changes }) })] as const
      })
      const all = forced.map((one) => ({ by: 'a', why: 'b', ...one }) as Override)
      const health = new Health([vantageOf('cron', Object.fromEntries(rows), NOW)], liveOverrides(all), NOW * 1000)
      const stored = loadChecks(JSON.parse(JSON.stringify(storeChecks(zone))))
      expect(stored.pools).toEqual(zone.pools)
      const reports = new Map(poolReports(stored.pools, health).map((report) => [report.pool, report]))
      for (const [name, pool] of plainPools(policy)) {
        const { live, members } = resolvePool(pool, { client: address('198.51.100.1'), name: '', health }, UNMETERED)
        const up = members.filter(({ state }) => state === 'up')
        const waiting = members.filter(({ coming, state }) => state === 'down' && coming?.step.waits !== undefined)
        expect(reports.get(name)).toMatchObject({
          ...{ isUp: live, live: up.length, waiting: waiting.length },
          ...(pool.kind === 'failover' && { level: live ? (up[0]?.index ?? 0) + 1 : 0 }),
        })
        counts.waiting += waiting.length
        if (pool.kind === 'failover' && waiting.some(({ index }) => index < (up[0]?.index ?? 0))) counts.lowered++
      }
    }),
    { numRuns: runCount(500) },
  )
  expect(counts.waiting).toBeGreaterThan(20)
  expect(counts.lowered).toBeGreaterThan(3)
})

test('a failover tells the level that is answered, and a map of datacenters is one', () => {
  const zone = zoneOf(
    {
      '@': { NS: 'ns' },
      www: { A: { kind: 'failover', check: 'web', pools: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] } },
      dc: { A: { kind: 'datacenters', map: 'm', datacenters: { fra: '192.0.2.1', nyc: '192.0.2.2' }, check: 'web' } },
    },
    { checks: { web: { kind: 'tcp', port: 80 } }, maps: { m: { datacenters: ['fra', 'nyc'] } } },
  )
  const levels = (down: readonly string[]) => {
    const rows = zone.conditions.map(
      ({ probe }) => [probe.id, stateOf(down.includes(probe.host) ? 'down' : 'up')] as const,
    )
    const health = new Health([vantageOf('cron', Object.fromEntries(rows), 1_000_000)], [], 1_000_000)
    return poolReports(zone.pools, health).map(({ pool, kind, live, level }) => [pool, kind, live, level])
  }
  expect(levels([])).toEqual([
    ['www.example.com/A', 'failover', 3, 1],
    ['dc.example.com/A', 'failover', 2, 1],
  ])
  expect(levels(['192.0.2.1'])).toEqual([
    ['www.example.com/A', 'failover', 2, 2],
    ['dc.example.com/A', 'failover', 1, 2],
  ])
  expect(levels(['192.0.2.1', '192.0.2.2', '192.0.2.3'])).toEqual([
    ['www.example.com/A', 'failover', 0, 0],
    ['dc.example.com/A', 'failover', 0, 0],
  ])
})

test('pools inside of pools have names of their own', () => {
  const inner = (ip: string) => ({ kind: 'pool', check: 'web', members: [ip, '192.0.2.9'] })
  const zone = zoneOf(
    { '@': { NS: 'ns' }, www: { A: { kind: 'failover', pools: [inner('192.0.2.1'), inner('192.0.2.2')] } } },
    { checks: { web: { kind: 'tcp', port: 80 } } },
  )
  expect(zone.pools.flatMap(poolsIn).map(({ name }) => name)).toEqual([
    'www.example.com/A',
    'www.example.com/A/1',
    'www.example.com/A/2',
  ])
})

test('pools of zones as data: what does not apply is left out, and so are pools that are too many', () => {
  const pool = { kind: 'pool', check: 'web', failback: 60, members: ['192.0.2.1', '192.0.2.2'] } as const
  const zone = zoneOf(
    {
      '@': { NS: 'ns' },
      www: { A: pool },
      db: { A: { kind: 'failover', check: 'web', pools: ['192.0.2.1', '192.0.2.3'] } },
    },
    { checks: { web: { kind: 'tcp', port: 80 } } },
  )
  const rows = zone.conditions.map(({ probe }) => {
    const state = probe.host === '192.0.2.3' ? 'down' : 'up'
    const changes = probe.host === '192.0.2.2' ? 1 : 0
    return [probe.id, stateOf(state, { since: 999_990, at: 1_000_000, changes })] as const
  })
  const down = liveOverrides([{ pool: 'db.*', force: 'down', by: 'ann', why: 'move' }])
  const health = new Health([vantageOf('cron', Object.fromEntries(rows), 1_000_000)], down, 1_000_000_000)
  const pools = new Map([['example.com', zone.pools]])
  const [www, db] = poolStatuses(pools, new Map(), health, 10)
  expect(www).toEqual({
    ...{ zone: 'example.com', pool: 'www.example.com/A', kind: 'pool', members: 2, live: 1, up: true, waiting: 1 },
  })
  expect(db).toMatchObject({ kind: 'failover', members: 2, live: 1, up: false, level: 0, forced: { by: 'ann' } })
  expect(poolStatuses(pools, new Map(), health, 1)).toEqual([www])
})
