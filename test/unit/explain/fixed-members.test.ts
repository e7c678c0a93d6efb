import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Rdata } from '../../../src/dns/index.ts'
import { probabilities } from '../../../src/explain/index.ts'
import { NO_HEALTH } from '../../../src/health/index.ts'
import type { Policy, Values } from '../../../src/policy/index.ts'
import { runCount } from '../../effort.ts'
import { address } from '../support.ts'

const asked = { client: address('192.0.2.77'), health: NO_HEALTH, name: '\0' }

const rdata = (number: number): Rdata => ({ text: String(number), bytes: new Uint8Array([number]), names: [] })
const values = (numbers: readonly number[]): Values => ({ kind: 'values', rdatas: numbers.map(rdata) })

/**
 * Gives what a policy gives. Nobody can see that its records are fixed: their chances are computed in the general way.
 */
const hidden = (policy: Policy): Policy => ({ kind: 'random', members: [policy], count: 1 })

const told = (policy: Policy) => {
  const { records, rdatas, failure, refused, empty } = probabilities(policy, asked)
  const text = (chance: { toFraction(): string } | null) => chance?.toFraction() ?? null
  return {
    records: Object.fromEntries([...records].map(([name, chance]) => [name, text(chance)])),
    rdatas: [...rdatas.keys()].sort(),
    others: [failure, refused, empty].map(text),
  }
}

/** Lists of records, which may be empty, or share records. */
const lists = fc.array(fc.array(fc.nat({ max: 5 }), { maxLength: 3 }), { minLength: 1, maxLength: 6 })

test('a draw at random of fixed records has the chances of the general way', () => {
  fc.assert(
    fc.property(lists, fc.integer({ min: 1, max: 7 }), (numbers, count) => {
      const members = numbers.map(values)
      expect(told({ kind: 'random', members, count })).toEqual(
        told({ kind: 'random', members: members.map(hidden), count }),
      )
    }),
    { numRuns: runCount(300) },
  )
})

test('a draw by weight of fixed records has the chances of the general way', () => {
  const weight = fc.integer({ min: 0, max: 9 })
  fc.assert(
    fc.property(lists, fc.array(weight, { minLength: 6, maxLength: 6 }), fc.boolean(), (numbers, all, isExact) => {
      const weights = all.slice(0, numbers.length)
      const total = weights.reduce((sum, part) => sum + part, 0)
      fc.pre(total > 0)
      const exact = isExact ? { exact: weights.map((part) => BigInt(part) ** 20n) } : {}
      const drawn = (members: readonly Policy[]): Policy => ({
        ...{ kind: 'weighted', members, weights, total, count: 1 },
        ...exact,
      })
      const members = numbers.map(values)
      expect(told(drawn(members))).toEqual(told(drawn(members.map(hidden))))
    }),
    { numRuns: runCount(300) },
  )
})

test('each record of a large draw is looked at once', () => {
  let reads = 0
  const counted = (number: number): Rdata => ({
    ...{ bytes: new Uint8Array(4), names: [] },
    get text() {
      reads++
      return String(number)
    },
  })
  const members = Array.from({ length: 5000 }, (_, i): Values => ({ kind: 'values', rdatas: [counted(i)] }))
  const { records } = probabilities({ kind: 'random', members, count: 1 }, asked)
  expect([records.size, records.get('4999')?.toFraction()]).toEqual([5000, '1/5000'])
  expect(reads).toBeLessThan(10 * members.length)
})
