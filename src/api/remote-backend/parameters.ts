import { formatName, type Name, parseName, parseType } from '../../dns/index.ts'
import { type Address, type Prefix, parseAddress, parsePrefix, UNKNOWN_ADDRESS } from '../../net/index.ts'
import type { Parameters } from './call.ts'
import type { Lookup } from './lookup.ts'

/** Reads the parameters of `lookup`; undefined for a name or a type that cannot be. */
export function lookupOf(parameters: Parameters): Lookup | undefined {
  const qname = nameOf(parameters.qname)
  const qtype = typeof parameters.qtype === 'string' ? parseType(parameters.qtype) : undefined
  if (!qname || !qtype?.ok) return undefined
  const { remote, 'real-remote': realRemote, 'zone-id': zoneId } = parameters
  return {
    qname,
    qtype: qtype.value,
    remote: addressOf(remote),
    realRemote: networkOf(realRemote),
    zoneId: zoneNumber(zoneId),
  }
}

/** Returns the name of a zone, absolute and in lower case; undefined for a text that is none. */
export function originOf(text: unknown): string | undefined {
  const name = nameOf(text)
  return name && formatName(name.key)
}

/** PowerDNS writes names with the final dot; other programs that speak its language leave it out. */
export function nameOf(text: unknown): Name | undefined {
  if (typeof text !== 'string' || text === '') return undefined
  const name = parseName(text.endsWith('.') ? text : `${text}.`)
  return name.ok ? name.value : undefined
}

function addressOf(text: unknown): Address {
  const address = typeof text === 'string' ? parseAddress(text) : undefined
  return address?.ok ? address.value : UNKNOWN_ADDRESS
}

function networkOf(text: unknown): Prefix | undefined {
  const network = typeof text === 'string' ? parsePrefix(text) : undefined
  return network?.ok ? network.value : undefined
}

/** -1 and 0 mean that PowerDNS does not know the zone. */
function zoneNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number > 0 ? number : undefined
}
