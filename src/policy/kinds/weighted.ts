import { wholeOf } from '../../stored-value.ts'
import type { Rng } from '../random.ts'
import { stepsToSum } from '../steps.ts'
import { type Loading, loadMembers, loadWeights, type Stored } from '../storing.ts'
import type { ShiftExpression, WeightedMember } from '../weighted-members.ts'
import { atPoint, sumOf } from '../weights.ts'
import { type Among, type Draw, listOf, named, type Trace } from './kind.ts'

export interface WeightedExpression<E> {
  readonly kind: 'weighted'
  readonly members: readonly WeightedMember<E>[]
  readonly count?: number | undefined
  readonly shift?: ShiftExpression | undefined
}

/** `count` different members, drawn one after the other by weight. `total` is the sum of the weights. */
export interface Weighted<P> extends Among {
  readonly kind: 'weighted'
  readonly members: readonly P[]
  readonly weights: readonly number[]
  readonly total: number
  readonly count: number
  /**
   * Set for a choice that nobody draws: exact weights for `weights`, of one draw. Null if it takes too long to compute
   * them, so that the chances are unknown.
   */
  readonly exact?: readonly bigint[] | null
}

export type WeightedStep = {
  readonly step: 'weighted'
  readonly picked: readonly number[]
  readonly weights: readonly number[]
  readonly total: number
}

export function draw(policy: Weighted<unknown>, random: Rng, trace: Trace<WeightedStep> | undefined): Draw {
  const { among, weights, total } = policy
  const picked = pick(policy, random)
  trace?.push({
    step: 'weighted',
    picked: named(picked, among),
    weights: listOf(picked).map((i) => weights[i] as number),
    total,
  })
  return picked
}

/** Draws each member by its share of the weight that is left (PowerDNS pickwrandom is count 1). */
function pick({ weights, total, count }: Weighted<unknown>, random: Rng): Draw {
  if (count === 1) return atPoint(weights, Math.floor(random() * total))
  const left = [...weights]
  const picked: number[] = []
  let sum = total
  while (picked.length < count && picked.length < weights.length) {
    const index = atPoint(left, Math.floor(random() * sum))
    sum -= left[index] as number
    left[index] = 0
    picked.push(index)
  }
  return picked
}

/** Each draw goes through the weights. */
export const steps = ({ count, weights }: Weighted<unknown>): number =>
  1 + stepsToSum(Math.min(count, weights.length) * weights.length)

export function load<P>([, stored, numbers, count]: Stored, loading: Loading<P>): Weighted<P> {
  const members = loadMembers(stored, loading)
  const weights = loadWeights(numbers, members)
  return { kind: 'weighted', members, weights, total: sumOf(weights), count: wholeOf(count, 1, Number.MAX_VALUE) }
}
