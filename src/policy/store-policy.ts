import { STORE } from './kinds/author.ts'
import { ofKind } from './kinds/index.ts'
import * as values from './kinds/values.ts'
import { storePaces } from './pacing/load.ts'
import type { Keeper } from './stored.ts'
import type { Storing } from './storing.ts'
import type { Policy, Script } from './types.ts'

/** Stores a script. Only its own language knows how. */
type StoreScript = (script: Script) => readonly unknown[]

const NO_SCRIPTS: StoreScript = () => {
  throw new Error('the policy has a script, and nothing stores scripts; expected a function that does')
}

/**
 * Returns the JSON value of a compiled policy, which `loadPolicy` makes the same policy of.
 * @param keeper keeps what is not JSON
 */
export function storePolicy(policy: Policy, keeper: Keeper, storeScript: StoreScript = NO_SCRIPTS): unknown {
  const storing: Storing<Policy> = {
    keeper,
    paces: storePaces,
    store: (policy) => {
      switch (policy.kind) {
        case 'values':
          return values.store(policy, keeper)
        case 'script':
          return [policy.kind, ...storeScript(policy)]
        case 'multi':
        case 'by-client':
          throw new Error(`a "${policy.kind}" is a choice that health or time has made; expected a compiled policy`)
        default:
          return ofKind(STORE, policy)(policy, storing)
      }
    },
  }
  return storing.store(policy)
}
