import { MAX_STRING_BYTES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'

/**
 * The bytes of a text in master file format (RFC 1035 §5.1), and true at the index of each byte that the text escaped.
 */
type Unescaped = { readonly bytes: readonly number[]; readonly escaped: readonly boolean[] }

/**
 * Resolves `\DDD` and `\X`. Characters above 127 become their UTF-8 bytes; a raw octet (see `RAW_OCTET`) becomes that
 * octet.
 */
export function unescapeText(text: string): Result<Unescaped> {
  if (isPlain(text)) {
    const plain: number[] = []
    for (let i = 0; i < text.length; i++) plain.push(text.charCodeAt(i))
    return ok({ bytes: plain, escaped: NOTHING })
  }
  const bytes: number[] = []
  const escaped: boolean[] = []
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '\\') {
      const code = text.codePointAt(i) as number
      if (code < 128) {
        bytes.push(code)
        escaped.push(false)
      } else {
        for (const byte of octetsOf(code)) {
          bytes.push(byte)
          escaped.push(false)
        }
        if (code > 0xffff) i++
      }
      continue
    }
    const digits = text.slice(i + 1, i + 4)
    if (/^\d/.test(digits)) {
      if (!/^\d{3}$/.test(digits) || Number(digits) > 255) {
        return err(`"\\${digits}" is not an escape; expected \\ and three digits from 000 to 255`)
      }
      bytes.push(Number(digits))
      i += 3
    } else if (i + 1 < text.length) {
      const code = text.codePointAt(i + 1) as number
      const encoded = octetsOf(code)
      for (const byte of encoded.subarray(0, -1)) {
        bytes.push(byte)
        escaped.push(true)
      }
      bytes.push(encoded.at(-1) as number)
      i += code > 0xffff ? 2 : 1
    } else {
      return err('a backslash ends the text; expected a character or three digits after it')
    }
    escaped.push(true)
  }
  return ok({ bytes, escaped })
}

/** Returns true if each character is one octet that stands for itself. Nearly all texts are such. */
export function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f || code === BACKSLASH) return false
  }
  return true
}

const NOTHING: readonly boolean[] = []

const UTF8 = new TextEncoder()

/**
 * Represents an octet that is not UTF-8 in a text: this plus the octet's value, U+DC80 to U+DCFF. Valid text never has
 * one of these without a high surrogate before it.
 */
export const RAW_OCTET = 0xdc00

const isRawOctet = (code: number): boolean => code >= RAW_OCTET + 0x80 && code <= RAW_OCTET + 0xff

const octetsOf = (code: number): Uint8Array =>
  isRawOctet(code) ? Uint8Array.of(code - RAW_OCTET) : UTF8.encode(String.fromCodePoint(code))

/** Replaces each octet that is not UTF-8 by `\DDD`. */
export function escapeRawOctets(text: string): string {
  if (!/[\udc80-\udcff]/u.test(text)) return text
  return Array.from(text, (character) => {
    const code = character.codePointAt(0) as number
    return isRawOctet(code) ? `\\${code - RAW_OCTET}` : character
  }).join('')
}

/**
 * Writes bytes as text that `unescapeText` reads back.
 * @param special the characters that get a backslash
 */
export function escapeBytes(bytes: Iterable<number>, special: string): string {
  let text = ''
  for (const byte of bytes) {
    const character = String.fromCharCode(byte)
    if (byte < 0x20 || byte > 0x7e) text += `\\${String(byte).padStart(3, '0')}`
    else text += special.includes(character) ? `\\${character}` : character
  }
  return text
}

/** One field of RDATA text. `text` is still escaped; `at` is the index of its first character or of its quote. */
export type Field = { readonly text: string; readonly quoted: boolean; readonly at: number }

/** Splits RDATA text at white space outside quotes. */
export function splitFields(text: string): Result<readonly Field[]> {
  const fields: Field[] = []
  let i = 0
  while (i < text.length) {
    if (isSpace(text.charCodeAt(i))) {
      i++
      continue
    }
    const at = i
    const quoted = text.charCodeAt(i) === QUOTE
    const start = quoted ? i + 1 : i
    let end = start
    while (end < text.length) {
      const code = text.charCodeAt(end)
      if (code === QUOTE || (!quoted && isSpace(code))) break
      end += code === BACKSLASH ? 2 : 1
    }
    if (quoted && end >= text.length) return err('unterminated quote; expected a closing "')
    fields.push({ text: text.slice(start, end), quoted, at })
    i = quoted ? end + 1 : end
  }
  return ok(fields)
}

const [SPACE, TAB, QUOTE, BACKSLASH] = [0x20, 0x09, 0x22, 0x5c] as const

const isSpace = (code: number): boolean => code === SPACE || code === TAB

/** Writes a character-string in quotes. */
export function quote(bytes: Uint8Array | readonly number[]): string {
  const { length } = bytes
  if (length > PLAIN.length - 2) return escaped(bytes)
  PLAIN[0] = QUOTE
  for (let i = 0; i < length; i++) {
    const byte = bytes[i] as number
    if (byte < 0x20 || byte > 0x7e || byte === QUOTE || byte === BACKSLASH) return escaped(bytes)
    PLAIN[i + 1] = byte
  }
  PLAIN[length + 1] = QUOTE
  return String.fromCharCode.apply(null, PLAIN.subarray(0, length + 2) as unknown as number[])
}

const escaped = (bytes: Iterable<number>): string => `"${escapeBytes(bytes, '"\\')}"`

const PLAIN = new Uint8Array(MAX_STRING_BYTES + 2)
