import ipaddr from 'ipaddr.js'
import { err, ok, type Result } from '../result.ts'

/** Address family numbers as RFC 7871 §6 uses them: 1 is IPv4, 2 is IPv6. */
export type Family = 1 | 2

/** An address in network byte order: 4 bytes in family 1, 16 in family 2. */
export type Address = { readonly family: Family; readonly bytes: Uint8Array }

export const addressBits = (family: Family): number => (family === 1 ? 32 : 128)

/** Represents an unknown client: no network but 0.0.0.0/0 contains it. */
export const UNKNOWN_ADDRESS: Address = { family: 1, bytes: new Uint8Array(4) }

/**
 * Parses IPv4 as four decimal numbers, and IPv6 in the forms of RFC 4291 §2.2.
 * Refuses the older forms of inet_aton (`10.1`, `0x7f.1`, octal): tools read them differently.
 */
export function parseAddress(text: string): Result<Address> {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return ok({ family: 1, bytes: Uint8Array.from(ipaddr.IPv4.parse(text).toByteArray()) })
  }
  const groups = text.includes(':') && !text.includes('%') ? withoutDots(text) : undefined
  if (groups !== undefined && ipaddr.IPv6.isValid(groups)) {
    return ok({ family: 2, bytes: Uint8Array.from(ipaddr.IPv6.parse(groups).toByteArray()) })
  }
  return err(`"${text}" is not an IP address; expected four numbers like 192.0.2.1, or IPv6 like 2001:db8::1`)
}

/**
 * Rewrites the last 32 bits of an IPv6 address from dotted decimal (RFC 4291 §2.2) to groups: ipaddr.js accepts octal
 * and hexadecimal numbers there, and reads ::192.0.2.1 as ::ffff:192.0.2.1.
 */
function withoutDots(text: string): string | undefined {
  if (!text.includes('.')) return text
  const at = text.lastIndexOf(':') + 1
  const dotted = text.slice(at)
  if (!ipaddr.IPv4.isValidFourPartDecimal(dotted)) return undefined
  const [a, b, c, d] = ipaddr.IPv4.parse(dotted).octets as [number, number, number, number]
  return `${text.slice(0, at)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}

/** Canonical text: dotted decimal, or RFC 5952. */
export function formatAddress(address: Address): string {
  if (address.family === 1) return address.bytes.join('.')
  return new ipaddr.IPv6([...address.bytes]).toRFC5952String()
}

/** Returns the IPv4 address inside an address of ::ffff:0:0/96 (RFC 4291 §2.5.5.2), else undefined. */
export function unmapped(address: Address): Address | undefined {
  if (address.family !== 2) return undefined
  const bytes = address.bytes
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return undefined
  if (bytes[10] !== 0xff || bytes[11] !== 0xff) return undefined
  return { family: 1, bytes: bytes.subarray(12) }
}

/**
 * Returns true if the address may belong to a host on the Internet: not private, loopback, link-local, multicast or
 * reserved. Addresses for documentation (RFC 5737, RFC 3849) count as public, so that examples work.
 */
export function isPublicAddress(address: Address): boolean {
  const { family, bytes } = unmapped(address) ?? address
  // RFC 4291 §2.4: global unicast outside 2000::/3 is unassigned, or contains an IPv4 address that may be private.
  if (family === 2 && ((bytes[0] as number) & 0xe0) !== 0x20) return false
  const parsed = ipaddr.fromByteArray([...bytes])
  return parsed.range() === 'unicast' || DOCUMENTATION.some((network) => network.test(parsed.toString()))
}

const DOCUMENTATION = [/^192\.0\.2\./, /^198\.51\.100\./, /^203\.0\.113\./, /^2001:db8:/]
