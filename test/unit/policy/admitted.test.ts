import fc from 'fast-check'
import Fraction from 'fraction.js'
import { describe, expect, test } from 'vitest'
import { probabilities } from '../../../src/explain/index.ts'
import { MAX_EXACT_ADMISSION_WORK } from '../../../src/limits.ts'
import { burtle } from '../../../src/policy/hash.ts'
import { type Expression, evaluate, overClients, type Policy, Work } from '../../../src/policy/index.ts'
import { type Admitted, weightsOverClients } from '../../../src/policy/pacing/admission-weights.ts'
import { admitted } from '../../../src/policy/pacing/admitted.ts'
import { ringAmong } from '../../../src/policy/ring.ts'
import { type Candidate, select } from '../../../src/policy/select.ts'
import type { OfKind } from '../../../src/policy/types.ts'
import { runCount } from '../../effort.ts'
import { address, seeded } from '../support.ts'
import { healthOf, ip, pool, type Said } from './pool-support.ts'

type Pool = OfKind<Policy, 'pool'>

const UNITS = 1000

/** Returns the chance of each member: the sum over all sets of members that can be in. */
function enumerated(of: Pool, candidates: readonly Candidate[]): Fraction[] {
  const sums = candidates.map(() => new Fraction(0))
  const input = { client: address('192.0.2.1'), health: healthOf({}), name: '\0' }
  for (let set = 0; set < 2 ** candidates.length; set++) {
    let chance = new Fraction(1)
    for (const [i, { keep }] of candidates.entries()) {
      const share = keep < 1 ? Math.max(1, Math.round(keep * UNITS)) : UNITS
      chance = chance.mul(set & (1 << i) ? share : UNITS - share).div(UNITS)
    }
    if (chance.equals(0)) continue
    const left = candidates.filter((_, i) => set === 0 || set & (1 << i)).map((one) => ({ ...one, keep: 1 }))
    const { records } = probabilities(select(of, left), input, 'all', overClients)
    for (const [i, { policy }] of candidates.entries()) {
      const text = policy.kind === 'values' ? (policy.rdatas[0]?.text as string) : ''
      sums[i] = (sums[i] as Fraction).add(chance.mul(records.get(text) ?? 0))
    }
  }
  return sums
}

const SELECTS = ['hashed', 'weighted-hashed', 'consistent-hashed'] as const

const poolOf = (select: string, weights: readonly number[]): Pool => {
  const members = weights.map((weight, i) => ({
    ...{ answer: ip(i + 1), check: 'web' },
    ...(select !== 'hashed' && { weight: Math.max(1, weight) }),
  }))
  return pool({ kind: 'pool', select, members } as unknown as Expression) as Pool
}

const someCandidates = fc.array(
  fc.record({
    weight: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 12 }), fc.constantFrom(30, 60)),
    keep: fc.oneof(
      fc.constant(1),
      fc.double({ min: 0.0001, max: 0.9999, noNaN: true }),
      fc.constantFrom(0.1, 0.5, 0.9999),
    ),
    isLeft: fc.constantFrom(true, true, true, false),
  }),
  { minLength: 2, maxLength: 7 },
)

const candidatesOf = (of: Pool, some: readonly { weight: number; keep: number; isLeft: boolean }[]): Candidate[] =>
  some.flatMap(({ weight, keep, isLeft }, index) =>
    isLeft || index < 2
      ? [{ index, policy: of.members[index] as Policy, weight, keep, group: undefined, key: '', rank: 0 }]
      : [],
  )

describe.each(SELECTS)('members that come back by a hash: %s', (by) => {
  test('the chances over clients are those of all sets of members', () => {
    let coming = 0
    fc.assert(
      fc.property(someCandidates, (some) => {
        const of = poolOf(
          by,
          some.map(({ weight }) => weight),
        )
        const candidates = candidatesOf(of, some)
        const input = { client: address('192.0.2.1'), health: healthOf({}), name: '\0' }
        const { records } = probabilities(admitted(of, candidates), input, 'all', overClients)
        const expected = enumerated(of, candidates)
        for (const [i, { index }] of candidates.entries()) {
          expect(records.get(ip(index + 1))?.toFraction() ?? '0').toBe(expected[i]?.toFraction())
        }
        coming += candidates.filter(({ keep }) => keep < 1).length
      }),
      { numRuns: runCount(300) },
    )
    expect(coming).toBeGreaterThan(100)
  })

  test('each client goes where the choice among the members that it has in leads', () => {
    fc.assert(
      fc.property(someCandidates, fc.integer({ min: 0, max: 2 ** 24 - 1 }), (some, n) => {
        const of = poolOf(
          by,
          some.map(({ weight }) => weight),
        )
        const candidates = candidatesOf(of, some)
        const client = address(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)
        const input = { client, health: healthOf({}), name: '\0' }
        const decided = (policy: Policy) => evaluate(policy, { ...input, random: seeded(1), work: new Work() })
        const left = candidates.filter(({ keep, index }) => {
          const text = new TextEncoder().encode(`${of.name} ${index}`)
          const share = Math.max(1, Math.round(keep * UNITS))
          return keep >= 1 || burtle(Uint8Array.from([...client.bytes, ...text])) % UNITS < share
        })
        const among = (left.length > 0 ? left : candidates).map((one) => ({ ...one, keep: 1 }))
        const found = decided(admitted(of, candidates))
        expect(found.rdatas).toEqual(decided(select(of, among)).rdatas)
        expect(found.scope).toBe(32)
      }),
      { numRuns: runCount(200) },
    )
  })
})

test('40 members that come back are no more than a few hundred sums', () => {
  const members = Array.from({ length: 40 }, (_, i): Admitted => ({ weight: 3, share: 100 + i * 20 }))
  const chances = weightsOverClients(members, true)
  const total = (chances as bigint[]).reduce((sum, one) => sum + one, 0n)
  const parts = (chances as bigint[]).map((one) => new Fraction(one, total).valueOf())
  // A larger share has a larger chance, and all are one.
  expect(parts).toEqual([...parts].sort((a, b) => a - b))
  expect(parts.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 12)
  const points = new Uint32Array(4000).map((_, i) => Math.floor(((i + 1) / 4001) * 2 ** 32))
  const owners = points.map((_, i) => (i * 7919) % 40)
  const onRing = weightsOverClients(members, { points, owners }) as bigint[]
  expect(onRing.reduce((sum, one) => sum + one, 0n)).toBe(2n ** 32n * 1000n ** 40n)
})

test('chances of members with too many different sums of weights are unknown, and not approximated', () => {
  const weights = Array.from({ length: 40 }, (_, i): Admitted => ({ weight: 2 ** i + 1, share: 500 }))
  expect(weightsOverClients(weights, true)).toBeNull()
  expect(weightsOverClients(weights.slice(0, 8), true)).not.toBeNull()
  const points = new Uint32Array(MAX_EXACT_ADMISSION_WORK / 20).map((_, i) => i * 16)
  const owners = points.map((_, i) => i % 40)
  expect(weightsOverClients(weights, { points, owners })).toBeNull()
})

test('40 members that come back: a plan or a rehearsal sums up, and a query hashes each once', () => {
  const said = Object.fromEntries(
    Array.from({ length: 40 }, (_, i): [number, Said] => [
      i + 1,
      { state: 'up', since: 1_000_000 - 10 - i, changes: 2 },
    ]),
  )
  for (const by of SELECTS) {
    const members = Array.from({ length: 40 }, (_, i) => ip(i + 1))
    const policy = pool({ kind: 'pool', select: by, check: 'web', rampUp: 600, members } as unknown as Expression)
    const input = { client: address('192.0.2.1'), health: healthOf({ web: said }), name: '\0' }
    const { records } = probabilities(policy, input, 'all', overClients)
    const sum = [...records.values()].reduce<Fraction>((all, chance) => all.add(chance ?? 0), new Fraction(0))
    expect([records.size, sum.toFraction()]).toEqual([40, '1'])
    const work = new Work()
    evaluate(policy, { ...input, random: seeded(1), work })
    expect(new Work().steps - work.steps).toBeLessThan(300)
  }
})

test('the point of a ring that a client comes to is that of the ring among the members that it has in', () => {
  const of = poolOf('consistent-hashed', [5, 5, 5, 5])
  const candidates = candidatesOf(
    of,
    [0.5, 0.5, 0.5, 1].map((keep) => ({ weight: 5, keep, isLeft: true })),
  )
  const policy = admitted(of, candidates)
  if (policy.kind !== 'by-client') throw new Error(policy.kind)
  for (let i = 0; i < 500; i++) {
    const input = { client: address(`10.0.${i >> 8}.${i & 255}`), name: '\0' }
    const { member } = policy.choose(input)
    if (member.kind !== 'consistent-hashed') continue
    const left = (member.among ?? []).map((index) => candidates[index] as Candidate)
    const whole = select(of, left)
    if (whole.kind !== 'consistent-hashed') throw new Error(whole.kind)
    const ring = ringAmong(of.ring as NonNullable<Pool['ring']>, member.among ?? [])
    expect([...whole.points]).toEqual([...ring.points])
    const steps = [member, whole].map((one) => {
      const trace: unknown[] = []
      evaluate(one, { ...input, health: healthOf({}), random: seeded(1), work: new Work() }, trace as never)
      return trace
    })
    expect(steps[0]).toEqual(steps[1])
  }
})
