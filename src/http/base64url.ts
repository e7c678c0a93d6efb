import { Slab } from '../dns/query-path.ts'

/**
 * Decodes base64url (RFC 4648 §5): undefined for any other character, and for a length that no text has. Padding may be
 * there, though RFC 8484 §6 has none. `Uint8Array.fromBase64` takes three times as long, most of it for a buffer.
 * @param start where the encoded part of the text starts
 */
export function decodeBase64Url(text: string, start = 0): Uint8Array | undefined {
  const end = withoutPadding(text, start)
  const length = end - start
  const isPadded = end < text.length
  if (length < 2 || length % 4 === 1 || (isPadded && (text.length - start) % 4 !== 0)) return undefined
  const octets = DECODED.take((length * 3) >> 2)
  let at = 0
  let all = 0
  let bits = 0
  for (let i = 0; i < length; i++) {
    const value = sixBitsOf(text.charCodeAt(start + i))
    all |= value
    bits = (bits << 6) | value
    // The first of four characters completes no octet; each other one does, with 4, 2 and 0 bits left over.
    if ((i & 3) !== 0) octets[at++] = bits >> (6 - 2 * (i & 3))
  }
  return all === INVALID ? undefined : octets
}

const DECODED = new Slab()

function withoutPadding(text: string, start: number): number {
  let end = text.length
  while (end > start && end > text.length - 2 && text.charCodeAt(end - 1) === PADDING) end--
  return end
}

const PADDING = 0x3d

/** All bits: a value that is not valid stays visible, whichever others are added to it by OR. */
const INVALID = -1

const sixBitsOf = (code: number): number => (code < VALUES.length ? (VALUES[code] as number) : INVALID)

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const VALUES = Int8Array.from({ length: 128 }, (_, code) => ALPHABET.indexOf(String.fromCharCode(code)))
