import { choose, DETERMINISTIC } from './kinds/index.ts'
import type { ChoiceInput } from './kinds/kind.ts'
import { membersOf } from './policy-tree.ts'
import type { Deterministic, Policy } from './types.ts'

/** Returns true if the client or the queried name decides, and neither chance nor health. */
export const isDeterministic = (policy: Policy): policy is Deterministic => DETERMINISTIC[policy.kind]

/** Returns the members that are left for this client and this name. */
export const membersFor = (policy: Policy, input: ChoiceInput): readonly Policy[] =>
  isDeterministic(policy) ? [choose(policy, input).member] : membersOf(policy)

/** Returns true if the client, or the queried name, decides anything in it. */
export function dependsOnClient(policy: Policy): boolean {
  if (policy.kind === 'pool' || policy.kind === 'failover') return policy.dependsOnClient
  return (
    policy.kind === 'script' ||
    policy.kind === 'shift' ||
    isDeterministic(policy) ||
    membersOf(policy).some(dependsOnClient)
  )
}
