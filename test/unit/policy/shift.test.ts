import { expect, test } from 'vitest'
import { probabilities } from '../../../src/explain/index.ts'
import { Health } from '../../../src/health/index.ts'
import { type Expression, evaluate, overClients, type Policy, Work } from '../../../src/policy/index.ts'
import { address, seeded } from '../support.ts'
import { chances, ip, pool } from './pool-support.ts'
import { compiled } from './support.ts'

const START = Date.parse('2026-12-01T20:00Z')
const END = Date.parse('2026-12-01T22:00Z')
const shift = { start: '2026-12-01T20:00Z', end: '2026-12-01T22:00Z' }
const shifting = (from: readonly number[], to: readonly number[]): Policy =>
  pool({
    kind: 'weighted',
    members: from.map((weight, i) => ({ weight, answer: ip(i + 1) })),
    shift: { to, ...shift },
  } as Expression)

/** Health at a part of the way. */
const at = (done: number): Health => new Health([], [], START + done * (END - START))
const clientOf = (i: number): string => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`
const decide = (policy: Policy, done: number, client: string, random = seeded(3)) =>
  evaluate(policy, { client: address(client), health: at(done), name: '\0', random, work: new Work() })
const answerOf = (policy: Policy, done: number, client: string, random?: () => number): number =>
  Number(decide(policy, done, client, random).rdatas[0]?.text.split('.')[3])

const COURSES: [number[], number[]][] = [
  [
    [90, 10],
    [10, 90],
  ],
  [
    [1, 0],
    [0, 1],
  ],
  [
    [5, 3, 2],
    [1, 1, 1],
  ],
  [
    [1, 1, 0, 0],
    [0, 2, 1, 1],
  ],
]

test.each(COURSES)('%j to %j: the shares go over in a line, and each client moves once at most', (from, to) => {
  const policy = shifting(from, to)
  const sum = (weights: readonly number[]): number => weights.reduce((a, b) => a + b, 0)
  const times = [0, 0.1, 0.25, 0.5, 0.75, 0.999]
  const CLIENTS = 20_000
  const answers = Array.from({ length: CLIENTS }, (_, i) =>
    times.map((done) => answerOf(policy, done, clientOf(i * 7919))),
  )
  const changes = (one: number[]): number => one.filter((n, i) => i > 0 && n !== one[i - 1]).length
  expect(Math.max(...answers.map(changes))).toBe(1)
  times.forEach((done, t) => {
    const { records } = probabilities(
      policy,
      { client: address('10.0.0.1'), health: at(done), name: '\0' },
      'all',
      overClients,
    )
    from.forEach((weight, i) => {
      const line = (1 - done) * (weight / sum(from)) + done * ((to[i] as number) / sum(to))
      const share = answers.filter((one) => one[t] === i + 1).length / CLIENTS
      expect(Math.abs(share - line)).toBeLessThan(0.01)
      expect(records.get(ip(i + 1))?.valueOf() ?? 0).toBeCloseTo(line, 9)
    })
  })
})

test('before and after it is by chance, for everybody alike', () => {
  const policy = shifting([90, 10], [10, 90])
  expect([-0.1, 1, 2].map((done) => chances(policy, at(done)))).toEqual([
    '1 9/10, 2 1/10',
    '1 1/10, 2 9/10',
    '1 1/10, 2 9/10',
  ])
  expect([-0.1, 0, 0.5, 0.999, 1].map((done) => decide(policy, done, '192.0.2.1').scope)).toEqual([0, 32, 32, 32, 0])
  expect(decide(policy, 0.5, '2001:db8::1').scope).toBe(128)
  const random = seeded(5)
  const drawn = Array.from({ length: 20_000 }, () => answerOf(policy, -1, '192.0.2.1', random))
  expect(Math.abs(drawn.filter((n) => n === 1).length / 20_000 - 0.9)).toBeLessThan(0.01)
})

test('while it shifts a client has one answer', () => {
  const policy = shifting([90, 10], [10, 90])
  const random = seeded(1)
  const answers = new Set(Array.from({ length: 100 }, () => answerOf(policy, 0.3, '192.0.2.1', random)))
  expect(answers.size).toBe(1)
  expect(chances(policy, at(0.3), '192.0.2.1')).toBe(`${[...answers][0]} 1`)
})

test('a TTL ends when it begins, and in steps while it lasts', () => {
  const policy = shifting([90, 10], [10, 90])
  expect([-0.5, 0, 0.5, 0.95, 1].map((done) => decide(policy, done, '192.0.2.1').validForSeconds)).toEqual([
    ...[3600, 720, 720, 360, Number.POSITIVE_INFINITY],
  ])
})

test('inside of a pool and of a view the scope is whole while it shifts', () => {
  const inner = {
    kind: 'weighted',
    members: [
      { weight: 1, answer: ip(1) },
      { weight: 0, answer: ip(2) },
    ],
    shift: { to: [0, 1], ...shift },
  }
  const policy = pool({
    kind: 'failover',
    check: 'web',
    pools: [{ answer: inner, target: ip(1) }, ip(3)],
  } as Expression)
  expect([-1, 0.5, 1].map((done) => decide(policy, done, '192.0.2.1').scope)).toEqual([0, 32, 0])
})

test.each<[object, string, string]>([
  [{ to: [1] }, 'shift.to', 'there are 1 weights for 2 members; expected one for each'],
  [{ to: [0, 0] }, 'shift.to', 'all weights are 0 at the end; expected one above 0'],
  [{ end: shift.start }, 'shift.end', 'the shift ends before it begins'],
])('%j is refused', (more, path, message) => {
  const members = [1, 2].map((weight, i) => ({ weight, answer: ip(i + 1) }))
  const { issues } = compiled({ kind: 'weighted', members, shift: { to: [1, 2], ...shift, ...more } } as Expression)
  expect(issues).toMatchObject([{ path: ['answer', ...path.split('.')], message: expect.stringContaining(message) }])
})

test('weights of 0 are for a shift', () => {
  const members = [
    { weight: 0, answer: ip(1) },
    { weight: 0, answer: ip(2) },
  ]
  const messages = (more: object) =>
    compiled({ kind: 'weighted', members, ...more } as Expression).issues.map(({ message }) => message)
  expect(messages({})).toEqual(
    Array(2).fill('a weight of 0 is never drawn; expected 1 or more, or a "shift" to another weight'),
  )
  expect(messages({ shift: { to: [1, 2], ...shift } })).toEqual([
    'all weights are 0 before the shift; expected one above 0',
  ])
  expect(messages({ count: 2, shift: { to: [1, 2], ...shift } })).toEqual([
    'weights shift in choices of one member; expected no "count"',
  ])
})
