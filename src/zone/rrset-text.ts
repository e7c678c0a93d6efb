import { contains, type Keeper, type Policy, type Script, storeMap, storePolicy } from '../policy/index.ts'
import { includedIn, storeIncluded, storeScript } from '../powerdns/index.ts'
import type { PolicyRrset } from './zone.ts'

/**
 * Returns a text that is equal for rrsets that are stored alike: they answer alike, whatever else the zone has. It may
 * differ for two that answer alike.
 */
export function rrsetText({ type, ttl, minTtl, policy }: PolicyRrset): string {
  const keeper = new InlineKeeper()
  const stored = storePolicy(policy, keeper, (script) => storeScript(script, keeper))
  return JSON.stringify([type, ttl, minTtl ?? null, stored, besides(policy, keeper), keeper.kept])
}

/** Returns what the policy leads to by its name: maps of datacenters, and code that scripts include. */
function besides(policy: Policy, keeper: Keeper): unknown {
  const maps: unknown[] = []
  const scripts: Script[] = []
  contains(policy, (one) => {
    if ('orders' in one) maps.push(storeMap(one.map, keeper))
    if (one.kind === 'script') scripts.push(one)
    return false
  })
  return [maps, Array.from(includedIn(scripts), ([name, codes]) => [name, storeIncluded(codes, keeper)])]
}

/** Keeps everything in one list, in the order in which it is met. */
class InlineKeeper implements Keeper {
  readonly kept: unknown[] = []

  rdata({ bytes, text }: Parameters<Keeper['rdata']>[0]): number {
    return this.kept.push([text, bytes.length === 0 ? null : Array.from(bytes)])
  }

  words(values: Uint32Array): number {
    return this.kept.push(Array.from(values))
  }

  octets(bytes: Uint8Array): number {
    return this.kept.push(Array.from(bytes))
  }

  texts(list: readonly string[]): number {
    return this.kept.push(list)
  }
}
