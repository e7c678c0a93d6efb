import type { Rdata } from '../dns/query-path.ts'
import type { Alternatives, Policy } from './types.ts'

/** Returns the policies directly inside of one, those of a script's calls included. */
export function membersOf(policy: Policy): readonly Policy[] {
  if (policy.kind === 'values' || policy.kind === 'fail') return []
  return policy.kind === 'script' ? policy.policies : policy.members
}

/** Returns true if a policy, or any inside of it, is one of these. */
export const contains = (policy: Policy, is: (policy: Policy) => boolean): boolean =>
  is(policy) || membersOf(policy).some((member) => contains(member, is))

export const hasScript = (policy: Policy): boolean => contains(policy, ({ kind }) => kind === 'script')

export const isAlternatives = (policy: Policy): policy is Alternatives => 'parts' in policy

/** Returns true if the client's location decides anything in it. */
export const usesPlaces = (policy: Policy): boolean => contains(policy, decidesByPlace)

const decidesByPlace = (policy: Policy): boolean =>
  policy.kind === 'script' ? policy.usesPlaces : 'division' in policy || 'nearest' in policy

/** Returns true if the locations of its addresses decide anything in it: only a database has them. */
export const usesClosest = (policy: Policy): boolean =>
  contains(policy, (one) =>
    one.kind === 'script' ? one.usesClosest : one.kind === 'pool' && one.nearest?.select === 'pickclosest',
  )

/** Returns all records that a policy may answer with, for any client and any state of health. */
export function recordsOf(policy: Policy): readonly Rdata[] {
  if (policy.kind === 'values') return policy.rdatas
  return 'members' in policy ? policy.members.flatMap(recordsOf) : []
}
