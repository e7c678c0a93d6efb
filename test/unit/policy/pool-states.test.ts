import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Health, liveOverrides, loadChecks, storeChecks, type TargetState } from '../../../src/health/index.ts'
import { UNMETERED } from '../../../src/meter.ts'
import {
  contains,
  isAlternatives,
  type Policy,
  poolReports,
  poolsIn,
  type Resolved,
} from '../../../src/policy/index.ts'
import { resolvePool } from '../../../src/policy/resolve-pool.ts'
import { stateOf, vantageOf } from '../health/support.ts'
import { address, zoneOf } from '../support.ts'
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
    { numRuns: 1000 },
  )
  expect(compared).toBeGreaterThan(60)
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
