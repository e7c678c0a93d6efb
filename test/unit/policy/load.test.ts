import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { probabilities } from '../../../src/explain/index.ts'
import type { Health } from '../../../src/health/index.ts'
import { type Expression, evaluate, overClients, type Policy, type Select, Work } from '../../../src/policy/index.ts'
import { runCount } from '../../effort.ts'
import { BERLIN, databaseOf, MUNICH, SYDNEY } from '../geo/support.ts'
import { address, seeded } from '../support.ts'
import { chances, healthOf, ip, pool, type Said } from './pool-support.ts'

/** The time of all health here, in seconds since the epoch. */
const NOW = 1_000_000
const LIMITS = { target: 70, capacity: 100 }

type Report = number | undefined | Said

/** Loads by the number of the member, from 1. */
const loads = (...all: readonly Report[]): Health =>
  healthOf({
    load: Object.fromEntries(
      all.flatMap((load, i) => {
        if (load === undefined) return [[i + 1, 'up'] as const]
        return [[i + 1, typeof load === 'number' ? { load } : load] as const]
      }),
    ),
  })

const ips = (count: number) => Array.from({ length: count }, (_, i) => ip(i + 1))
const failover = (count: number, more: object = {}): Policy =>
  pool({ kind: 'failover', check: 'load', load: LIMITS, pools: ips(count), ...more } as Expression)
const poolOf = (select: Select, count: number, more: object = {}): Policy =>
  pool({ kind: 'pool', select, check: 'load', load: LIMITS, members: ips(count), ...more } as Expression)

const decide = (policy: Policy, health: Health, client = '192.0.2.77', random = seeded(1)) =>
  evaluate(policy, { client: address(client), health, name: '\0', random, work: new Work() })

const answerOf = (policy: Policy, health: Health, client: string, random = seeded(1)): number =>
  Number(decide(policy, health, client, random).rdatas[0]?.text.split('.')[3])

const clientOf = (n: number): string => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`

/** The part of draws, or of clients, that gets each member. */
function shares(policy: Policy, health: Health, count: number): Map<number, number> {
  const random = seeded(7)
  const counts = new Map<number, number>()
  for (let i = 0; i < count; i++) {
    const n = answerOf(policy, health, clientOf(i * 7919), random)
    counts.set(n, (counts.get(n) ?? 0) + 1)
  }
  return new Map([...counts].map(([n, hits]) => [n, hits / count]))
}

/** The exact chances over all clients. */
function chancesOverClients(policy: Policy, health: Health): Map<number, number> {
  const input = { client: address('192.0.2.77'), health, name: '\0' }
  const { records } = probabilities(policy, input, 'all', overClients)
  return new Map([...records].map(([text, chance]) => [Number(text.split('.')[3]), chance?.valueOf() ?? Number.NaN]))
}

function expectAlike(drawn: Map<number, number>, exact: Map<number, number>, margin: number): void {
  for (const n of new Set([...drawn.keys(), ...exact.keys()])) {
    expect(Math.abs((drawn.get(n) ?? 0) - (exact.get(n) ?? 0)), `member ${n}`).toBeLessThan(margin)
  }
}

describe('by chance', () => {
  test.each<[string, Policy, Health, string]>([
    ['below the target all is as ever', poolOf('random', 3), loads(70, 40, 60), '1 1/3, 2 1/3, 3 1/3'],
    ['the excess goes by room', poolOf('random', 3), loads(140, 40, 60), '1 1/6, 2 13/30, 3 2/5'],
    ['without a report nothing is passed on', poolOf('random', 2), loads(undefined, 40), '1 1/2, 2 1/2'],
    ['a member without a report takes what is left', poolOf('random', 2), loads(140, undefined), '1 1/4, 2 3/4'],
    ['everything is at capacity', poolOf('random', 2), loads(140, 100), '1 1/2, 2 1/2'],
    ['all above the target', poolOf('random', 2), loads(140, 71), '1 1/2, 2 1/2'],
    [
      'one that is down takes none',
      poolOf('random', 3),
      loads(140, { state: 'down', load: 0 }, 60),
      // 40 of 140 go: more would take the other one above its capacity.
      '1 357143/1000000, 3 642857/1000000',
    ],
    [
      'weights divide what is natural',
      poolOf('weighted', 2, {
        members: [
          { answer: ip(1), weight: 3 },
          { answer: ip(2), weight: 1 },
        ],
      }),
      loads(140, 20),
      '1 3/8, 2 5/8',
    ],
    [
      'a member has its own limits',
      poolOf('random', 2, { members: [{ answer: ip(1), load: { target: 100, capacity: 200 } }, ip(2)] }),
      loads(125, 70),
      '1 2/5, 2 3/5',
    ],
  ])('%s', (_, policy, health, expected) => {
    expect(chances(policy, health)).toBe(expected)
  })

  test('100,000 draws have the exact shares', () => {
    const policy = poolOf('weighted', 3)
    const health = loads(140, 40, 60)
    expectAlike(shares(policy, health, 100_000), chancesOverClients(policy, health), 0.005)
    expect(decide(policy, health).scope).toBe(0)
  })
})

describe('what is reported', () => {
  const own = { kind: 'pool', check: 'load', load: 'reported', members: ips(2) } as Expression
  test.each<[string, Policy, Health, string]>([
    ['its limits', pool(own), loads({ load: 140, limits: LIMITS }, { load: 0, limits: LIMITS }), '1 1/4, 2 3/4'],
    ['no limits', pool(own), loads(140, 0), '1 1/2, 2 1/2'],
    ['a target of nothing', pool(own), loads({ load: 1, limits: { target: 0, capacity: 0 } }, 0), '1 1/2, 2 1/2'],
    [
      'the limits of the zone, if it has some',
      poolOf('random', 2),
      loads({ load: 140, limits: { target: 1, capacity: 1 } }, 0),
      '1 1/4, 2 3/4',
    ],
    [
      'the offered load counts, and not what is left of it',
      poolOf('random', 2),
      loads(
        { load: 70, offered: { load: 140, kept: 0.5, received: 0 } },
        { load: 70, offered: { load: 0, kept: 1, received: 70 } },
      ),
      '1 1/4, 2 3/4',
    ],
    ['a stale load counts as none', poolOf('random', 2), loads({ load: 140, loadAt: NOW - 900 }, 0), '1 1/2, 2 1/2'],
    ['a load that is nearly stale', poolOf('random', 2), loads({ load: 140, loadAt: NOW - 899 }, 0), '1 1/4, 2 3/4'],
  ])('%s', (_, policy, health, expected) => {
    expect(chances(policy, health)).toBe(expected)
  })

  test('health ends when a load is stale', () => {
    const health = loads({ load: 140, loadAt: NOW - 850 }, { load: 9, loadAt: NOW - 100 })
    decide(poolOf('random', 2), health)
    expect(health.until).toBe((NOW + 50) * 1000)
  })
})

describe('by a hash', () => {
  const CLIENTS = 4000
  /** Member 1 has ever more load, and the others have room for its excess: the first of them for 90 of 200. */
  const steps = [50, 70, 71, 80, 100, 140, 160, 270].map((load) => loads(load, 10, 30, 60))
  const [byRoom, inTurn] = [steps, steps.slice(0, -1)]

  const ring = { members: ips(4).map((answer) => ({ answer, weight: 50 })) }
  test.each<[string, Policy, readonly Health[]]>([
    ['hashed', poolOf('hashed', 4), byRoom],
    ['weighted-hashed', poolOf('weighted-hashed', 4), byRoom],
    ['consistent-hashed', poolOf('consistent-hashed', 4, ring), byRoom],
    ['first', poolOf('first', 4), inTurn],
    ['failover', failover(4), inTurn],
  ])('%s: each client moves once at most as load grows, and shares are exact', (_, policy, healths) => {
    const moves = Array.from({ length: CLIENTS }, (_, i) => {
      const answers = healths.map((health) => answerOf(policy, health, clientOf(i * 7919)))
      return answers.filter((one, at) => at > 0 && one !== answers[at - 1]).length
    })
    expect(Math.max(...moves)).toBe(1)
    for (const health of healths) {
      expectAlike(shares(policy, health, CLIENTS), chancesOverClients(policy, health), 0.035)
    }
  })

  test('100,000 clients have the exact shares', () => {
    const policy = failover(3)
    const health = loads(140, 60, 20)
    const exact = chancesOverClients(policy, health)
    expect([...exact].map(([n, share]) => [n, Number(share.toFixed(4))])).toEqual([
      ...[[1, 0.5]],
      ...[[3, 0.2143]],
      ...[[2, 0.2857]],
    ])
    expectAlike(shares(policy, health, 100_000), exact, 0.005)
  })

  test('the answer to one client is certain', () => {
    const certain = ips(200).map((_, i) => chances(failover(2), loads(140, 0), clientOf(i * 7919)))
    expect(new Set(certain)).toEqual(new Set(['1 1', '2 1']))
  })

  test('a client of another family is one, too', () => {
    const answers = Array.from({ length: 400 }, (_, i) =>
      answerOf(failover(2), loads(140, 0), `2001:db8:${i.toString(16)}::1`),
    )
    const kept = answers.filter((one) => one === 1).length
    expect(Math.abs(kept - 200)).toBeLessThan(50)
    expect(decide(failover(2), loads(140, 0), '2001:db8::1').scope).toBe(128)
  })

  test('the hash that passes a client on is another one than that of its choice', () => {
    // Each of four members passes half on, or takes.
    const policy = poolOf('hashed', 4)
    const health = loads(140, 140, 0, 0)
    const exact = chancesOverClients(policy, health)
    expect([...exact.values()].every((share) => [0.125, 0.375].includes(share))).toBe(true)
    expectAlike(shares(policy, health, 20_000), exact, 0.015)
  })
})

describe('the scope', () => {
  const quiet = loads(60, 0, 0)
  const busy = loads(140, 0, 0)
  test.each<[string, Policy, number, number]>([
    ['by chance', poolOf('random', 3), 0, 0],
    ['a failover', failover(3), 0, 32],
    ['the first', poolOf('first', 3), 0, 32],
    ['a hash', poolOf('hashed', 3), 32, 32],
  ])('%s: %s', (_, policy, before, during) => {
    expect(decide(policy, quiet).scope).toBe(before)
    expect(decide(policy, busy).scope).toBe(during)
    // All of the load has gone, or nobody has room.
    expect(decide(policy, loads(140, 100, 100)).scope).toBe(before)
  })
})

test('a TTL follows while clients are passed on, of all members', () => {
  const slow = { check: ['load', 'slow'], load: LIMITS }
  const policy = pool({ kind: 'failover', ...slow, pools: ips(2) } as Expression)
  const up = { 1: { state: 'up', since: 1 }, 2: { state: 'up', since: 1 } } as const
  const of = (load: number) => healthOf({ load: { 1: { load }, 2: { load: 0 } }, slow: up })
  expect(decide(policy, of(70)).validForSeconds).toBe(1200)
  expect(decide(policy, of(71)).validForSeconds).toBe(60)
})

describe('beside what comes back, and a trickle', () => {
  const back = (seconds: number, load: number): Said => ({ state: 'up', since: NOW - seconds, changes: 2, load })

  test('a member that comes back has as much less room', () => {
    const policy = poolOf('random', 3, { rampUp: 100 })
    // Its factor is 0.55: 33 of 60.
    expect(chances(policy, loads(98, back(50, 40), 40))).toMatch(/^1 /)
    const trace: unknown[] = []
    const input = { client: address('192.0.2.1'), health: loads(98, back(50, 40), 40), name: '\0' }
    evaluate(policy, { ...input, random: seeded(1), work: new Work() }, { push: (step) => trace.push(step) })
    expect(trace[0]).toMatchObject({
      members: [
        { load: 98, spill: { offered: 98, target: 70, capacity: 100, kept: 0.7143, received: 0 } },
        { factor: 0.55, spill: { kept: 1, received: 9.9355 } },
        { spill: { kept: 1, received: 18.0645 } },
      ],
    })
  })

  test('one that waits for its failback takes none', () => {
    expect(chances(poolOf('random', 3, { failback: 100 }), loads(100, back(50, 0), 40))).toBe('1 7/20, 3 13/20')
  })

  test('a trickle is divided first', () => {
    const exact = chancesOverClients(failover(3, { trickle: 0.1 }), loads(140, 0, 0))
    expect([...exact].sort()).toEqual([
      [1, 0.45],
      [2, 0.55],
    ])
  })
})

describe('by distance', () => {
  const NETWORKS = [
    ['10.0.0.0/8', MUNICH],
    ['11.0.0.0/8', BERLIN],
    ['12.0.0.0/8', SYDNEY],
  ] as const
  const nearest = (more: object = {}): Policy =>
    poolOf('nearest', 2, {
      members: [
        { answer: ip(1), latitude: 52.5, longitude: 13.4 },
        { answer: ip(2), latitude: 48.1, longitude: 11.6 },
        { answer: ip(3), latitude: -33.9, longitude: 151.2 },
      ],
      ...more,
    })
  const database = databaseOf(NETWORKS)
  const at = (policy: Policy, health: Health, client: string, places: object = { database }) =>
    evaluate(policy, {
      ...{ client: address(client), health, name: '\0', random: seeded(1), work: new Work(), places },
    })
  const shareAt = (policy: Policy, health: Health, net: number, member: number, places?: object): number => {
    const clients = Array.from({ length: 1000 }, (_, i) => `${net}.${i % 200}.${i % 7}.${i % 251}`)
    return clients.filter((client) => at(policy, health, client, places).rdatas[0]?.text === ip(member)).length / 1000
  }

  test('the excess of each goes to the next nearest', () => {
    const health = loads(140, 0, 0)
    // Berlin keeps half of its own, and Munich has the rest.
    expect(shareAt(nearest(), health, 11, 1)).toBeCloseTo(0.5, 1)
    expect(shareAt(nearest(), health, 11, 2)).toBeCloseTo(0.5, 1)
    expect(shareAt(nearest(), health, 12, 3)).toBe(1)
    expect([at(nearest(), health, '11.1.1.1').scope, at(nearest(), loads(0, 0, 0), '11.1.1.1').scope]).toEqual([32, 8])
  })

  test('and to the one behind it if that has no room', () => {
    const health = loads(140, 80, 0)
    expect(shareAt(nearest(), health, 11, 2)).toBe(0)
    expect(shareAt(nearest(), health, 11, 3)).toBeGreaterThan(0.3)
  })

  test('what several pass on is divided by what each has, so that one of them cannot fill the room', () => {
    // Berlin and Munich have 140 above their targets, Sydney has room for 100: each gets half of it.
    expect(shareAt(nearest(), loads(140, 140, 0), 11, 3)).toBeCloseTo(50 / 140, 1)
    expect(shareAt(nearest(), loads(140, 140, 0), 10, 3)).toBeCloseTo(50 / 140, 1)
  })

  describe('first go those for whom the next place is nearest', () => {
    /**
     * Clients on the way from Berlin to Munich, and beyond Berlin: by the second octet, the nearest to Munich first.
     */
    const steps = Array.from({ length: 40 }, (_, i) => ({
      ...BERLIN,
      latitude: 50.5 + i / 10,
      longitude: 12.5 + i / 20,
    }))
    const line = databaseOf(steps.map((place, i) => [`20.${i}.0.0/16`, { ...place, city: `c${i}` }] as const))
    const answer = (health: Health, i: number, more = 1): string =>
      at(nearest(), health, `20.${i}.${more}.${more}`, { database: line }).rdatas[0]?.text ?? ''
    const kept = (load: number): number[] =>
      steps.flatMap((_, i) => (answer(loads(load, 0, 0), i) === ip(1) ? [i] : []))

    test('by a threshold on the distance beyond', () => {
      const half = kept(140)
      expect(half.length).toBeGreaterThanOrEqual(19)
      expect(half.length).toBeLessThanOrEqual(21)
      // All of those that stay are farther from Munich than all that go.
      expect(half).toEqual(half.map((_, i) => 40 - half.length + i))
    })

    test('nobody moves twice', () => {
      const all = [71, 80, 100, 140, 280].map(kept)
      all.forEach((stay, i) => {
        if (i > 0) expect(all[i - 1]).toEqual(expect.arrayContaining(stay))
      })
      expect(all.map((stay) => stay.length / 40)).toEqual(
        [70 / 71, 70 / 80, 70 / 100, 70 / 140, 70 / 280].map((share) => expect.closeTo(share, 1)),
      )
    })

    test('the chance over the clients of one place is exact', () => {
      for (const i of [0, 15, 20, 21, 39]) {
        const input = {
          client: address(`20.${i}.9.9`),
          health: loads(140, 0, 0),
          name: '\0',
          places: { database: line },
        }
        const { records } = probabilities(nearest(), input, 'all', overClients)
        const clients = Array.from({ length: 250 }, (_, more) => answer(loads(140, 0, 0), i, more))
        const share = clients.filter((one) => one === ip(1)).length / clients.length
        expect(Math.abs(share - (records.get(ip(1))?.valueOf() ?? 0))).toBeLessThan(0.1)
      }
    })

    test('without a database a hash decides', () => {
      const connection = { places: { connection: BERLIN } }
      expect(shareAt(nearest(), loads(140, 0, 0), 11, 1, connection.places)).toBeCloseTo(0.5, 1)
    })
  })
})

test('whatever the loads and whatever comes back: draws have the exact chances', () => {
  const said = fc.record({
    state: fc.constantFrom<'up' | 'down'>('up', 'up', 'up', 'down'),
    since: fc.integer({ min: NOW - 200, max: NOW }),
    changes: fc.constantFrom(0, 2),
    load: fc.integer({ min: 0, max: 200 }),
  })
  fc.assert(
    fc.property(
      fc.record({
        kind: fc.constantFrom<Select | 'failover'>(
          'failover',
          'random',
          'weighted',
          'first',
          'hashed',
          'weighted-hashed',
        ),
        members: fc.array(said, { minLength: 1, maxLength: 4 }),
        pace: fc.constantFrom({}, { failback: 100 }, { rampUp: 150 }, { failback: 50, rampUp: 100 }),
        trickle: fc.constantFrom({}, { trickle: 0.1 }),
      }),
      ({ kind, members, pace, trickle }) => {
        const policy =
          kind === 'failover' ? failover(members.length, { ...pace, ...trickle }) : poolOf(kind, members.length, pace)
        const health = loads(...members)
        const exact = chancesOverClients(policy, health)
        expect([...exact.values()].reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 9)
        expectAlike(shares(policy, health, 3000), exact, 0.06)
      },
    ),
    { numRuns: runCount(60) },
  )
})
