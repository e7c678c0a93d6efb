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
  const four = fourNumbers(text)
  if (four) return ok({ family: 1, bytes: four })
  const eight = eightGroups(text.includes('.') ? withoutDots(text) : text)
  if (eight) return ok({ family: 2, bytes: eight })
  return err(`"${text}" is not an IP address; expected four numbers like 192.0.2.1, or IPv6 like 2001:db8::1`)
}

/**
 * Parses four decimal numbers without leading zeros. A zone may have a million of them, so each character is read once.
 */
function fourNumbers(text: string): Uint8Array | undefined {
  const { length } = text
  if (length < 7 || length > 15) return undefined
  let numbers = 0
  let value = -1
  let all = 0
  for (let i = 0; i <= length; i++) {
    const code = i === length ? DOT : text.charCodeAt(i)
    if (code === DOT) {
      if (value < 0 || value > 255) return undefined
      all = (all << 8) | value
      numbers++
      value = -1
    } else if (code >= 0x30 && code <= 0x39 && value !== 0) value = Math.max(value, 0) * 10 + code - 0x30
    else return undefined
  }
  if (numbers !== 4) return undefined
  const bytes = new Uint8Array(4)
  for (let i = 0; i < 4; i++) bytes[i] = all >>> (24 - 8 * i)
  return bytes
}

const DOT = 0x2e
const COLON = 0x3a

/** Parses hexadecimal groups of up to four digits, with at most one `::`. */
function eightGroups(text: string): Uint8Array | undefined {
  const { length } = text
  if (length < 2 || length > 39) return undefined
  const groups: number[] = []
  let gap = -1
  let digits = 0
  let value = 0
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    const digit = hexadecimal(code)
    if (digit >= 0) {
      if (++digits > 4) return undefined
      value = (value << 4) | digit
      continue
    }
    if (code !== COLON) return undefined
    const isPair = text.charCodeAt(i + 1) === COLON
    if (digits > 0) groups.push(value)
    // A colon with no group before it is the first one of a `::` at the start.
    else if (i > 0 || !isPair) return undefined
    digits = 0
    value = 0
    if (isPair) {
      if (gap >= 0) return undefined
      gap = groups.length
      i++
    } else if (i === length - 1) return undefined
  }
  if (digits > 0) groups.push(value)
  if (gap < 0 ? groups.length !== 8 : groups.length > 7) return undefined
  const bytes = new Uint8Array(16)
  for (const [i, group] of groups.entries()) {
    const at = 2 * (gap >= 0 && i >= gap ? 8 - groups.length + i : i)
    bytes[at] = group >> 8
    bytes[at + 1] = group
  }
  return bytes
}

/** Returns the value of a hexadecimal digit, or -1. */
function hexadecimal(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

/**
 * Rewrites the last 32 bits of an IPv6 address from dotted decimal (RFC 4291 §2.2) to groups. A text without valid ones
 * is returned as it is.
 */
function withoutDots(text: string): string {
  const at = text.lastIndexOf(':') + 1
  const four = fourNumbers(text.slice(at))
  return four ? `${text.slice(0, at)}${groupAt(four, 0).toString(16)}:${groupAt(four, 1).toString(16)}` : text
}

/** Canonical text: dotted decimal, or RFC 5952. */
export function formatAddress({ family, bytes }: Address): string {
  return family === 1 ? `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}` : formatGroups(bytes)
}

/** RFC 5952 §4: the longest run of two and more zero groups is `::`, the first one of equal runs. */
function formatGroups(bytes: Uint8Array): string {
  let gap = 8
  let gapLength = 1
  for (let i = 0, zeros = 0; i < 8; i++) {
    zeros = groupAt(bytes, i) === 0 ? zeros + 1 : 0
    if (zeros > gapLength) [gap, gapLength] = [i - zeros + 1, zeros]
  }
  let text = ''
  for (let i = 0; i < 8; i++) {
    if (i === gap) {
      text += '::'
      i += gapLength - 1
    } else text += `${i === 0 || text.endsWith(':') ? '' : ':'}${groupAt(bytes, i).toString(16)}`
  }
  return text
}

const groupAt = (bytes: Uint8Array, i: number): number => ((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number)

/** Returns the IPv4 address inside an address of ::ffff:0:0/96 (RFC 4291 §2.5.5.2), else undefined. */
export function unmapped(address: Address): Address | undefined {
  if (address.family !== 2) return undefined
  const bytes = address.bytes
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return undefined
  if (bytes[10] !== 0xff || bytes[11] !== 0xff) return undefined
  return { family: 1, bytes: bytes.subarray(12) }
}
