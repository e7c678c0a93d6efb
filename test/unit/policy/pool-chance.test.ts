import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { probabilities } from '../../../src/explain/index.ts'
import { Health, type Override } from '../../../src/health/index.ts'
import { burtle } from '../../../src/policy/hash.ts'
import { type Expression, evaluate, type Select, Work } from '../../../src/policy/index.ts'
import { runCount } from '../../effort.ts'
import { address, seeded } from '../support.ts'
import { healthOf, ip, pool, type Said } from './pool-support.ts'

/**
 * A second pool, written from the rules alone (gdnsd's): it goes through every draw, and gives the sets of members that
 * are answered with, each with its chance.
 */
type Sets = Map<string, number>

type Item = { n: number; weight: number; group: string; up: boolean; drained: boolean }
type Rules = {
  select: Select
  count?: number
  minLive?: number
  lost?: 'next'
  whenDown: 'all' | 'nodata' | 'servfail'
  ignoreHealth?: true
}

const CLIENT = address('192.0.2.77')
const HASH = burtle(CLIENT.bytes)
const WEIGHTED: readonly string[] = [
  ...['weighted', 'weighted-multi', 'grouped', 'grouped-multi', 'weighted-hashed', 'consistent-hashed'],
]

function model(items: readonly Item[], rules: Rules): Sets {
  const there = items.filter((item) => !item.drained)
  if (there.length === 0) return new Map([['', 1]])
  const up = there.filter((item) => item.up)
  const sum = (of: readonly Item[]) =>
    of.reduce((total, { weight }) => total + (WEIGHTED.includes(rules.select) ? weight : 1), 0)
  const live = up.length > 0 && sum(up) >= Math.ceil((rules.minLive ?? 0) * sum(there))
  if (!live && !rules.ignoreHealth) {
    if (rules.whenDown === 'nodata') return new Map([['', 1]])
    if (rules.whenDown === 'servfail') return new Map([['SERVFAIL', 1]])
    return choose(there, rules)
  }
  if (rules.ignoreHealth) return choose(there, rules)
  if (rules.lost !== 'next') return choose(up, rules)
  // A share that is lost goes to the next that is up, around the end.
  const shares = new Map(up.map((item) => [item.n, item.weight]))
  there.forEach((item, i) => {
    if (item.up) return
    const heir = [...there.slice(i + 1), ...there.slice(0, i)].find((other) => other.up) as Item
    shares.set(heir.n, (shares.get(heir.n) ?? 0) + item.weight)
  })
  return choose(
    up.map((item) => ({ ...item, weight: shares.get(item.n) as number })),
    { ...rules, select: rules.select === 'random' ? 'weighted' : rules.select },
  )
}

function choose(items: readonly Item[], { select, count = 1 }: Rules): Sets {
  const even = items.map((item) => ({ ...item, weight: 1 }))
  switch (select) {
    case 'random':
      return drawn(even, count)
    case 'all':
      return new Map([[keyOf(items.map(({ n }) => n)), 1]])
    case 'first':
      return new Map([[keyOf(items.slice(0, count).map(({ n }) => n)), 1]])
    case 'weighted':
      return drawn(items, count)
    case 'weighted-multi':
      return each(items.map(({ n, weight }) => [new Map([[`${n}`, 1]]), weight]))
    case 'grouped': {
      // One group by its sum, then multi inside it.
      const groups = groupsOf(items)
      const total = items.reduce((all, { weight }) => all + weight, 0)
      const result: Sets = new Map()
      for (const group of groups) {
        const share = group.reduce((all, { weight }) => all + weight, 0) / total
        for (const [set, chance] of each(group.map(({ n, weight }) => [new Map([[`${n}`, 1]]), weight])))
          add(result, set, chance * share)
      }
      return result
    }
    case 'grouped-multi':
      // Each group by its sum of the largest, then one inside it.
      return each(groupsOf(items).map((group) => [drawn(group, 1), group.reduce((all, { weight }) => all + weight, 0)]))
    case 'hashed':
      return new Map([[`${items[HASH % items.length]?.n}`, 1]])
    case 'weighted-hashed': {
      let point = HASH % items.reduce((all, { weight }) => all + weight, 0)
      for (const { n, weight } of items) {
        if (point < weight) return new Map([[`${n}`, 1]])
        point -= weight
      }
      throw new Error('beyond the end')
    }
    case 'consistent-hashed': {
      const points = items.flatMap(({ n, weight }) =>
        Array.from({ length: weight }, (_, i) => [burtle(new TextEncoder().encode(`${ip(n)}-${i}`)), n] as const),
      )
      points.sort(([a], [b]) => a - b)
      const [, n] = points.find(([point]) => point >= HASH) ?? (points[0] as readonly [number, number])
      return new Map([[`${n}`, 1]])
    }
    case 'nearest':
    case 'pickclosest':
      throw new Error(`${select} goes by place: test/unit/geo/policy.test.ts`)
  }
}

const add = (sets: Sets, set: string, chance: number) => sets.set(set, (sets.get(set) ?? 0) + chance)
const keyOf = (members: readonly number[]): string => [...members].sort().join()
const groupsOf = (items: readonly Item[]): Item[][] =>
  Object.values(Object.groupBy(items, ({ group }) => group)) as Item[][]

/** `count` of them, one after the other, by the weight that is left. */
function drawn(items: readonly Item[], count: number): Sets {
  const result: Sets = new Map()
  const go = (left: readonly Item[], picked: readonly number[], chance: number): void => {
    if (picked.length === count || left.length === 0) {
      add(result, keyOf(picked), chance)
      return
    }
    const total = left.reduce((all, { weight }) => all + weight, 0)
    for (const item of left)
      go(
        left.filter((other) => other !== item),
        [...picked, item.n],
        (chance * item.weight) / total,
      )
  }
  go(items, [], 1)
  return result
}

/** Each by itself, with its weight of the largest. */
function each(of: readonly (readonly [Sets, number])[]): Sets {
  const largest = Math.max(...of.map(([, weight]) => weight))
  let result: Sets = new Map([['', 1]])
  for (const [sets, weight] of of) {
    const next: Sets = new Map()
    for (const [before, p] of result) {
      if (weight < largest) add(next, before, p * (1 - weight / largest))
      for (const [set, q] of sets)
        add(
          next,
          keyOf([...before.split(','), ...set.split(',')].filter(Boolean).map(Number)),
          (p * q * weight) / largest,
        )
    }
    result = next
  }
  return result
}

// --- against the engine --------------------------------------------------------------------------------------------

const situation = fc
  .record({
    members: fc.array(
      fc.record({
        weight: fc.integer({ min: 1, max: 6 }),
        group: fc.constantFrom('a', 'b', 'c'),
        state: fc.constantFrom('up', 'up', 'up', 'down', 'down', 'unknown', 'forced up', 'forced down', 'drained'),
      }),
      { minLength: 1, maxLength: 5 },
    ),
    select: fc.constantFrom<Select>(
      ...(['random', 'all', 'first', 'weighted', 'weighted-multi', 'grouped', 'grouped-multi'] as const),
      ...(['hashed', 'weighted-hashed', 'consistent-hashed'] as const),
    ),
    count: fc.constantFrom(undefined, 1, 2, 3),
    minLive: fc.constantFrom(undefined, 0.2, 0.5, 1),
    lost: fc.constantFrom(undefined, 'next' as const),
    whenDown: fc.constantFrom('all' as const, 'nodata' as const, 'servfail' as const),
    ignoreHealth: fc.constantFrom(undefined, undefined, true as const),
  })
  .map(({ members, select, count, lost, ...rest }) => {
    const counted = ['random', 'first', 'weighted'].includes(select)
    const shares = ['random', 'weighted', 'weighted-multi', 'grouped', 'grouped-multi', 'weighted-hashed'].includes(
      select,
    )
    const rules: Rules = {
      select,
      ...rest,
      ...(counted && count && { count }),
      ...(shares && lost && { lost }),
    } as Rules
    const hasWeight = WEIGHTED.includes(select) || select === 'consistent-hashed'
    const items = members.map(
      ({ weight, group, state }, i): Item => ({
        n: i + 1,
        weight: hasWeight ? weight : 1,
        group,
        up: ['up', 'unknown', 'forced up'].includes(state),
        drained: state === 'drained',
      }),
    )
    const expression = {
      ...{ kind: 'pool', check: 'web', ...rules },
      members: members.map(({ weight, group }, i) => ({
        answer: ip(i + 1),
        ...(hasWeight && { weight }),
        ...(select.startsWith('grouped') && { group }),
      })),
    } as Expression
    const said: Record<number, Said> = {}
    const overrides: Partial<Override>[] = []
    members.forEach(({ state }, i) => {
      const n = i + 1
      said[n] = state === 'down' || state === 'forced up' ? 'down' : state === 'unknown' ? 'unknown' : 'up'
      const force = state.startsWith('forced ') ? state.slice(7) : state === 'drained' ? state : undefined
      if (force) overrides.push({ target: `${ip(n)}:80`, force: force as Override['force'] })
    })
    return { items, rules, expression, health: healthOf({ web: said }, overrides) }
  })

const asked = (health: Health) => ({ client: CLIENT, health, name: '\0' })

describe('pools, against their rules written down anew', () => {
  test('the chance of each member, of nothing and of SERVFAIL', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(situation, ({ items, rules, expression, health }) => {
        const sets = model(items, rules)
        const exact = probabilities(pool(expression), asked(health))
        for (const { n } of items) {
          const chance = [...sets].reduce((sum, [set, p]) => (set.split(',').includes(`${n}`) ? sum + p : sum), 0)
          expect([n, exact.records.get(ip(n))?.valueOf() ?? 0]).toEqual([n, expect.closeTo(chance, 9)])
        }
        expect(exact.failure?.valueOf()).toBeCloseTo(sets.get('SERVFAIL') ?? 0, 9)
        expect(exact.empty?.valueOf()).toBeCloseTo(sets.get('') ?? 0, 9)
        seen.add(`${rules.select} ${rules.lost ?? ''} ${sets.size > 1}`)
      }),
      { numRuns: runCount(800), seed: 51 },
    )
    // Each kind came up, with chance and without.
    expect(seen.size).toBeGreaterThanOrEqual(Math.min(20, runCount(800) / 15))
  })
  test('what is drawn together: evaluate gives each set as often as it should', () => {
    const runs = 1500
    fc.assert(
      fc.property(situation, fc.nat(), ({ items, rules, expression, health }, seed) => {
        const sets = model(items, rules)
        const policy = pool(expression)
        const random = seeded(seed)
        const counts: Sets = new Map()
        for (let i = 0; i < runs; i++) {
          const decision = evaluate(policy, { ...asked(health), random, work: new Work() })
          const set = decision.failure
            ? 'SERVFAIL'
            : keyOf(decision.rdatas.map(({ text }) => Number(text.split('.')[3])))
          add(counts, set, 1)
          if (sets.size === 1) break
        }
        expect([...counts.keys()].filter((set) => !sets.has(set))).toEqual([])
        if (sets.size === 1) return
        for (const [set, chance] of sets) {
          const deviation = Math.sqrt(runs * chance * (1 - chance))
          expect(Math.abs((counts.get(set) ?? 0) - runs * chance)).toBeLessThanOrEqual(5 * deviation + 1e-9)
        }
      }),
      { numRuns: runCount(60, 400), seed: 53 },
    )
  })
})

// --- nested expressions: for whom an answer holds -----------------------------------------------------------------

const networks = fc.constantFrom(
  '0.0.0.0/1',
  '10.0.0.0/8',
  '10.128.0.0/9',
  '10.1.0.0/16',
  '10.1.2.0/24',
  '10.1.2.64/26',
  '192.0.0.0/3',
)
const number = fc.integer({ min: 1, max: 8 })

const { expression } = fc.letrec<{ expression: Expression }>((tie) => {
  const member = fc.oneof(
    tie('expression'),
    fc.record({ answer: number.map(ip), check: fc.constant('web') }),
    fc.record({
      answer: tie('expression'),
      check: fc.constant('web'),
      target: number.map(ip),
      datacenter: fc.constantFrom('fra', 'ams'),
    }),
  )
  const whenDown = fc.oneof(
    fc.constantFrom(undefined, 'all' as const, 'nodata' as const),
    fc.record({ answer: tie('expression') }),
  )
  return {
    expression: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'pools' },
      number.map(ip),
      fc.record({
        kind: fc.constant('view' as const),
        rules: fc.array(
          fc.record({ networks: fc.array(networks, { minLength: 1, maxLength: 2 }), answer: tie('expression') }),
          { minLength: 1, maxLength: 2 },
        ),
        otherwise: fc.option(tie('expression'), { nil: undefined }),
      }),
      fc.record({
        kind: fc.constant('pool' as const),
        members: fc.array(member, { minLength: 1, maxLength: 3 }),
        select: fc.constantFrom<Select>('random', 'all', 'first', 'hashed'),
        ignoreHealth: fc.constantFrom(undefined, undefined, true),
        whenDown,
      }),
      fc.record({
        kind: fc.constant('failover' as const),
        pools: fc.array(member, { minLength: 1, maxLength: 3 }),
        whenDown,
      }),
      fc.record({
        kind: fc.constant('random' as const),
        of: fc.array(tie('expression'), { minLength: 1, maxLength: 2 }),
      }),
      fc.record({
        kind: fc.constant('hashed' as const),
        of: fc.array(tie('expression'), { minLength: 1, maxLength: 2 }),
      }),
    ) as fc.Arbitrary<Expression>,
  }
})

const someHealth = fc
  .record({
    states: fc.array(fc.constantFrom<Said>('up', 'down', 'unknown'), { minLength: 8, maxLength: 8 }),
    overrides: fc.array(
      fc.oneof(
        fc.record({
          target: number.map((n) => `${ip(n)}:80`),
          force: fc.constantFrom<Override['force']>('up', 'down', 'drained'),
        }),
        fc.record({
          datacenter: fc.constantFrom('fra', 'ams'),
          force: fc.constantFrom<Override['force']>('up', 'down', 'drained'),
        }),
        fc.record({
          pool: fc.constantFrom('*', '*/1', '*/whenDown'),
          force: fc.constantFrom<Override['force']>('up', 'down', 'drained'),
        }),
      ),
      { maxLength: 2 },
    ),
  })
  .map(({ states, overrides }) =>
    healthOf({ web: Object.fromEntries(states.map((state, i) => [i + 1, state])) }, overrides),
  )

const clientText = fc.oneof(
  fc.constantFrom('10.1.2.3', '10.1.2.65', '10.200.0.1', '192.0.2.1', '128.0.0.1'),
  fc
    .tuple(fc.constantFrom(10, 10, 192), fc.constantFrom(1, 1, 200), fc.constantFrom(2, 2, 9), fc.nat({ max: 255 }))
    .map((octets) => octets.join('.')),
)

/** Evaluates as an engine does: an answer that the client's own address had a say in is for it alone. */
function asking(expression: Expression, client: string, health: Health, seed: number) {
  let asked = false
  const { scope, rdatas, failure } = evaluate(pool(expression), {
    health,
    work: new Work(),
    random: seeded(seed),
    name: '\0',
    get client() {
      asked = true
      return address(client)
    },
  })
  return { scope, asked, drawn: failure ? 'failure' : rdatas.map(({ text }) => text).join() }
}

/** True if chance chooses among branches with scopes of their own, outside of any pool. */
const choosesScope = (each: Expression): boolean => JSON.stringify(each).includes('"random","of"')

describe('for whom an answer holds', () => {
  test('health has no say in it: neither in the scope, nor in whether the client was asked for', () => {
    fc.assert(
      fc.property(
        expression,
        clientText,
        fc.array(someHealth, { minLength: 2, maxLength: 4 }),
        fc.nat(),
        (each, client, healths, seed) => {
          fc.pre(!choosesScope(each))
          const found = healths.map((health) => asking(each, client, health, seed))
          expect(new Set(found.map(({ scope, asked }) => `${scope} ${asked}`)).size).toBe(1)
        },
      ),
      { numRuns: runCount(400), seed: 61 },
    )
  })
  test('clients that share the bits of the scope are answered alike, whatever health is', () => {
    let narrow = 0
    fc.assert(
      fc.property(
        expression,
        clientText,
        fc.nat(),
        fc.array(someHealth, { minLength: 1, maxLength: 3 }),
        fc.nat(),
        (each, client, bits, healths, seed) => {
          const health = healths[0] as Health
          const { scope } = asking(each, client, health, seed)
          const neighbour = sharing(client, scope, bits)
          if (scope > 0 && scope < 32 && neighbour !== client) narrow++
          for (const one of choosesScope(each) ? [health] : healths) {
            expect(asking(each, neighbour, one, seed)).toEqual(asking(each, client, one, seed))
            if (choosesScope(each)) continue
            const chances = (who: string) => {
              const { records, failure, empty, refused } = probabilities(pool(each), {
                client: address(who),
                health: one,
                name: '\0',
              })
              return [
                [...records].map(([text, chance]) => `${text} ${chance?.toFraction()}`).sort(),
                `${failure}`,
                `${empty}`,
                `${refused}`,
              ]
            }
            expect(chances(neighbour)).toEqual(chances(client))
          }
        },
      ),
      { numRuns: runCount(400), seed: 67 },
    )
    expect(narrow).toBeGreaterThan(runCount(400) / 10)
  })
  test.each<[string, Expression, string, number]>([
    ['a pool of addresses', { kind: 'pool', check: 'web', members: [ip(1), ip(2)] }, '10.1.2.3', 0],
    ['a hash, though one is left', { kind: 'pool', check: 'web', select: 'hashed', members: [ip(1)] }, '10.1.2.3', 32],
    [
      'a view behind what is up',
      { kind: 'failover', pools: [ip(1), { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: ip(2) }] }] },
      '10.1.2.3',
      8,
    ],
    [
      'a view that stands in for all',
      {
        kind: 'pool',
        check: 'web',
        members: [ip(1)],
        whenDown: { answer: { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: ip(2) }] } },
      },
      '11.1.2.3',
      8,
    ],
    [
      'two views: the longer',
      {
        kind: 'failover',
        pools: [
          { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: ip(2) }] },
          { kind: 'view', rules: [{ networks: ['10.1.0.0/16'], answer: ip(2) }] },
        ],
      },
      '10.1.2.3',
      16,
    ],
    [
      'views that lead to pools that are alike',
      {
        kind: 'view',
        rules: [{ networks: ['10.0.0.0/8'], answer: { kind: 'pool', check: 'web', members: [ip(1)] } }],
        otherwise: { kind: 'pool', check: 'web', members: [ip(1)] },
      },
      '10.1.2.3',
      0,
    ],
    [
      'pools that are probed otherwise are not',
      {
        kind: 'view',
        rules: [{ networks: ['10.0.0.0/8'], answer: { kind: 'pool', check: 'web', members: [ip(1)] } }],
        otherwise: { kind: 'pool', check: 'slow', members: [ip(1)] },
      },
      '10.1.2.3',
      8,
    ],
  ])('%s: %i', (_what, each, client, scope) => {
    for (const states of ['up', 'down'] as const) {
      expect(asking(each, client, healthOf({ web: { 1: states, 2: states } }), 1).scope).toBe(scope)
    }
  })
})

/** Another client that has the first `scope` bits of this one. */
function sharing(client: string, scope: number, bits: number): string {
  const value = client.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  const mask = scope === 0 ? 0 : (0xffffffff << (32 - scope)) >>> 0
  const other = ((value & mask) | (bits & ~mask)) >>> 0
  return [24, 16, 8, 0].map((shift) => (other >>> shift) & 255).join('.')
}

test('chances and draws agree where pools are nested', () => {
  const runs = 1200
  fc.assert(
    fc.property(expression, clientText, someHealth, fc.nat(), (each, client, health, seed) => {
      const policy = pool(each)
      const input = { client: address(client), health, name: '\0' }
      const exact = probabilities(policy, input)
      const random = seeded(seed)
      const counts = new Map<string, number>()
      for (let i = 0; i < runs; i++) {
        const decision = evaluate(policy, { ...input, random, work: new Work() })
        const texts = decision.failure ? ['failure'] : decision.rdatas.map(({ text }) => text)
        for (const text of texts.length === 0 ? ['empty'] : texts) counts.set(text, (counts.get(text) ?? 0) + 1)
        // One draw may be valid for longer than the chances, which are those of all draws.
        expect(decision.validForSeconds).toBeGreaterThanOrEqual(exact.validForSeconds)
      }
      const all = new Map([...exact.records, ['failure', exact.failure] as const, ['empty', exact.empty] as const])
      expect([...counts.keys()].filter((text) => !all.has(text))).toEqual([])
      for (const [text, chance] of all) {
        const p = chance?.valueOf() ?? Number.NaN
        expect(Math.abs((counts.get(text) ?? 0) - runs * p)).toBeLessThanOrEqual(
          5 * Math.sqrt(runs * p * (1 - p)) + 1e-9,
        )
      }
    }),
    { numRuns: runCount(50, 400), seed: 71 },
  )
})

test('a view of health that knows nothing is not changed by what is asked of it', () => {
  const before = new Health([], [], 0)
  probabilities(pool({ kind: 'pool', check: 'web', members: [ip(1), ip(2)] }), asked(before))
  expect(before.until).toBe(Number.POSITIVE_INFINITY)
})
