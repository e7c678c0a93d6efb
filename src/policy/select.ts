import { unreachable } from '../result.ts'
import { pacingOf } from './pacing.ts'
import { type Ring, ringAmong } from './ring.ts'
import type { OfKind, Policy } from './types.ts'
import { sumOf } from './weights.ts'

type Pool = OfKind<Policy, 'pool'>

/** A member that may be answered with. `keep`: the share of its queries that it keeps, if it sheds load. */
export type Candidate = {
  readonly index: number
  readonly policy: Policy
  readonly weight: number
  readonly group: string | undefined
  readonly key: string
  readonly keep: number
  /** The same for members that are equally near. */
  readonly rank: number
}

/** Weights are whole numbers: a share of one is counted in these units. */
const SHARE_UNITS = 1000

/** Returns the pool's choice among the members that are left, as a policy without health. */
export function select(pool: Pool, candidates: readonly Candidate[]): Policy {
  const { select, count } = pool
  const isWhole = candidates.every(({ keep }) => keep >= 1)
  const paced = isWhole ? undefined : pacingOf(pool)?.choice(pool, candidates)
  if (paced) return paced
  const all = isWhole ? candidates : applyLoadShedding(candidates)
  // A selector that reads no weights gets uneven ones by shed load, and by the shares of members that are down.
  const isEven = all.every(({ weight }) => weight === all[0]?.weight)
  switch (select) {
    case 'random':
      if (!isEven) return weighted(all, count)
      return single(all) ?? { kind: 'random', ...membersOf(all), count }
    case 'all':
      if (!isEven) return count < all.length ? weighted(all, count) : multi(all)
      return count < all.length ? { kind: 'random', ...membersOf(all), count } : allOf(all)
    case 'first':
    // Candidates are sorted by distance.
    case 'nearest':
      return allOf(all.slice(0, count))
    case 'pickclosest': {
      const closest = all.filter(({ rank }) => rank === all[0]?.rank)
      return single(closest) ?? { kind: 'random', ...membersOf(closest), count: 1 }
    }
    case 'weighted':
      return weighted(all, count)
    case 'weighted-multi':
      return multi(all)
    case 'grouped':
      return weighted(
        groupsOf(all).map((group) => ({ ...weightOf(group), policy: multi(group) })),
        1,
      )
    case 'grouped-multi':
      return multi(groupsOf(all).map((group) => ({ ...weightOf(group), policy: weighted(group, 1) })))
    case 'hashed':
      return single(all) ?? { kind: 'hashed', ...membersOf(all) }
    case 'weighted-hashed': {
      const left = withPositiveWeight(all)
      // The order is that of the members, as in PowerDNS's pickselfweighted.
      return (
        single(left) ?? {
          kind: 'weighted-hashed',
          ...membersOf(left),
          ...weightsOf(left),
          order: left.map((_, i) => i),
        }
      )
    }
    case 'consistent-hashed': {
      const weights = all.map(({ weight }) => weight)
      const left = all.map(({ index }) => index)
      return (
        single(all) ?? {
          kind: 'consistent-hashed',
          ...membersOf(all),
          weights,
          ...ringOf(pool, pool.ring as Ring, left),
        }
      )
    }
    default:
      return unreachable(select)
  }
}

const rings = new WeakMap<Pool, { readonly of: string; readonly ring: Ring }>()

/** Caches a pool's ring: it may have 100,000 points, and changes only with the members that are left. */
export function ringOf(pool: Pool, all: Ring, left: readonly number[]): Ring {
  if (left.length === pool.parts.length) return all
  const of = left.join()
  const cached = rings.get(pool)
  if (cached?.of === of) return cached.ring
  const ring = ringAmong(all, left)
  rings.set(pool, { of, ring })
  return ring
}

/** A candidate, or a group, which has no index in the zone. */
type Choice = Pick<Candidate, 'policy' | 'weight'> & { readonly index?: number }

/** Leaves out the members that shed all load, unless all do. Counts the others' weights in share units. */
function applyLoadShedding(candidates: readonly Candidate[]): readonly Candidate[] {
  const some = candidates.filter(({ keep }) => keep > 0)
  if (some.length === 0) return candidates
  return some.map((one) => ({
    ...one,
    weight: one.weight && Math.max(1, Math.round(one.weight * one.keep * SHARE_UNITS)),
  }))
}

/** Leaves out weights of 0, which only targets report: they get no queries. If all are 0, all are equal. */
function withPositiveWeight(choices: readonly Choice[]): readonly Choice[] {
  const some = choices.filter(({ weight }) => weight > 0)
  return some.length > 0 ? some : choices.map((one) => ({ ...one, weight: 1 }))
}

function weighted(choices: readonly Choice[], count: number): Policy {
  const left = withPositiveWeight(choices)
  return single(left) ?? { kind: 'weighted', ...membersOf(left), ...weightsOf(left), count }
}

function multi(choices: readonly Choice[]): Policy {
  const left = withPositiveWeight(choices)
  const weights = left.map(({ weight }) => weight)
  return (
    single(left) ?? {
      kind: 'multi',
      ...membersOf(left),
      weights,
      largest: weights.reduce((max, weight) => Math.max(max, weight), 0),
    }
  )
}

const allOf = (choices: readonly Choice[]): Policy =>
  single(choices) ?? { kind: 'all', members: choices.map(({ policy }) => policy) }

/** A single member needs no choice. */
const single = (choices: readonly Choice[]): Policy | undefined =>
  choices.length === 1 ? choices[0]?.policy : undefined

function membersOf(choices: readonly Choice[]): { members: Policy[]; among?: number[] } {
  const members = choices.map(({ policy }) => policy)
  const among = choices.flatMap(({ index }) => (index === undefined ? [] : [index]))
  return among.length === members.length ? { members, among } : { members }
}

function weightsOf(choices: readonly Choice[]): { weights: number[]; total: number } {
  const weights = choices.map(({ weight }) => weight)
  return { weights, total: sumOf(weights) }
}

/** A member without a group is a group by itself. */
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

const weightOf = (group: readonly Candidate[]): { weight: number } => ({
  weight: sumOf(group.map(({ weight }) => weight)),
})
