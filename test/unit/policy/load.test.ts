import { expect, test } from 'vitest'
import type { Expression, Policy } from '../../../src/policy/index.ts'
import { chances, healthOf, ip, pool } from './pool-support.ts'

const loads = (...all: readonly (number | undefined)[]) =>
  healthOf({
    load: Object.fromEntries(
      all.map((load, i) => [i + 1, { state: 'up' as const, at: 999_990, ...(load !== undefined && { load }) }]),
    ),
  })
const LIMITS = { target: 70, capacity: 100 }
const failover = (n: number): Policy =>
  pool({
    kind: 'failover',
    check: 'load',
    load: LIMITS,
    pools: Array.from({ length: n }, (_, i) => ip(i + 1)),
  } as Expression)
const members = (select: string, n: number): Policy =>
  pool({
    kind: 'pool',
    select,
    check: 'load',
    load: LIMITS,
    members: Array.from({ length: n }, (_, i) => ip(i + 1)),
  } as Expression)

test('a', () => {
  expect(chances(members('random', 3), loads(140, 40, 60))).toBe('1 1/6, 2 8/15, 3 3/10')
})
test('f', () => {
  console.log(chances(failover(3), loads(140, 10, 60)))
})
