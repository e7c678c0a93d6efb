import { type Address, addressBits, type Family } from '../net/index.ts'
import { err, ok, type Result } from '../result.ts'

/**
 * A query's Client Subnet option (RFC 7871 §6). `address` is the network's first address: bits beyond the source prefix
 * length are zero. `family` 0 has source prefix length 0 and no address: `dig +subnet=0` sends it to opt out.
 */
export type Ecs =
  | { readonly family: 0; readonly sourcePrefixLength: 0; readonly address?: undefined }
  | { readonly family: Family; readonly sourcePrefixLength: number; readonly address: Address }

/** Returns the number of address octets in an option with this source prefix length. */
export const ecsOctets = (sourcePrefixLength: number): number => (sourcePrefixLength + 7) >> 3

/** Parses the option's data in bytes[from, to). Every error is FORMERR (RFC 7871 §6, §7.2.1). */
export function parseEcs(bytes: Uint8Array, from = 0, to = bytes.length): Result<Ecs> {
  if (to - from < 4) return err('Client Subnet option shorter than 4 octets')
  const family = ((bytes[from] as number) << 8) | (bytes[from + 1] as number)
  const sourcePrefixLength = bytes[from + 2] as number
  const octets = to - from - 4
  if (bytes[from + 3] !== 0) return err('Client Subnet scope prefix length is not 0 in a query')
  if (family === 0 && sourcePrefixLength === 0 && octets === 0) return ok({ family, sourcePrefixLength })
  if (family !== 1 && family !== 2) return err(`Client Subnet family ${family} is unknown`)
  if (sourcePrefixLength > addressBits(family)) {
    return err(`Client Subnet source prefix length ${sourcePrefixLength} is too long`)
  }
  if (octets !== ecsOctets(sourcePrefixLength)) {
    return err(`Client Subnet address has ${octets} octets for source prefix length ${sourcePrefixLength}`)
  }
  const used = sourcePrefixLength & 7
  if (used && (bytes[to - 1] as number) & (0xff >> used)) {
    return err('Client Subnet address has bits set beyond the source prefix length')
  }
  const address = new Uint8Array(addressBits(family) / 8)
  for (let i = 0; i < octets; i++) address[i] = bytes[from + 4 + i] as number
  return ok({ family, sourcePrefixLength, address: { family, bytes: address } })
}

/** Returns the client's address from the option, or undefined if the client opted out of its use (RFC 7871 §7.1.2). */
export const ecsAddress = (ecs: Ecs): Address | undefined => (ecs.sourcePrefixLength === 0 ? undefined : ecs.address)
