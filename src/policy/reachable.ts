import { UNMETERED } from '../meter.ts'
import { membersFor } from './deterministic.ts'
import { resolvePool } from './resolve-pool.ts'
import type { Policy, UndrawnInput } from './types.ts'

/** The members that chance may still choose, and the seconds until health can change them at the earliest. */
type Reachable = { readonly members: readonly Policy[]; readonly validForSeconds: number }

/** Returns the choices that are left for chance for this client, this name and this health. No query waits for it. */
export function reachable(policy: Policy, input: UndrawnInput): Reachable {
  if (policy.kind === 'shift') {
    const { policy: now, validForSeconds } = policy.at(input, UNMETERED, undefined)
    return { members: [now], validForSeconds }
  }
  if (policy.kind !== 'pool' && policy.kind !== 'failover') {
    return { members: membersFor(policy, input), validForSeconds: Number.POSITIVE_INFINITY }
  }
  const { policy: left, validForSeconds } = resolvePool(policy, input, UNMETERED)
  return { members: [left], validForSeconds }
}
