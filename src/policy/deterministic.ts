import { CHOOSE, ofKind } from './kinds/index.ts'
import type { Choice, ChoiceInput } from './kinds/kind.ts'
import { membersOf } from './policy-tree.ts'
import type { Deterministic, Policy, PolicyStep } from './types.ts'

/** Returns true if the client or the queried name decides, and neither chance nor health. */
export const isDeterministic = (policy: Policy): policy is Deterministic => policy.kind in CHOOSE

export const choose = (policy: Deterministic, input: ChoiceInput): Choice<Policy, PolicyStep> =>
  ofKind(CHOOSE, policy)(policy, input)

/** Returns the members that are left for this client and this name. */
export const membersFor = (policy: Policy, input: ChoiceInput): readonly Policy[] =>
  isDeterministic(policy) ? [choose(policy, input).member] : membersOf(policy)

/** Returns true if the client, or the queried name, decides anything in it. */
export function dependsOnClient(policy: Policy): boolean {
  if (policy.kind === 'pool' || policy.kind === 'failover') return policy.dependsOnClient
  return policy.kind === 'script' || isDeterministic(policy) || membersOf(policy).some(dependsOnClient)
}
