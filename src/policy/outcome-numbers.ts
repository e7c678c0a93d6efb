import { IDENTITY } from './kinds/author.ts'
import { ofKind } from './kinds/index.ts'
import { membersOf } from './policy-tree.ts'
import type { Policy } from './types.ts'

/** Numbers policies: the same number for those that answer alike. */
export function outcomeNumbers(policies: readonly Policy[]): number[] {
  const numbers = new Map<unknown, number>()
  const numberOf = (policy: Policy): number => {
    const identity = identityOf(policy, numberOf)
    const number = numbers.get(identity) ?? numbers.size
    numbers.set(identity, number)
    return number
  }
  return policies.map(numberOf)
}

/**
 * Returns an equal value for policies that answer alike. The records of a script are not known: it is like no other.
 * Members are in it by number, since texts within texts would double in length with every level.
 */
function identityOf(policy: Policy, numberOf: (member: Policy) => number): unknown {
  if (policy.kind === 'script') return policy
  return JSON.stringify([policy.kind, ofKind(IDENTITY, policy)(policy), membersOf(policy).map(numberOf)])
}
