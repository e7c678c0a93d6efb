import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { probabilities } from '../../../src/explain/index.ts'
import { NO_HEALTH } from '../../../src/health/index.ts'
import { burtle } from '../../../src/policy/hash.ts'
import { type Expression, type Policy, type Rng, shuffled } from '../../../src/policy/index.ts'
import { runCount } from '../../effort.ts'
import { address, seeded } from '../support.ts'
import { decide, policyOf, texts } from './support.ts'

const CLIENT = '192.0.2.77'
const ip = (i: number): string => `192.0.2.${i + 1}`
const asked = { client: address(CLIENT), health: NO_HEALTH, name: '\0' }

/** Counts the answers that have each text. */
function count(policy: Policy, runs: number, seed: number): Map<string, number> {
  const random = seeded(seed)
  const counts = new Map<string, number>()
  for (let i = 0; i < runs; i++) {
    for (const text of texts(decide(policy, CLIENT, random))) counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return counts
}

/** Five standard deviations: a right one fails once in a million seeds, and the seeds are fixed. */
function expectFrequency(found: number, runs: number, chance: number): void {
  const deviation = Math.sqrt(runs * chance * (1 - chance))
  expect(Math.abs(found - runs * chance)).toBeLessThanOrEqual(5 * deviation + 1e-9)
}

const weighted = (weights: readonly number[], more: object = {}): Policy =>
  policyOf({ kind: 'weighted', members: weights.map((weight, i) => ({ weight, answer: ip(i) })), ...more })

describe('one by weight', () => {
  test.each([[[1, 2]], [[1, 100]], [[1, 1, 1, 1]], [[5, 1, 4]], [[4_294_967_295, 4_294_967_295, 1]], [[15, 42]]])(
    '%j',
    (weights) => {
      const runs = 20_000
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      const counts = count(weighted(weights), runs, 17)
      weights.forEach((weight, i) => {
        expectFrequency(counts.get(ip(i)) ?? 0, runs, weight / total)
      })
      expect([...counts.values()].reduce((sum, n) => sum + n, 0)).toBe(runs)
      const exact = probabilities(weighted(weights), asked).records
      expect(weights.map((_, i) => exact.get(ip(i))?.toFraction())).toEqual(
        weights.map((weight) => reduced(weight, total)),
      )
    },
  )
  test('the borders of the draw: [0, w1) is the first, [w1, w1 + w2) the second', () => {
    const policy = weighted([1, 2])
    const at = (value: number): string[] => texts(decide(policy, CLIENT, () => value))
    expect(at(0)).toEqual([ip(0)])
    expect(at(1 / 3 - 1e-12)).toEqual([ip(0)])
    expect(at(1 / 3 + 1e-12)).toEqual([ip(1)])
    expect(at(1 - Number.EPSILON)).toEqual([ip(1)])
  })
  function reduced(weight: number, total: number): string {
    const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))
    const by = divisor(weight, total)
    return total === by ? `${weight / by}` : `${weight / by}/${total / by}`
  }
})

describe('samples', () => {
  const drawn = fc.record({
    weights: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 7 }),
    count: fc.integer({ min: 0, max: 9 }),
    seed: fc.nat(),
  })
  test('by weight without replacement: as many as asked for, or all there are; none twice', () => {
    fc.assert(
      fc.property(drawn, ({ weights, count: wanted, seed }) => {
        const picked = texts(decide(weighted(weights, { count: wanted }), CLIENT, seeded(seed)))
        expect(picked).toHaveLength(Math.min(wanted, weights.length))
        expect(new Set(picked).size).toBe(picked.length)
      }),
      { numRuns: runCount(300), seed: 5 },
    )
  })
  test('uniform: as many as asked for, or all there are; none twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 12 }), fc.nat(), (length, wanted, seed) => {
        const policy = policyOf({ kind: 'random', of: Array.from({ length }, (_, i) => ip(i)), count: wanted })
        const picked = texts(decide(policy, CLIENT, seeded(seed)))
        expect(picked).toHaveLength(Math.min(wanted, length))
        expect(new Set(picked).size).toBe(picked.length)
      }),
      { numRuns: runCount(300), seed: 6 },
    )
  })
  test.each([1, 2, 3, 4])('uniform, %i of 5: every ordered sample is as likely', (wanted) => {
    const policy = policyOf({ kind: 'random', of: [0, 1, 2, 3, 4].map(ip), count: wanted })
    const random = seeded(23)
    const runs = 24_000
    const counts = new Map<string, number>()
    for (let i = 0; i < runs; i++) {
      const sample = texts(decide(policy, CLIENT, random)).join()
      counts.set(sample, (counts.get(sample) ?? 0) + 1)
    }
    const samples = [1, 5, 20, 60, 120][wanted] as number
    expect(counts.size).toBe(samples)
    for (const n of counts.values()) expectFrequency(n, runs, 1 / samples)
  })
  test('by weight, the second draw is by the weights that are left', () => {
    // 1/6·(2/5, 3/5), 2/6·(1/4, 3/4), 3/6·(1/3, 2/3)
    const ordered: Record<string, number> = {
      '0,1': 1 / 15,
      '0,2': 1 / 10,
      '1,0': 1 / 12,
      '1,2': 1 / 4,
      '2,0': 1 / 6,
      '2,1': 1 / 3, // biome-ignore format: a table
    }
    const policy = weighted([1, 2, 3], { count: 2 })
    const random = seeded(29)
    const runs = 24_000
    const counts: Record<string, number> = {}
    for (let i = 0; i < runs; i++) {
      const sample = texts(decide(policy, CLIENT, random))
        .map((text) => Number(text.slice(8)) - 1)
        .join()
      counts[sample] = (counts[sample] ?? 0) + 1
    }
    expect(Object.keys(counts).sort()).toEqual(Object.keys(ordered).sort())
    for (const [sample, chance] of Object.entries(ordered)) expectFrequency(counts[sample] as number, runs, chance)
    const exact = probabilities(policy, asked).records
    expect([0, 1, 2].map((i) => exact.get(ip(i))?.toFraction())).toEqual(['5/12', '11/15', '17/20'])
  })
  test('shuffling makes every order as likely, and leaves the list alone', () => {
    const random = seeded(31)
    const list = ['a', 'b', 'c', 'd']
    const runs = 24_000
    const counts = new Map<string, number>()
    for (let i = 0; i < runs; i++) {
      const order = shuffled(list, random).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(list.join('')).toBe('abcd')
    expect(counts.size).toBe(24)
    for (const n of counts.values()) expectFrequency(n, runs, 1 / 24)
  })
})

// --- nested expressions: probabilities() against an enumeration of everything that chance can do ---------------------

/** Sets of texts, sorted and joined, with their chances. */
type Distribution = Map<string, number>

function enumerate(expression: Expression): Distribution {
  if (typeof expression === 'string') return new Map([[expression, 1]])
  if (Array.isArray(expression)) return together((expression as Expression[]).map(enumerate))
  const inner = expression as Exclude<Expression, string | readonly Expression[]>
  switch (inner.kind) {
    case 'random':
      return draws(
        inner.of.map((answer) => ({ weight: 1, answer })),
        inner.count ?? 1,
      )
    case 'weighted':
      return draws(inner.members, inner.count ?? 1)
    case 'hashed':
      return enumerate(inner.of[burtle(address(CLIENT).bytes) % inner.of.length] as Expression)
    default:
      throw new Error(inner.kind)
  }
}

function together(parts: readonly Distribution[]): Distribution {
  let all: Distribution = new Map([['', 1]])
  for (const part of parts) {
    const next: Distribution = new Map()
    for (const [a, p] of all) {
      for (const [b, q] of part) {
        const union = [...new Set([...a.split(','), ...b.split(',')])]
          .filter((text) => text !== '')
          .sort()
          .join()
        next.set(union, (next.get(union) ?? 0) + p * q)
      }
    }
    all = next
  }
  return all
}

function draws(members: readonly { weight: number; answer: Expression }[], wanted: number): Distribution {
  const total = members.reduce((sum, { weight }) => sum + weight, 0)
  if (wanted === 0 || members.length === 0) return new Map([['', 1]])
  const result: Distribution = new Map()
  for (const [i, { weight, answer }] of members.entries()) {
    const rest = draws(
      members.filter((_, j) => j !== i),
      wanted - 1,
    )
    for (const [set, p] of together([enumerate(answer), rest])) {
      result.set(set, (result.get(set) ?? 0) + (p * weight) / total)
    }
  }
  return result
}

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'expression' },
    fc.nat({ max: 6 }).map(ip),
    fc.array(tie('expression'), { minLength: 1, maxLength: 3 }),
    fc.record({
      kind: fc.constant('random' as const),
      of: fc.array(tie('expression'), { minLength: 1, maxLength: 3 }),
      count: fc.constantFrom(undefined, 0, 1, 2, 3),
    }),
    fc.record({
      kind: fc.constant('weighted' as const),
      members: fc.array(fc.record({ weight: fc.integer({ min: 1, max: 5 }), answer: tie('expression') }), {
        minLength: 1,
        maxLength: 3,
      }),
      count: fc.constantFrom(undefined, 0, 1, 2, 3),
    }),
    fc.record({
      kind: fc.constant('hashed' as const),
      of: fc.array(tie('expression'), { minLength: 1, maxLength: 3 }),
    }),
  ),
}))

const inclusions = (distribution: Distribution): Map<string, number> => {
  const chances = new Map<string, number>()
  for (const [set, p] of distribution) {
    for (const text of set.split(',').filter((each) => each !== '')) chances.set(text, (chances.get(text) ?? 0) + p)
  }
  return chances
}

describe('probabilities of nested expressions', () => {
  test('equal an enumeration of everything that chance can do', () => {
    fc.assert(
      fc.property(expression, (each) => {
        const exact = probabilities(policyOf(each), asked).records
        const naive = inclusions(enumerate(each))
        expect([...exact.keys()].sort()).toEqual([...naive.keys()].sort())
        for (const [text, chance] of naive) expect(exact.get(text)?.valueOf()).toBeCloseTo(chance, 9)
      }),
      { numRuns: runCount(200), seed: 37 },
    )
  })
  test('equal what evaluate does', () => {
    const runs = 2000
    fc.assert(
      fc.property(expression, fc.nat(), (each, seed) => {
        const policy = policyOf(each)
        const counts = count(policy, runs, seed)
        const exact = probabilities(policy, asked).records
        expect([...counts.keys()].filter((text) => !exact.has(text))).toEqual([])
        for (const [text, chance] of exact)
          expectFrequency(counts.get(text) ?? 0, runs, chance?.valueOf() ?? Number.NaN)
      }),
      { numRuns: runCount(40, 400), seed: 41 },
    )
  })
  test('a choice of one of several adds up to 1', () => {
    const total = [...probabilities(weighted([3, 1, 4, 1, 5, 9, 2, 6]), asked).records.values()].reduce(
      (sum, chance) => sum + (chance?.valueOf() ?? Number.NaN),
      0,
    )
    expect(total).toBeCloseTo(1, 12)
  })
  test('a large draw without replacement is not computed but null; a large uniform one is exact', () => {
    const weights = Array.from({ length: 40 }, (_, i) => i + 1)
    expect(new Set(probabilities(weighted(weights, { count: 3 }), asked).records.values())).toEqual(new Set([null]))
    const uniform = policyOf({ kind: 'random', of: weights.map(ip), count: 3 })
    expect([...probabilities(uniform, asked).records.values()].map((chance) => chance?.toFraction())).toEqual(
      weights.map(() => '3/40'),
    )
  })
})

test('evaluate draws chance from its input alone', () => {
  const policy = weighted([1, 1, 1, 1], { count: 2 })
  const twice = (make: () => Rng) => [texts(decide(policy, CLIENT, make())), texts(decide(policy, CLIENT, make()))]
  const [a, b] = twice(() => seeded(99))
  expect(a).toEqual(b)
})
