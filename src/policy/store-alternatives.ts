import type { Alternatives, PoolMember } from './alternatives.ts'
import { type Keeper, storeText } from './stored.ts'
import type { Storing } from './storing.ts'

/** Stores the fields that pool, failover and datacenters share. */
export const storeAlternatives = <P>(policy: Alternatives<P>, { keeper, store, paces }: Storing<P>): unknown => [
  policy.name,
  policy.members.map(store),
  policy.parts.map((part) => storePart(part, keeper)),
  policy.whenDown,
  policy.failUnknown,
  policy.dependsOnClient,
  ...(policy.pacing ? [paces(policy.parts)] : []),
]

/** Many pools have the same check of the same target: it is kept once. */
function storePart({ condition, datacenter, weight, group, key, shed }: PoolMember, keeper: Keeper): unknown {
  const check = condition ? storeText(JSON.stringify(condition), keeper) : null
  return [check, key, weight, datacenter ?? null, group ?? null, shed ? [shed.low, shed.high] : null]
}
