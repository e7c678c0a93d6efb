import type Fraction from 'fraction.js'
import type * as v from 'valibot'
import { MAX_EXACT_SAMPLE_MEMBERS } from '../../limits.ts'
import { wholeOf } from '../../stored-value.ts'
import type { Builders } from '../builders.ts'
import type { Avoidance, Chance, Exact } from '../chance.ts'
import type { Compiling, Kinds } from '../context.ts'
import type { Path } from '../issues.ts'
import type { Rng } from '../random.ts'
import { stepsToSum } from '../steps.ts'
import { type Loading, loadMembers, loadWeights, type Stored, type Storing } from '../storing.ts'
import { compileWeighted, type WeightedMember } from '../weighted-members.ts'
import { atPoint, sumOf } from '../weights.ts'
import { type Among, type Draw, listOf, named, type Trace } from './kind.ts'
import { NODATA, type Values } from './values.ts'

export { insideWeighted as inside } from '../weighted-members.ts'

export interface WeightedExpression<E> {
  readonly kind: 'weighted'
  readonly members: readonly WeightedMember<E>[]
  readonly count?: number | undefined
}

/** `count` different members, drawn one after the other by weight. `total` is the sum of the weights. */
export interface Weighted<P> extends Among {
  readonly kind: 'weighted'
  readonly members: readonly P[]
  readonly weights: readonly number[]
  readonly total: number
  readonly count: number
}

export type WeightedStep = {
  readonly step: 'weighted'
  readonly picked: readonly number[]
  readonly weights: readonly number[]
  readonly total: number
}

export const schema = <E>({ v, object, weightedSchema, countSchema }: Builders, answer: v.GenericSchema<E>) =>
  object({ kind: v.literal('weighted'), members: weightedSchema(answer, {}), count: v.optional(countSchema) })

export function compile<E, P>(
  expression: WeightedExpression<E>,
  path: Path,
  context: Compiling<E, P>,
  kinds: Kinds<E, P>,
): P | Values | Weighted<P> {
  const { members, weights, total } = compileWeighted(expression.members, path, context, kinds)
  const { count = 1 } = expression
  if (count === 0) return NODATA
  return members.length === 1 ? (members[0] as P) : { kind: 'weighted', members, weights, total, count }
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

export const maxMembers = ({ count }: Weighted<unknown>): number => count

export const identity = ({ weights, count }: Weighted<unknown>): unknown => [weights, count]

export function avoidance(policy: Weighted<unknown>, exact: Exact): Avoidance {
  const { members, count } = policy
  if (count >= members.length) return (chances) => chances.reduce(exact.times, exact.always)
  if (count === 1) return (chances) => ofOneDraw(chances, policy, exact)
  if (members.length > MAX_EXACT_SAMPLE_MEMBERS) return () => null
  let sets: readonly DrawnSet[] | undefined
  return (chances) => {
    sets ??= drawnSets(policy, exact)
    return sets.reduce<Chance>((sum, { drawn, chance }) => {
      const all = drawn.reduce<Chance>((product, member) => exact.times(product, chances[member] as Chance), chance)
      return sum === null || all === null ? null : sum.add(all)
    }, exact.never)
  }
}

function ofOneDraw(chances: readonly Chance[], { weights, total }: Weighted<unknown>, { never }: Exact): Chance {
  let sum = never
  for (const [i, chance] of chances.entries()) {
    if (chance === null) return null
    if (!chance.equals(never)) sum = sum.add(chance.mul(weights[i] as number))
  }
  return sum.div(total)
}

/** The indices of the members of a set, and the chance of the set. */
type DrawnSet = { readonly drawn: readonly number[]; readonly chance: Fraction }

/** Returns every set of `count` members with the chance that draws by weight, without replacement, come to it. */
function drawnSets({ weights, total, count }: Weighted<unknown>, { never, always }: Exact): DrawnSet[] {
  let states = new Map<number, Fraction>([[0, always]])
  for (let round = 0; round < count; round++) {
    const next = new Map<number, Fraction>()
    for (const [drawn, chance] of states) {
      const left = weights.reduce((sum, weight, i) => (drawn & (1 << i) ? sum - weight : sum), total)
      weights.forEach((weight, i) => {
        if (drawn & (1 << i)) return
        const set = drawn | (1 << i)
        next.set(set, (next.get(set) ?? never).add(chance.mul(weight).div(left)))
      })
    }
    states = next
  }
  return [...states].map(([set, chance]) => ({
    drawn: weights.flatMap((_, i) => (set & (1 << i) ? [i] : [])),
    chance,
  }))
}

export const text = ({ picked, weights, total }: WeightedStep): string =>
  `drew ${picked.map((member, i) => `member ${member + 1} (weight ${weights[i]})`).join(', ')} of total weight ${total}`

export const store = <P>({ kind, members, weights, count }: Weighted<P>, { store }: Storing<P>): Stored => [
  kind,
  members.map(store),
  weights,
  count,
]

export function load<P>([, stored, numbers, count]: Stored, loading: Loading<P>): Weighted<P> {
  const members = loadMembers(stored, loading)
  const weights = loadWeights(numbers, members)
  return { kind: 'weighted', members, weights, total: sumOf(weights), count: wholeOf(count, 1, Number.MAX_VALUE) }
}
