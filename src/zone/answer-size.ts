import type { Rdata } from '../dns/index.ts'
import type { Policy } from '../policy/index.ts'
import { unreachable } from '../result.ts'

/** The most records that an answer can have. */
export const mostRecords = (policy: Policy): number => most(policy, (rdatas) => rdatas.length)

/** The most octets of RDATA and record headers. */
export const mostOctets = (policy: Policy): number =>
  most(policy, (rdatas) => rdatas.reduce((sum, rdata) => sum + rdata.bytes.length + 12, 0))

/** The most that an answer can have of what `count` counts. */
function most(policy: Policy, count: (rdatas: readonly Rdata[]) => number): number {
  switch (policy.kind) {
    case 'values':
      return count(policy.rdatas)
    case 'fail':
    // What it gives is counted when it has run.
    case 'script':
      return 0
    case 'pool': {
      const counts = policy.members.slice(0, policy.parts.length).map((member) => most(member, count))
      const instead = policy.members.slice(policy.parts.length).map((member) => most(member, count))
      return Math.max(largest(counts, chosenOf(policy)), ...instead)
    }
    case 'failover':
    case 'datacenters': {
      const counts = policy.members.map((member) => most(member, count))
      return largest(counts, policy.whenDown === 'all' ? counts.length : 1)
    }
    case 'all':
    case 'multi':
    case 'random':
    case 'weighted': {
      const counts = policy.members.map((member) => most(member, count))
      return largest(counts, 'count' in policy ? policy.count : counts.length)
    }
    case 'hashed':
    case 'weighted-hashed':
    case 'name-hashed':
    case 'consistent-hashed':
    case 'view':
    case 'networks':
    case 'geo':
      return Math.max(...policy.members.map((member) => most(member, count)))
    default:
      return unreachable(policy)
  }
}

/** How many members a pool may answer with. */
function chosenOf({ select, count, parts }: Extract<Policy, { kind: 'pool' }>): number {
  switch (select) {
    case 'weighted-multi':
    case 'grouped':
    case 'grouped-multi':
      return parts.length
    case 'hashed':
    case 'weighted-hashed':
    case 'consistent-hashed':
      return 1
    default:
      return count
  }
}

/** The sum of the `chosen` largest. */
function largest(counts: readonly number[], chosen: number): number {
  const sorted = [...counts].sort((a, b) => b - a)
  return sorted.slice(0, chosen).reduce((sum, number) => sum + number, 0)
}
