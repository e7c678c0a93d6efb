import type Fraction from 'fraction.js'
import { MAX_EXACT_SAMPLE_MEMBERS } from '../../limits.ts'
import type { Avoidance, Chance, Exact } from '../chance.ts'
import type { Drawn } from '../types.ts'
import type { ByKind } from './index.ts'
import type { Multi } from './multi.ts'
import type { Random } from './random.ts'
import type { Weighted } from './weighted.ts'

// Queries need no exact chances: these functions are not in the files of the kinds, which every isolate loads.

/** Makes the function for exact chances. */
export const AVOIDANCE: ByKind<Drawn, [exact: Exact], Avoidance> = {
  random: randomAvoidance,
  weighted: weightedAvoidance,
  multi: multiAvoidance,
}

/** The mean, over all sets of `count` members, of the product of their chances: an elementary symmetric polynomial. */
function randomAvoidance({ members, count: wanted }: Random<unknown>, { never, always }: Exact): Avoidance {
  const count = Math.min(wanted, members.length)
  return (chances) => {
    const sums = [always, ...Array.from({ length: count }, () => never)]
    for (const chance of chances) {
      if (chance === null) return null
      if (chance.equals(never)) continue
      for (let k = count; k > 0; k--) {
        const product = sums[k - 1] as typeof always
        if (!product.equals(never)) sums[k] = (sums[k] as typeof always).add(product.mul(chance))
      }
    }
    let sets = always
    for (let i = 0; i < count; i++) sets = sets.mul(chances.length - i).div(i + 1)
    return (sums[count] as typeof always).div(sets)
  }
}

function weightedAvoidance(policy: Weighted<unknown>, exact: Exact): Avoidance {
  const { members, count, exact: weights } = policy
  if (weights === null) return () => null
  if (weights) {
    const total = weights.reduce((sum, weight) => sum + weight, 0n)
    return (chances) => ofOneDraw(chances, { weights, total }, exact)
  }
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

type Weights = { readonly weights: readonly (number | bigint)[]; readonly total: number | bigint }

function ofOneDraw(chances: readonly Chance[], { weights, total }: Weights, { never }: Exact): Chance {
  let sum = never
  for (const [i, chance] of chances.entries()) {
    if (chance === null) return null
    if (!chance.equals(never)) sum = sum.add(chance.mul(weights[i] as number | bigint))
  }
  return sum.div(total)
}

/** The indices of the members of a set, and the chance of the set. */
type DrawnSet = { readonly drawn: readonly number[]; readonly chance: Fraction }

/** Returns every set of `count` members, with the chance that draws by weight, without replacement, give it. */
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

/** Each member is either absent, or drawn and not a hit. */
function multiAvoidance({ weights, largest }: Multi<unknown>, { always, times }: Exact): Avoidance {
  return (chances) =>
    chances.reduce((product, chance, i) => {
      const drawn = always.mul(weights[i] as number).div(largest)
      return times(product, chance === null ? null : always.sub(drawn).add(drawn.mul(chance)))
    }, always)
}
