import { nameFromWire } from '../dns/index.ts'
import { type Address, addressBits, type Prefix } from '../net/index.ts'
import type { Input, ScriptQuery } from '../policy/index.ts'

/** A query of which only the name and the client are known. */
export const bareQuery = (input: Omit<Input, 'random' | 'work'>): ScriptQuery => ({
  qname: nameFromWire(Uint8Array.from(input.name, (character) => character.charCodeAt(0))),
  get connection() {
    return input.client
  },
  ecs: undefined,
  dnssecOk: false,
  payloadSize: -1,
  header: {
    ...{ id: 0, rd: true, cd: false, tc: false, ra: false, ad: false, aa: false },
    ...{ rcode: 0, opcode: 0, qdcount: 1, ancount: 0, nscount: 0, arcount: 0 },
  },
  data: () => [],
})

/**
 * The length of the shortest prefix of an address whose addresses all match the same networks: all bits of a network
 * that contains the address; of any other, the bits up to the first one that differs.
 */
export function scopeOfNetworks(address: Address, networks: readonly Prefix[]): number {
  let scope = 0
  for (const network of networks) {
    if (network.family !== address.family) continue
    const common = commonBits(address.bytes, network.bytes, network.length)
    scope = Math.max(scope, Math.min(network.length, common + 1))
  }
  return Math.min(scope, addressBits(address.family))
}

/** Leading bits that two addresses have in common, up to `most`. */
function commonBits(a: Uint8Array, b: Uint8Array, most: number): number {
  for (let i = 0; i * 8 < most; i++) {
    const difference = (a[i] as number) ^ (b[i] as number)
    if (difference !== 0) return Math.min(most, i * 8 + Math.clz32(difference) - 24)
  }
  return most
}
