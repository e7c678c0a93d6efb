import { unreachable } from '../result.ts'
import { type Ring, ringAmong } from './consistent-hashed.ts'
import type { Policy, Pool } from './types.ts'

/** A member that may be answered with. `keep`: the part of its queries that it is to have, where it sheds load. */
export type Candidate = {
  readonly index: number
  readonly policy: Policy
  readonly weight: number
  readonly group: string | undefined
  readonly key: string
  readonly keep: number
  /** Among members by distance: the same for those that are equally near. */
  readonly rank: number
}

/** Weights are whole numbers: a share of one is counted in so many parts. */
const PARTS = 1000

/** The choice that a pool makes, as a policy of its own, among the members that are left. */
export function select(pool: Pool, candidates: readonly Candidate[]): Policy {
  const { select, count } = pool
  const all = candidates.some(({ keep }) => keep < 1) ? shedding(candidates) : candidates
  // Where weights have no say, they are the shares that shed load, or that members which are down leave.
  const isEven = all.every(({ weight }) => weight === all[0]?.weight)
  switch (select) {
    case 'random':
      if (!isEven) return weighted(all, count)
      return only(all) ?? { kind: 'random', ...parts(all), count }
    case 'all':
      if (!isEven) return count < all.length ? weighted(all, count) : multi(all)
      return count < all.length ? { kind: 'random', ...parts(all), count } : together(all)
    case 'first':
    // They come in order of distance.
    case 'nearest':
      return together(all.slice(0, count))
    case 'pickclosest': {
      const closest = all.filter(({ rank }) => rank === all[0]?.rank)
      return only(closest) ?? { kind: 'random', ...parts(closest), count: 1 }
    }
    case 'weighted':
      return weighted(all, count)
    case 'weighted-multi':
      return multi(all)
    case 'grouped':
      return weighted(
        groupsOf(all).map((group) => ({ ...sumOf(group), policy: multi(group) })),
        1,
      )
    case 'grouped-multi':
      return multi(groupsOf(all).map((group) => ({ ...sumOf(group), policy: weighted(group, 1) })))
    case 'hashed':
      return only(all) ?? { kind: 'hashed', ...parts(all) }
    case 'weighted-hashed': {
      const left = wanting(all)
      // In the order of the members, as pickselfweighted walks them.
      return only(left) ?? { kind: 'weighted-hashed', ...parts(left), ...weightsOf(left), order: left.map((_, i) => i) }
    }
    case 'consistent-hashed': {
      const weights = all.map(({ weight }) => weight)
      const left = all.map(({ index }) => index)
      return (
        only(all) ?? { kind: 'consistent-hashed', ...parts(all), weights, ...ringOf(pool, pool.ring as Ring, left) }
      )
    }
    default:
      return unreachable(select)
  }
}

const rings = new WeakMap<Pool, { readonly of: string; readonly ring: Ring }>()

/** A ring may have 100,000 points: it is made anew when other members are left, and not for each client. */
function ringOf(pool: Pool, all: Ring, left: readonly number[]): Ring {
  if (left.length === pool.parts.length) return all
  const of = left.join()
  const known = rings.get(pool)
  if (known?.of === of) return known.ring
  const ring = ringAmong(all, left)
  rings.set(pool, { of, ring })
  return ring
}

/** What a choice takes of a candidate. A group has no place in the zone. */
type Choice = Pick<Candidate, 'policy' | 'weight'> & { readonly index?: number }

/** Those that shed everything are left out, unless all do. The others' weights are counted in parts. */
function shedding(candidates: readonly Candidate[]): readonly Candidate[] {
  const some = candidates.filter(({ keep }) => keep > 0)
  if (some.length === 0) return candidates
  return some.map((one) => ({ ...one, weight: one.weight && Math.max(1, Math.round(one.weight * one.keep * PARTS)) }))
}

/** A weight of 0, which only targets themselves report, asks for no queries; where all do, all are alike. */
function wanting(choices: readonly Choice[]): readonly Choice[] {
  const some = choices.filter(({ weight }) => weight > 0)
  return some.length > 0 ? some : choices.map((one) => ({ ...one, weight: 1 }))
}

function weighted(choices: readonly Choice[], count: number): Policy {
  const left = wanting(choices)
  return only(left) ?? { kind: 'weighted', ...parts(left), ...weightsOf(left), count }
}

function multi(choices: readonly Choice[]): Policy {
  const left = wanting(choices)
  const weights = left.map(({ weight }) => weight)
  return (
    only(left) ?? {
      kind: 'multi',
      ...parts(left),
      weights,
      largest: weights.reduce((most, weight) => Math.max(most, weight), 0),
    }
  )
}

const together = (choices: readonly Choice[]): Policy =>
  only(choices) ?? { kind: 'all', members: choices.map(({ policy }) => policy) }

/** One needs no choice. */
const only = (choices: readonly Choice[]): Policy | undefined => (choices.length === 1 ? choices[0]?.policy : undefined)

function parts(choices: readonly Choice[]): { members: Policy[]; among?: number[] } {
  const members = choices.map(({ policy }) => policy)
  const among = choices.flatMap(({ index }) => (index === undefined ? [] : [index]))
  return among.length === members.length ? { members, among } : { members }
}

function weightsOf(choices: readonly Choice[]): { weights: number[]; total: number } {
  const weights = choices.map(({ weight }) => weight)
  return { weights, total: weights.reduce((sum, weight) => sum + weight, 0) }
}

/** A member without a group is one by itself. */
function groupsOf(candidates: readonly Candidate[]): Candidate[][] {
  const groups = new Map<string | number, Candidate[]>()
  for (const candidate of candidates) {
    const key = candidate.group ?? candidate.index
    const group = groups.get(key)
    if (group) group.push(candidate)
    else groups.set(key, [candidate])
  }
  return [...groups.values()]
}

const sumOf = (group: readonly Candidate[]): { weight: number } => ({
  weight: group.reduce((sum, { weight }) => sum + weight, 0),
})
