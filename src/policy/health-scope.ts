import { type Address, addressBits, lookupScope } from '../net/index.ts'
import { unreachable } from '../result.ts'
import { membersFor } from './chosen.ts'
import { whereIs } from './place.ts'
import { SELECT } from './selects.ts'
import type { Input, Policy } from './types.ts'

type Asked = Omit<Input, 'random'>

/**
 * For whom a choice by health holds, whatever health is: every member counts, those that are down too. So the scope is
 * the same tomorrow.
 */
export function scopeOf(policy: Policy, asked: { readonly client: Address } & Asked): number {
  const own = ownScope(policy, asked)
  if (own === addressBits(asked.client.family)) return own
  return Math.max(own, ...membersFor(policy, asked).map((member) => scopeOf(member, asked)))
}

/** For whom it chooses the same member, or among the same. */
function ownScope(policy: Policy, asked: Asked): number {
  switch (policy.kind) {
    case 'values':
    case 'fail':
    case 'all':
    case 'random':
    case 'weighted':
    case 'multi':
    case 'failover':
    case 'name-hashed':
      return 0
    case 'pool':
      if (policy.nearest) return whereIs(policy.nearest.division, asked).scope
      return SELECT[policy.select].byClient ? addressBits(asked.client.family) : 0
    case 'hashed':
    case 'weighted-hashed':
    case 'consistent-hashed':
      return addressBits(asked.client.family)
    // What it looks at is known when it has run, and another client, or another state of health, may lead it elsewhere.
    case 'script':
      return policy.usesClients ? addressBits(asked.client.family) : 0
    case 'view':
    case 'networks':
      return lookupScope(policy.map, asked.client).scope
    case 'geo':
      return whereIs(policy.division, asked).scope
    case 'datacenters':
      return whereIs(policy.map.division, asked).scope
    default:
      return unreachable(policy)
  }
}
