import { describe, expect, test } from 'vitest'
import { loadChecks, readCondition, type StoredChecks, storeChecks } from '../../../src/health/index.ts'
import { Damaged } from '../../../src/stored-value.ts'
import { CHECKS } from '../policy/stored-arbitraries.ts'
import { zoneOf } from '../support.ts'

const pool = (check: string) => ({ kind: 'pool', check, members: ['192.0.2.1', '192.0.2.2'] })
const records = Object.fromEntries(Object.keys(CHECKS).map((check, i) => [`x${i}`, { A: pool(check) }]))
const zone = zoneOf({ '@': { NS: 'ns' }, ...records }, { checks: CHECKS, health: { staleAfter: 600, whenStale: 'up' } })

describe('the checks of a zone', () => {
  test('are the same when they were stored', () => {
    const { conditions, pools, stale, asksTargets } = zone
    const after = loadChecks(JSON.parse(JSON.stringify(storeChecks(zone))))
    expect(after).toEqual({ conditions, pools, stale, asksTargets })
    expect(pools.length).toBe(Object.keys(CHECKS).length)
    expect(new Set(conditions.map(({ probe }) => probe.action.kind))).toEqual(new Set(['tcp', 'https', 'push']))
    // The zone's policy for old states is there once.
    expect(JSON.stringify(storeChecks(zone)).split('"after"')).toHaveLength(2)
  })

  test('a condition may have a policy of its own', () => {
    const [first, ...others] = zone.conditions
    const conditions = [{ ...first, stale: { after: 60, policy: 'keep' } }, ...others] as StoredChecks['conditions']
    expect(loadChecks(storeChecks({ ...zone, conditions })).conditions).toEqual(conditions)
  })

  test.each(['', 'null', '[]', '{}', '{"stale":{"after":1,"policy":"keep"},"asksTargets":false,"conditions":[1]}'])(
    '%j: damaged',
    (text) => expect(() => loadChecks(text)).toThrow(Damaged),
  )
})

describe('a condition is refused', () => {
  const [condition] = zone.conditions
  type Fields = Record<string, unknown>
  const probe = (more: Fields) => ({ probe: { ...condition?.probe, ...more } })
  const every = (depth: number): unknown => (depth === 0 ? condition : { kind: 'every', of: [every(depth - 1)] })
  test('but not as it was', () => expect(readCondition(condition)).toBe(condition))
  test.each<[string, unknown]>([
    ['of another kind', { kind: 'some' }],
    ['without a target', { target: undefined }],
    ['with another state at first', { initially: 'unknown' }],
    ['without a policy for old states', { stale: undefined }],
    ['with names that are none', { aliases: [1] }],
    ['without a probe', { probe: null }],
    ['without an identity', probe({ id: 7 })],
    ['without an interval', probe({ interval: 0 })],
    ['with another quorum', probe({ quorum: 'some' })],
    ['with another first result', probe({ first: 'never' })],
    ['with half of a damping', probe({ damping: { changes: 1 } })],
    ['with an action of another kind', probe({ action: { kind: 'snmp' } })],
    ['with a DNS query that goes nowhere', probe({ action: { kind: 'dns' } })],
    ['with a DNS query by HTTP without a Host', probe({ action: { kind: 'dns', via: { kind: 'http' } } })],
    ['with a Host that is none', probe({ action: { kind: 'http', host: {} } })],
  ])('%s', (_what, more) => {
    expect(() => readCondition({ ...condition, ...(more as Fields) })).toThrow(Damaged)
  })
  test('that nests too deep', () => {
    expect(readCondition(every(64))).toBeDefined()
    expect(() => readCondition(every(65))).toThrow('at most 64 levels')
  })
  test('that has too many parts', () => {
    const of = Array.from({ length: 20_001 }, () => condition)
    expect(() => readCondition({ kind: 'every', of })).toThrow('at most 20000 conditions')
  })
})
