import { UNMETERED } from '../meter.ts'
import { membersFor } from './chosen.ts'
import { reduce } from './reduce.ts'
import type { Input, Policy } from './types.ts'

/** The members that chance may still choose, and the seconds until health can change them at the earliest. */
type Reachable = { readonly members: readonly Policy[]; readonly holds: number }

/** Returns what is left for chance to decide once client, name and health are known. No query waits for it. */
export function reachable(policy: Policy, asked: Omit<Input, 'random' | 'work'>): Reachable {
  if (policy.kind !== 'pool' && policy.kind !== 'failover') {
    return { members: membersFor(policy, asked), holds: Number.POSITIVE_INFINITY }
  }
  const { policy: left, holds } = reduce(policy, asked, UNMETERED)
  return { members: [left], holds }
}
