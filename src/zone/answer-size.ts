import type { Rdata } from '../dns/index.ts'
import { isAlternatives, MAX_MEMBERS, membersOf, ofKind, type Policy } from '../policy/index.ts'

/** Returns the largest number of records that an answer can have. */
export const maxRecords = (policy: Policy): number => maxSize(policy, (rdatas) => rdatas.length)

/** Returns the largest number of octets that the data and the headers of an answer's records can have. */
export const maxOctets = (policy: Policy): number =>
  maxSize(policy, (rdatas) => rdatas.reduce((sum, rdata) => sum + rdata.bytes.length + 12, 0))

function maxSize(policy: Policy, size: (rdatas: readonly Rdata[]) => number): number {
  if (policy.kind === 'values') return size(policy.rdatas)
  // The records of a script are counted after its run.
  if (policy.kind === 'script') return 0
  const sizes = membersOf(policy).map((member) => maxSize(member, size))
  const max = ofKind(MAX_MEMBERS, policy)(policy)
  if (!isAlternatives(policy)) return largest(sizes, max)
  // Behind the members is the answer for all of them being down.
  const { length } = policy.parts
  return Math.max(largest(sizes.slice(0, length), max), ...sizes.slice(length))
}

/** Returns the sum of the largest sizes. */
function largest(sizes: readonly number[], count: number): number {
  const sorted = [...sizes].sort((a, b) => b - a)
  return sorted.slice(0, count).reduce((sum, size) => sum + size, 0)
}
