import type { Rdata } from '../dns/index.ts'
import { membersOf, type Policy, SELECT } from '../policy/index.ts'
import { unreachable } from '../result.ts'

/** The most records that an answer can have. */
export const mostRecords = (policy: Policy): number => most(policy, (rdatas) => rdatas.length)

/** The most octets of RDATA and record headers. */
export const mostOctets = (policy: Policy): number =>
  most(policy, (rdatas) => rdatas.reduce((sum, rdata) => sum + rdata.bytes.length + 12, 0))

/** The most that an answer can have of what `count` counts. */
function most(policy: Policy, count: (rdatas: readonly Rdata[]) => number): number {
  if (policy.kind === 'values') return count(policy.rdatas)
  // What it gives is counted when it has run.
  if (policy.kind === 'script') return 0
  const counts = membersOf(policy).map((member) => most(member, count))
  if (policy.kind !== 'pool') return largest(counts, chosenOf(policy))
  const instead = counts.slice(policy.parts.length)
  return Math.max(largest(counts.slice(0, policy.parts.length), chosenOfPool(policy)), ...instead)
}

/** How many members may be in one answer. */
function chosenOf(policy: Exclude<Policy, { kind: 'values' | 'script' | 'pool' }>): number {
  switch (policy.kind) {
    case 'fail':
      return 0
    case 'failover':
    case 'datacenters':
      return policy.whenDown === 'all' ? policy.members.length : 1
    case 'all':
    case 'multi':
      return policy.members.length
    case 'random':
    case 'weighted':
      return policy.count
    case 'hashed':
    case 'weighted-hashed':
    case 'name-hashed':
    case 'consistent-hashed':
    case 'view':
    case 'networks':
    case 'geo':
      return 1
    default:
      return unreachable(policy)
  }
}

/** How many members a pool may answer with while any is up. */
function chosenOfPool({ select, count, parts }: Extract<Policy, { kind: 'pool' }>): number {
  switch (SELECT[select].answers) {
    case 'all':
      return parts.length
    case 'one':
      return 1
    case 'count':
      return count
  }
}

/** The sum of the `chosen` largest. */
function largest(counts: readonly number[], chosen: number): number {
  const sorted = [...counts].sort((a, b) => b - a)
  return sorted.slice(0, chosen).reduce((sum, number) => sum + number, 0)
}
