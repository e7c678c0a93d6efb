import type { Address } from './address.ts'
import { type Prefix, parsePrefix } from './prefix.ts'
import { buildScopeMap, lookupScope, type ScopeMap } from './scope-map.ts'

/**
 * Returns a function that finds an address in fixed networks. They are parsed at its first call, and not while an
 * isolate starts.
 * @param networks valid texts, like `192.0.2.0/24`
 */
export function networkSet(networks: readonly string[]): (address: Address) => boolean {
  let map: ScopeMap | undefined
  return (address) => {
    map ??= built(networks.map((text) => (parsePrefix(text) as { value: Prefix }).value))
    return lookupScope(map, address).index >= 0
  }
}

const built = (prefixes: readonly Prefix[]): ScopeMap => {
  const inside = prefixes.map(() => 1)
  return buildScopeMap(prefixes, 'first', inside, 0)
}
