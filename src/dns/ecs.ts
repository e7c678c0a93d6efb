import { type Address, addressBits, type Family } from '../net/index.ts'
import { err, ok, type Result } from '../result.ts'

/**
 * A query's Client Subnet option (RFC 7871 §6). `family` 0 comes only with source prefix length 0: `dig +subnet=0`
 * sends it to opt out, and so it is read here. `bytes` are the option's address octets, as many as the length needs.
 */
export type Ecs = { readonly family: 0 | Family; readonly sourcePrefixLength: number; readonly bytes: Uint8Array }

/** Reads the option's data. Every error is FORMERR (RFC 7871 §6, §7.2.1). */
export function parseEcs(data: Uint8Array): Result<Ecs> {
  if (data.length < 4) return err('Client Subnet option shorter than 4 octets')
  const family = ((data[0] as number) << 8) | (data[1] as number)
  const sourcePrefixLength = data[2] as number
  const bytes = data.subarray(4)
  if (data[3] !== 0) return err('Client Subnet scope prefix length is not 0 in a query')
  if (family === 0 && sourcePrefixLength === 0 && bytes.length === 0) return ok({ family, sourcePrefixLength, bytes })
  if (family !== 1 && family !== 2) return err(`Client Subnet family ${family} is unknown`)
  if (sourcePrefixLength > addressBits(family))
    return err(`Client Subnet source prefix length ${sourcePrefixLength} is too long`)
  if (bytes.length !== (sourcePrefixLength + 7) >> 3) {
    return err(`Client Subnet address has ${bytes.length} octets for source prefix length ${sourcePrefixLength}`)
  }
  const used = sourcePrefixLength & 7
  if (used && (bytes[bytes.length - 1] as number) & (0xff >> used)) {
    return err('Client Subnet address has bits set beyond the source prefix length')
  }
  return ok({ family, sourcePrefixLength, bytes })
}

/** The network's first address, which stands for the client; undefined when the client opted out (RFC 7871 §7.1.2). */
export function ecsAddress(ecs: Ecs): Address | undefined {
  if (ecs.family === 0 || ecs.sourcePrefixLength === 0) return undefined
  const bytes = new Uint8Array(addressBits(ecs.family) / 8)
  bytes.set(ecs.bytes)
  return { family: ecs.family, bytes }
}
