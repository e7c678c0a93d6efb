import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { probabilities } from '../../../src/explain/index.ts'
import { NO_HEALTH } from '../../../src/health/index.ts'
import { buildScopeMap } from '../../../src/net/index.ts'
import { buildRing } from '../../../src/policy/build-ring.ts'
import type { Expression, Policy } from '../../../src/policy/index.ts'
import { loadRing, storeRing } from '../../../src/policy/stored-ring.ts'
import { loadScopeMap, soundScopeMap, storeScopeMap } from '../../../src/policy/stored-scope-map.ts'
import { runCount } from '../../effort.ts'
import { prefix } from '../support.ts'
import { asking, decisionOf, expression, healthOf, inputOf, wwwPolicy } from './stored-arbitraries.ts'
import { loaded, Memory, type StoredPolicy, stored } from './stored-support.ts'

const policyOf = (answer: Expression): Policy => {
  const found = wwwPolicy(answer)
  if (!found) throw new Error(`refused: ${JSON.stringify(answer)}`)
  return found.policy
}

const again = (one: StoredPolicy): Policy => loaded(one, { origin: { wire: new Uint8Array(1), key: '\0' } })

const [a, b] = ['192.0.2.1', '192.0.2.2']
const member = (answer: string, weight: number) => ({ answer, weight })
const partsIn = (one: string | null, other: string | null) =>
  JSON.stringify([
    [null, a, 1, one, null, null],
    [null, b, 1, other, null, null],
  ])
const parts = partsIn(null, null)

describe('each kind is stored as JSON', () => {
  test.each<[Expression, string]>([
    ['192.0.2.1', '0'],
    [[], '[]'],
    [[a, b], '[0,1]'],
    [[a, { kind: 'computed', records: b }], '["values",[0,1],[0]]'],
    [[a, { kind: 'random', of: [a, b], count: 2 }], '["all",[0,["random",[1,2],2]]]'],
    [{ kind: 'random', of: [a, b] }, '["random",[0,1],1]'],
    [{ kind: 'weighted', members: [member(a, 3), member(b, 4)] }, '["weighted",[0,1],[3,4],1]'],
    [{ kind: 'hashed', of: [a, b] }, '["hashed",[0,1]]'],
    [{ kind: 'weighted-hashed', members: [member(a, 3), member(b, 4)] }, '["weighted-hashed",[0,1],[3,4]]'],
    [{ kind: 'name-hashed', members: [member(a, 3), member(b, 4)] }, '["name-hashed",[0,1],[3,4]]'],
    [
      { kind: 'consistent-hashed', members: [member(a, 1), member(b, 1)] },
      '["consistent-hashed",[0,1],[1,1],[[918744709,1206295987],[0,1]]]',
    ],
    [
      { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: a }] },
      '["view",[0,["fail","no network of the view holds the client",false]],["10.0.0.0/8"],[0],' +
        '[[[0,167772160,184549376],[4294967295,0,4294967295],[0,1,2],[0,1,2]],null]]',
    ],
    [
      { kind: 'networks', networks: { '8000::/1': a }, otherwise: b },
      '["networks",[0,1],["8000::/1"],[0],[null,[[0,0,0,0,2147483648,0,0,0],[4294967295,0],[0,1],[0,1]]]]',
    ],
    [
      { kind: 'geo', countries: { DE: a }, cities: { 'US/Austin': b }, otherwise: b },
      '["geo",[0,1,2],[0,1,0],0,["cities us/austin",0,"countries DE",1],[],[],null]',
    ],
    [
      { kind: 'datacenters', map: 'plain', datacenters: { fra: a, nyc: b } },
      `["datacenters","plain",["www.example.com/A",[0,1],${partsIn('fra', 'nyc')},"first",false,false]]`,
    ],
    [
      { kind: 'failover', pools: [a, b], whenDown: 'refused' },
      `["failover",["www.example.com/A",[0,1],${parts},"refused",false,false]]`,
    ],
    [
      { kind: 'pool', members: [a, b], select: 'all' },
      `["pool",["www.example.com/A",[0,1],${parts},"all",false,false],"all",null,false,"spread",0,false,false,null,null]`,
    ],
    [
      { kind: 'pool', members: [a, b], select: 'pickclosest' },
      `["pool",["www.example.com/A",[0,1],${parts},"all",false,true],"pickclosest",1,false,"spread",0,false,true,[1,["192.0.2.1","192.0.2.2"]],null]`,
    ],
  ])('%j', (answer, json) => {
    const policy = policyOf(answer)
    const one = stored(policy)
    expect(one.json).toBe(json)
    expect(stored(again(one), one.memory).json).toBe(json)
  })

  test('a check that pools share is kept once', () => {
    const { memory } = stored(policyOf([a, a, b].map((one) => ({ kind: 'pool', members: [one], check: 'web' }))))
    expect(memory.texts).toHaveLength(2)
  })

  test('what nothing can store is refused', () => {
    const multi: Policy = { kind: 'multi', members: [], weights: [], largest: 0 }
    expect(() => stored(multi)).toThrow('expected a compiled policy')
  })
})

test('a policy that was stored decides as before, with the same trace and the same chances', () => {
  const seen = new Set<string>()
  const note = (policy: Policy): void => {
    seen.add(policy.kind)
    if ('members' in policy) policy.members.forEach(note)
  }
  fc.assert(
    fc.property(expression, fc.array(asking, { minLength: 3, maxLength: 6 }), healthOf, (answer, all, healthIn) => {
      const found = wwwPolicy(answer)
      if (!found) return
      const { policy, zone } = found
      note(policy)
      const one = stored(policy)
      const back = again(one)
      // A second time the same numbers come out: nothing is lost.
      expect(stored(back, one.memory).json).toBe(one.json)
      // Each has a health of its own, which remembers pools.
      const [before, after] = [healthIn(zone), healthIn(zone)]
      for (const asked of all) {
        expect(decisionOf(back, asked, after)).toEqual(decisionOf(policy, asked, before))
        expect(probabilities(back, inputOf(asked, after))).toEqual(probabilities(policy, inputOf(asked, before)))
      }
    }),
    { numRuns: runCount(1500) },
  )
  const kinds = ['values', 'fail', 'all', 'random', 'weighted', 'hashed', 'weighted-hashed', 'name-hashed']
  kinds.push('consistent-hashed', 'view', 'networks', 'geo', 'datacenters', 'pool', 'failover')
  expect([...seen].sort()).toEqual(kinds.sort())
})

describe('arrays', () => {
  const networks = Array.from({ length: 300 }, (_, i) =>
    prefix(i % 2 ? `10.${i % 250}.${i >> 2}.0/24` : `2001:db8:${i}::/48`),
  )
  const map = buildScopeMap(
    networks,
    'first',
    networks.map((_, i) => i % 3),
    3,
  )
  const ring = buildRing(['a', 'b', 'c'], [100, 1, 1])

  test('long ones are kept as they are', () => {
    const { keeper, kept, words } = new Memory()
    const json = JSON.stringify([storeScopeMap(map, keeper), storeRing(ring, keeper)])
    const [scopes, points] = JSON.parse(json)
    expect(soundScopeMap(loadScopeMap(scopes, kept), networks.length)).toEqual(map)
    expect(loadRing(points, kept)).toEqual(ring)
    const buffers = words.map(({ buffer }) => buffer)
    expect(buffers).toContain(loadRing(points, kept).points.buffer)
    expect(buffers).toContain(loadScopeMap(scopes, kept).v6.decider.buffer)
  })

  const wrong = { v4: { ...map.v4 }, v6: map.v6 }
  const v4 = (more: Partial<typeof map.v4>) => ({ ...wrong, v4: { ...map.v4, ...more } })
  test.each<[string, typeof map]>([
    ['a network that is not there', v4({ decider: map.v4.decider.map((one, i) => (i === 5 ? 300 : one)) })],
    ['ranges out of order', v4({ starts: map.v4.starts.toReversed() })],
    ['a range too many', v4({ starts: Uint32Array.of(...map.v4.starts, 2 ** 32 - 1) })],
    ['a run that is not there', v4({ run: map.v4.run.map((one, i) => (i === 9 ? one + 1 : one)) })],
    ['a run without a range', v4({ runFirst: Uint32Array.of(...map.v4.runFirst, 9999) })],
    ['a first range that does not start at 0', v4({ starts: map.v4.starts.map((one, i) => (i === 0 ? 1 : one)) })],
  ])('%s: damaged', (_what, other) => {
    const { keeper, kept } = new Memory()
    const json = JSON.parse(JSON.stringify(storeScopeMap(other, keeper)))
    expect(() => soundScopeMap(loadScopeMap(json, kept), networks.length)).toThrow('the stored value is not as')
  })
  test('more points than owners: damaged', () => {
    const { keeper, kept } = new Memory()
    const json = JSON.parse(JSON.stringify(storeRing({ ...ring, owners: ring.owners.slice(1) }, keeper)))
    expect(() => loadRing(json, kept)).toThrow('the stored value is not as it was written')
  })

  // Nobody looks through long arrays when a policy is loaded.
  test.each<[string, Expression, string, string]>([
    ['an owner', { kind: 'consistent-hashed', members: [member(a, 1), member(b, 1)] }, '[0,1]]]', '[7,7]]]'],
    ['a branch', { kind: 'view', rules: [{ networks: ['0.0.0.0/0'], answer: a }], otherwise: b }, '[0],', '[7],'],
    [
      'a network',
      { kind: 'view', rules: [{ networks: ['0.0.0.0/0'], answer: a }], otherwise: b },
      '[[[0],[0]',
      '[[[0],[9]',
    ],
    ['a branch by place', { kind: 'geo', networks: { '0.0.0.0/0': a }, otherwise: b }, '[0],', '[7],'],
  ])('%s that is not there fails the answer', (_what, answer, text, damage) => {
    const one = stored(policyOf(answer))
    const json = one.json.replace(text, damage)
    expect(json).not.toBe(one.json)
    const asked = { client: '192.0.2.7', seed: 1, connected: false }
    expect(decisionOf(again({ ...one, json }), asked, NO_HEALTH).failure?.why).toBe('the stored policy is damaged')
  })
})
