import { err, ok, type Result } from '../result.ts'
import { type Address, addressBits, type Family, formatAddress, parseAddress, unmapped } from './address.ts'

/** A network. The bits of `bytes` beyond `length` are zero. */
export type Prefix = { readonly family: Family; readonly bytes: Uint8Array; readonly length: number }

/**
 * Parses a network: `192.0.2.0/24`, `2001:db8::/32`, or an address alone for its /32 or /128.
 * Host bits are allowed and cleared, as PowerDNS does.
 * @param mapped reads a network inside ::ffff:0:0/96 as the IPv4 network that it maps (the default), or as IPv6
 */
export function parsePrefix(text: string, mapped: 'as IPv4' | 'as written' = 'as IPv4'): Result<Prefix> {
  const slash = text.indexOf('/')
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (!address.ok) return err(`"${text}" is not a network; expected one like 192.0.2.0/24 or 2001:db8::/32`)
  const bits = addressBits(address.value.family)
  const lengthText = slash < 0 ? String(bits) : text.slice(slash + 1)
  const length = /^\d{1,3}$/.test(lengthText) ? Number(lengthText) : Number.NaN
  if (!(length <= bits)) return err(`"${text}" has no valid prefix length; expected 0 to ${bits} after the slash`)
  const inner = mapped === 'as IPv4' && length >= 96 ? unmapped(address.value) : undefined
  return ok(inner ? maskAddress(inner, length - 96) : maskAddress(address.value, length))
}

export function maskAddress(address: Address, length: number): Prefix {
  const bytes = new Uint8Array(address.bytes.length)
  const whole = length >> 3
  bytes.set(address.bytes.subarray(0, whole))
  if (length & 7) bytes[whole] = (address.bytes[whole] ?? 0) & (0xff00 >> (length & 7))
  return { family: address.family, bytes, length }
}

export const formatPrefix = (prefix: Prefix): string => `${formatAddress(prefix)}/${prefix.length}`

/** Returns the network that a text has bits beyond: `10.0.0.0/8` for `10.1.2.3/8`; undefined where it has none. */
export function withoutHostBits(text: string): string | undefined {
  const prefix = parsePrefix(text, 'as written')
  const address = parseAddress(text.replace(/\/.*/, ''))
  if (!prefix.ok || !address.ok) return undefined
  const { bytes } = address.value
  return prefix.value.bytes.every((byte, i) => byte === bytes[i]) ? undefined : formatPrefix(prefix.value)
}
