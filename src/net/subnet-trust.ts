import { MAX_TRUSTED_NETWORKS } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { type Address, unmapped } from './address.ts'
import { type Prefix, parsePrefix } from './prefix.ts'

/** The connections whose Client Subnet options count: all, none, or those from these networks. */
export type SubnetTrust = 'on' | 'off' | readonly Prefix[]

const EXPECTED = 'expected "on", "off", or networks like 192.0.2.0/24'

/** @param words `on`, `off`, or networks */
export function parseSubnetTrust(words: readonly string[]): Result<SubnetTrust> {
  const [first] = words
  if (words.length === 1 && (first === 'on' || first === 'off')) return ok(first)
  return parseNetworks(words, EXPECTED)
}

/** Reads a list of networks that connections come from. @param expected ends the message of an error */
export function parseNetworks(
  words: readonly string[],
  expected = 'expected networks like 192.0.2.0/24',
): Result<readonly Prefix[]> {
  if (words.length === 0) return err(`the list of networks is empty; ${expected}`)
  if (words.length > MAX_TRUSTED_NETWORKS) {
    return err(`there are ${words.length} networks; expected at most ${MAX_TRUSTED_NETWORKS}`)
  }
  const networks: Prefix[] = []
  for (const word of words) {
    const network = parsePrefix(word, 'as written')
    if (!network.ok) return err(`"${word.slice(0, 50)}" is not a network; ${expected}`)
    networks.push(network.value)
  }
  return ok(networks)
}

/**
 * Returns true if the Client Subnet options of this connection count.
 * @param client reads `connection`, which may be a getter, only where the address decides
 */
export function believes(trust: SubnetTrust, client: { readonly connection: Address }): boolean {
  if (trust === 'on' || trust === 'off') return trust === 'on'
  const address = client.connection
  const plain = unmapped(address) ?? address
  return trust.some((network) => contains(network, plain))
}

function contains({ family, bytes, length }: Prefix, address: Address): boolean {
  if (family !== address.family) return false
  for (let bit = 0; bit < length; bit += 8) {
    const mask = length - bit >= 8 ? 0xff : (0xff00 >> (length - bit)) & 0xff
    if (((bytes[bit >> 3] as number) & mask) !== ((address.bytes[bit >> 3] as number) & mask)) return false
  }
  return true
}
