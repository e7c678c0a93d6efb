import { UNMETERED } from '../meter.ts'
import { addressBits } from '../net/index.ts'
import { isDeterministic } from './deterministic.ts'
import { choose } from './kinds/index.ts'
import { locateFor } from './location.ts'
import { membersOf } from './policy-tree.ts'
import { SELECT } from './selects.ts'
import type { Policy, UndrawnInput } from './types.ts'

/**
 * Returns the scope of a choice by health. Every member counts, those that are down too, so that the scope does not
 * change with health.
 */
export function scopeOf(policy: Policy, input: UndrawnInput): number {
  const max = addressBits(input.client.family)
  if (isDeterministic(policy)) {
    const { member, scope } = choose(policy, input)
    return scope === max ? max : Math.max(scope, scopeOf(member, input))
  }
  let scope = ownScope(policy, input)
  for (const member of membersOf(policy)) {
    if (scope === max) break
    scope = Math.max(scope, scopeOf(member, input))
  }
  return scope
}

function ownScope(policy: Policy, input: UndrawnInput): number {
  // A script's reads are known after its run only, and for another client, or with other health, it may read others.
  if (policy.kind === 'script') return policy.usesClients ? addressBits(input.client.family) : 0
  if (policy.kind === 'shift' && policy.at(input, UNMETERED, undefined).isByClient)
    return addressBits(input.client.family)
  if (policy.kind !== 'pool') return 0
  if (policy.nearest) return locateFor(policy.nearest.division, input).scope
  return SELECT[policy.select].byClient ? addressBits(input.client.family) : 0
}
