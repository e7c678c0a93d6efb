import { describe, expect, test } from 'vitest'
import { type DrawnNode, drawPolicy } from '../../../src/explain/index.ts'
import { Health, liveOverrides, NO_HEALTH } from '../../../src/health/index.ts'
import { MAX_DRAWN_BRANCHES, MAX_DRAWN_NODES } from '../../../src/limits.ts'
import { stateOf, vantageOf } from '../health/support.ts'
import { luaZone } from '../lua/support.ts'
import { zoneOf } from '../support.ts'

const drawnOf = (answer: unknown, health: Health = NO_HEALTH): DrawnNode => {
  const zone = zoneOf({ www: { A: answer } })
  const rrset = [...zone.names.all()].flatMap(({ rrsets }) => rrsets).find(({ type }) => type === 1)
  if (!rrset) throw new Error('the zone has no A')
  return drawPolicy(rrset.policy, health)
}

/** Each branch as its label and its chance, with what is inside of it. */
const branchesOf = ({ branches = [] }: DrawnNode): unknown[] =>
  branches.map(({ label, chance, to }) => [
    label,
    ...(chance === undefined ? [] : [chance === null ? null : Number(chance.toFixed(4))]),
    to.records ?? branchesOf(to),
  ])

const down = (target: string): Health =>
  new Health([], liveOverrides([{ target, force: 'down', by: 'me', why: 'a test' }]), Date.parse('2026-01-01'))

/** The state of a target that is up again since then. */
const back = (since: number) => stateOf('up', { at: since, since, changes: 2 })

describe('a drawing', () => {
  test('has the chances of each kind on its branches', () => {
    const two = ['192.0.2.1', '192.0.2.2']
    const weighted = [
      { weight: 1, answer: '192.0.2.1' },
      { weight: 3, answer: '192.0.2.2' },
    ]
    const ends = (first: number, second: number, labels = ['member 1', 'member 2']) => [
      [labels[0], first, ['192.0.2.1']],
      [labels[1], second, ['192.0.2.2']],
    ]
    const byWeight = ends(0.25, 0.75, ['weight 1', 'weight 3'])
    for (const [answer, expected] of [
      [{ kind: 'random', of: two }, ends(0.5, 0.5)],
      [{ kind: 'random', of: two, count: 2 }, ends(1, 1)],
      [{ kind: 'weighted', members: weighted }, byWeight],
      [{ kind: 'hashed', of: two }, ends(0.5, 0.5)],
      [{ kind: 'weighted-hashed', members: weighted }, byWeight],
      [{ kind: 'pool', members: two }, ends(0.5, 0.5)],
      [{ kind: 'pool', select: 'all', members: two }, ends(1, 1)],
      [{ kind: 'pool', select: 'weighted', members: weighted }, byWeight],
      [{ kind: 'pool', select: 'weighted-multi', members: weighted }, ends(1 / 3, 1, ['weight 1', 'weight 3'])],
      [{ kind: 'failover', pools: two }, ends(1, 0, ['level 1', 'level 2'])],
    ] as const)
      expect([answer, branchesOf(drawnOf(answer))]).toEqual([answer, roundedIn(expected)])
  })

  test('says for each branch which clients it is for', () => {
    const view = {
      kind: 'view',
      rules: [{ networks: ['10.0.0.0/8', '192.168.0.0/16', '172.16.0.0/12', 'fd00::/8'], answer: '192.0.2.1' }],
      otherwise: '192.0.2.2',
    }
    expect(branchesOf(drawnOf(view))).toEqual([
      ['10.0.0.0/8, 192.168.0.0/16, 172.16.0.0/12, … and 1 more', ['192.0.2.1']],
      ['all other clients', ['192.0.2.2']],
    ])
    const geo = { kind: 'geo', countries: { DE: '192.0.2.1' }, continents: { EU: '192.0.2.1' }, otherwise: '192.0.2.2' }
    expect(branchesOf(drawnOf(geo)).map((branch) => (branch as string[])[0])).toEqual([
      'country DE',
      'continent EU',
      'all other places',
    ])
  })

  test('shows the states of targets, and gives the chances that health leaves', () => {
    const pool = { kind: 'pool', check: { kind: 'tcp', port: 80 }, members: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] }
    const tree = drawnOf({ kind: 'failover', pools: [pool, '192.0.2.9'] }, down('192.0.2.1:80'))
    const inner = tree.branches?.[0]?.to
    expect(inner?.branches?.map(({ chance, state }) => [chance, state?.state, state?.real, state?.target])).toEqual([
      [0, 'down', 'unknown', '192.0.2.1:80'],
      [0.5, 'up', 'unknown', '192.0.2.2:80'],
      [0.5, 'up', 'unknown', '192.0.2.3:80'],
    ])
    expect(inner?.branches?.[0]?.state?.forced).toEqual({ force: 'down', by: 'me', why: 'a test' })
    expect(tree.branches?.map(({ chance }) => chance)).toEqual([1, 0])
  })

  test('has the exact chances of a choice by a hash in which a member comes back', () => {
    const now = Date.parse('2026-01-01')
    const members = [
      { answer: '192.0.2.1', weight: 30 },
      { answer: '192.0.2.2', weight: 90 },
    ]
    const check = { kind: 'tcp', port: 80 }
    const pool = (select: string) => ({ kind: 'pool', select, check, rampUp: 60, members })
    const zone = zoneOf({ www: { A: pool('weighted-hashed') } })
    const at = now / 1000
    // Half a minute after it was down, a member is in the choice of 0.55 of the clients.
    const states = zone.conditions.map(({ probe }, i) => [probe.id, i === 0 ? back(at - 30) : stateOf('up', { at })])
    const health = new Health([vantageOf('cron', Object.fromEntries(states), at)], [], now)
    const chancesOf = (select: string) => drawnOf(pool(select), health).branches?.map(({ chance }) => chance)
    expect(chancesOf('weighted-hashed')).toEqual([0.55 * 0.25, 1 - 0.55 * 0.25].map((one) => expect.closeTo(one, 9)))
    const [first = Number.NaN, second = Number.NaN] = (chancesOf('consistent-hashed') ?? []) as number[]
    expect(first).toBeLessThan(0.25)
    expect(first + second).toBeCloseTo(1, 9)
  })

  test('has chances of many members that come back, whose exact weights are beyond all numbers', () => {
    const now = Date.parse('2026-01-01')
    const at = now / 1000
    const members = Array.from({ length: 120 }, (_, i) => `192.0.2.${i + 1}`)
    const pool = { kind: 'pool', select: 'hashed', check: { kind: 'tcp', port: 80 }, rampUp: 60, members }
    const states = zoneOf({ www: { A: pool } }).conditions.map(({ probe }) => [probe.id, back(at - 30)])
    const health = new Health([vantageOf('cron', Object.fromEntries(states), at)], [], now)
    const chances = drawnOf(pool, health).branches?.map(({ chance }) => chance)
    expect(chances).toEqual(Array.from({ length: MAX_DRAWN_BRANCHES }, () => expect.closeTo(1 / 120, 9)))
  })

  test('says what is answered while all are down', () => {
    const check = { kind: 'tcp', port: 80 }
    const tree = drawnOf(
      { kind: 'pool', check, members: ['192.0.2.1'], whenDown: { answer: '192.0.2.99' } },
      down('192.0.2.1:80'),
    )
    expect(tree.state?.state).toBe('down')
    expect(tree.text).toContain('all are down')
    expect(branchesOf(tree)).toEqual([
      ['member 1', 0, ['192.0.2.1']],
      ['when all are down', 1, ['192.0.2.99']],
    ])
  })

  test('gives no chances where the client decides which members are up', () => {
    const view = { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: '192.0.2.1' }] }
    const tree = drawnOf({ kind: 'failover', pools: [view, '192.0.2.2'] })
    expect(tree.branches?.map(({ chance }) => chance)).toEqual([null, null])
    expect(tree.text).toContain('depends on the client')
  })

  test('is bounded: large policies say how much is left out, and what is down is shown first', () => {
    const members = Array.from({ length: 5000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`)
    const tree = drawnOf({ kind: 'pool', check: { kind: 'tcp', port: 80 }, members }, down('10.0.19.0:80'))
    expect([tree.branches?.length, tree.more]).toEqual([MAX_DRAWN_BRANCHES, 5000 - MAX_DRAWN_BRANCHES])
    expect(tree.branches?.at(-1)?.state?.target).toBe('10.0.19.0:80')
    const deep = drawnOf({
      kind: 'random',
      of: Array.from({ length: 50 }, () => ({ kind: 'random', of: members.slice(0, 50) })),
    })
    const count = ({ branches = [] }: DrawnNode): number => 1 + branches.reduce((sum, { to }) => sum + count(to), 0)
    expect(count(deep)).toBeLessThanOrEqual(MAX_DRAWN_NODES)
  })

  test('shows the calls of Lua code, and leaves their chances open', () => {
    const zone = luaZone(
      `www IN LUA A ";if country('DE') then return pickrandom({'192.0.2.1', '192.0.2.2'}) end return '192.0.2.3'"`,
    )
    const rrset = [...zone.names.all()].flatMap(({ rrsets }) => rrsets).find(({ policy }) => policy.kind === 'script')
    const tree = drawPolicy(rrset?.policy ?? { kind: 'fail', why: 'no policy' }, NO_HEALTH)
    expect([tree.kind, tree.branches?.map(({ label, chance }) => [label, chance])]).toEqual([
      'script',
      [['call 1', null]],
    ])
  })
})

function roundedIn(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toFixed(4))
  return Array.isArray(value) ? value.map(roundedIn) : value
}
