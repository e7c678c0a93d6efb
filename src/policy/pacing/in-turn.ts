import type { Candidate } from '../select.ts'
import type { OfKind, Policy } from '../types.ts'

/** The units that the queries of a pool are divided into. */
const UNITS = 1000

/**
 * Returns the choice of a pool that takes its members in turn, one for each answer: what the first does not take goes
 * to the next. Members that are equally near have one turn together.
 */
export function inTurn(pool: OfKind<Policy, 'pool'>, candidates: readonly Candidate[]): Policy {
  const turns = pool.select === 'pickclosest' ? byRank(candidates) : candidates.map((one) => [one])
  const shares: { readonly candidate: Candidate; share: number }[] = []
  let left = UNITS
  for (const turn of turns) {
    if (left <= 0) break
    const each = left / turn.length
    for (const candidate of turn) {
      const share = Math.min(left, Math.round(each * candidate.keep))
      shares.push({ candidate, share })
      left -= share
    }
  }
  const [first] = shares
  // A share that nobody behind it takes stays with the first.
  if (first) first.share += left
  const taken = shares.filter(({ share }) => share > 0)
  const members = taken.map(({ candidate }) => candidate.policy)
  if (members.length === 1) return members[0] as Policy
  const among = taken.map(({ candidate }) => candidate.index)
  return { kind: 'weighted', members, among, weights: taken.map(({ share }) => share), total: UNITS, count: 1 }
}

const byRank = (candidates: readonly Candidate[]): Candidate[][] => [
  ...Map.groupBy(candidates, ({ rank }) => rank).values(),
]
