import type { Rdata } from '../dns/index.ts'
import type { Drawn, Policy, Values } from '../policy/index.ts'
import { ALWAYS, type Chance, minus, NEVER, type Probabilities } from './chance.ts'

/** The chance that a draw has one of some of its members, by their numbers. */
type HasAny = (members: readonly number[]) => Chance

/**
 * Returns the exact chances of a draw of records that are fixed; undefined where a member decides more, and for draws
 * whose chances are no simple sum. A record takes the time of the members that have it: the general way takes that of
 * all members for each record, and a pool may have thousands.
 */
export function ofFixedMembers(policy: Drawn, validForSeconds: number): Probabilities | undefined {
  const members: readonly Policy[] = policy.members
  if (!members.every(isFixed)) return undefined
  const hasAny = hasAnyOf(policy)
  if (!hasAny) return undefined
  const rdatas = new Map<string, Rdata>()
  const owners = new Map<string, Set<number>>()
  const empty = new Set(members.keys())
  for (const [i, member] of members.entries()) {
    for (const rdata of member.rdatas) {
      empty.delete(i)
      rdatas.set(rdata.text, rdata)
      const among = owners.get(rdata.text) ?? new Set()
      owners.set(rdata.text, among.add(i))
    }
  }
  const others = [...members.keys()].filter((i) => !empty.has(i))
  return {
    records: new Map([...owners].map(([text, among]) => [text, hasAny([...among])])),
    rdatas,
    ...{ failure: NEVER, refused: NEVER, empty: minus(ALWAYS, hasAny(others)), validForSeconds },
  }
}

const isFixed = (policy: Policy): policy is Values => policy.kind === 'values'

function hasAnyOf(policy: Drawn): HasAny | undefined {
  switch (policy.kind) {
    case 'random':
      return ofRandom(policy)
    case 'weighted':
      return ofWeighted(policy)
    default:
      return undefined
  }
}

/** The draw has none of them if it takes each of its members from the others. */
function ofRandom({ members: { length }, count: wanted }: Extract<Drawn, { readonly kind: 'random' }>): HasAny {
  const count = Math.min(wanted, length)
  return (members) => {
    const others = length - members.length
    // As many steps as there are members, or as are drawn: the less of the two.
    const [steps, kept] = count < members.length ? [count, others] : [members.length, length - count]
    let none = ALWAYS
    for (let i = 0; i < steps && kept - i >= 0; i++) none = none.mul(kept - i).div(length - i)
    return minus(ALWAYS, none)
  }
}

function ofWeighted({
  weights,
  exact,
  total,
  count,
}: Extract<Drawn, { readonly kind: 'weighted' }>): HasAny | undefined {
  if (exact === null || (exact === undefined && (count !== 1 || total <= 0))) return undefined
  const parts: readonly (number | bigint)[] = exact ?? weights
  const all = exact ? exact.reduce((sum, part) => sum + part, 0n) : total
  return (members) => members.reduce((sum, i) => sum.add(parts[i] as number | bigint), NEVER).div(all)
}
