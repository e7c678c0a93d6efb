import type { Rdata } from '../dns/index.ts'
import type { Policy } from './types.ts'

/** All records that a policy may answer with, whoever asks and whatever is up. */
export function recordsOf(policy: Policy): readonly Rdata[] {
  if (policy.kind === 'values') return policy.rdatas
  return 'members' in policy ? policy.members.flatMap(recordsOf) : []
}
