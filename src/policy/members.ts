import type { Policy } from './types.ts'

/** The policies inside one, those of a script's calls included. */
export function membersOf(policy: Policy): readonly Policy[] {
  if (policy.kind === 'values' || policy.kind === 'fail') return []
  return policy.kind === 'script' ? policy.policies : policy.members
}

/** Whether a script has a say in what is answered. */
export const hasScript = (policy: Policy): boolean => policy.kind === 'script' || membersOf(policy).some(hasScript)
