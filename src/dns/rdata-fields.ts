import { MAX_NAME_BYTES, MAX_STRING_BYTES } from '../limits.ts'
import { type Family, formatAddress, parseAddress } from '../net/index.ts'
import { err, ok, type Result } from '../result.ts'
import { readNumber, toOctets } from './integers.ts'
import { fail, type RdataField, singleField } from './layout.ts'
import { formatName, nameFromWire, parseName } from './name.ts'
import { type Field, quote, unescapeText } from './presentation.ts'
import { parseTtl } from './ttl.ts'

/** RDATA fields that many types have: numbers, names, addresses, strings. */

type Octets = 1 | 2 | 4

export const u8 = (label: string): RdataField => number(label, 1)
export const u16 = (label: string): RdataField => number(label, 2)
export const u32 = (label: string): RdataField => number(label, 4)

/** A time, as in the SOA: seconds, or units as in `1h30m`. */
export const time = (label: string): RdataField => number(label, 4, parseTtl)

/** A number that text may write as a mnemonic, in any case. */
export const code = (label: string, octets: Octets, numbers: ReadonlyMap<string, number>): RdataField =>
  number(label, octets, (text) => {
    const value = numbers.get(text.toUpperCase())
    if (value !== undefined) return ok(value)
    const parsed = parseNumber(text, maxOf(octets))
    if (parsed.ok) return parsed
    const names = [...numbers.keys()]
    const listed = names.length > MAX_LISTED ? `a name like ${names.at(MAX_LISTED)}` : `one of ${names.join(', ')}`
    return err(`"${text}" is not a valid ${label}; expected 0 to ${maxOf(octets)}, or ${listed}`)
  })

/** A longer list of names would make the error unreadable. */
const MAX_LISTED = 8

/** Prints a code as its mnemonic, where it has one. */
export function mnemonic(field: RdataField, numbers: ReadonlyMap<string, number>): RdataField {
  const names = new Map([...numbers].map(([name, number]) => [String(number), name]))
  return {
    ...field,
    decode: (bytes, at) => {
      const decoded = field.decode(bytes, at)
      return decoded && { ...decoded, text: names.get(decoded.text) ?? decoded.text }
    },
  }
}

function number(label: string, octets: Octets, parse = (text: string) => parseNumber(text, maxOf(octets))): RdataField {
  return singleField(
    label,
    (text) => {
      const value = parse(text)
      return value.ok ? ok(toOctets(value.value, octets)) : value
    },
    (bytes, at) =>
      at + octets > bytes.length ? undefined : { text: String(readNumber(bytes, at, octets)), end: at + octets },
  )
}

const maxOf = (octets: Octets): number => 2 ** (8 * octets) - 1

export function parseNumber(source: string, max: number): Result<number> {
  const value = /^\d{1,10}$/.test(source) ? Number(source) : Number.NaN
  return value <= max ? ok(value) : err(`"${source}" is not a number here; expected 0 to ${max}`)
}

/** A domain name, uncompressed. */
export const name = (label: string): RdataField =>
  singleField(
    label,
    (text, origin) => {
      const parsed = parseName(text, origin)
      return parsed.ok ? ok(parsed.value.wire) : parsed
    },
    (bytes, at) => {
      let end = at
      for (let length = bytes[end] ?? 0; length > 0; length = bytes[end] ?? 0) {
        if (length > 63) return undefined
        end += length + 1
      }
      end++
      if (end > bytes.length || end - at > MAX_NAME_BYTES) return undefined
      const name = nameFromWire(bytes.subarray(at, end))
      return { text: formatName(name), end, name }
    },
  )

export const ipv4: RdataField = address(1, 'A', 'an IPv4 address like 192.0.2.1')
export const ipv6: RdataField = address(2, 'AAAA', 'an IPv6 address like 2001:db8::1')

function address(family: Family, type: string, wanted: string): RdataField {
  const octets = family === 1 ? 4 : 16
  return singleField(
    'address',
    (text) => {
      const parsed = parseAddress(text)
      if (!parsed.ok) return parsed
      if (parsed.value.family === family) return ok(parsed.value.bytes)
      return err(`"${text}" is the wrong family for ${type}; expected ${wanted}`)
    },
    (bytes, at) => {
      const found = bytes.subarray(at, at + octets)
      return found.length === octets ? { text: formatAddress({ family, bytes: found }), end: at + octets } : undefined
    },
  )
}

/** A character-string: its length, then up to 255 octets. */
export const string = (label: string): RdataField =>
  singleField(
    label,
    (text) => {
      const unescaped = unescapeText(text)
      if (!unescaped.ok) return unescaped
      const { bytes } = unescaped.value
      if (bytes.length <= MAX_STRING_BYTES) return ok(Uint8Array.from([bytes.length, ...bytes]))
      return err(`a string of ${bytes.length} octets; expected at most ${MAX_STRING_BYTES}`)
    },
    decodeString,
  )

/** One or more character-strings. A longer text becomes several, as in PowerDNS: clients join them again. */
export const strings: RdataField = {
  label: '"string" …',
  takes: 'rest',
  encode: (fields, from) => {
    const all: number[] = []
    for (let i = from; i < fields.length; i++) {
      const unescaped = unescapeText((fields[i] as Field).text)
      if (!unescaped.ok) return fail(unescaped.error, i)
      const { bytes } = unescaped.value
      for (let at = 0; at === 0 || at < bytes.length; at += MAX_STRING_BYTES) {
        const string = bytes.slice(at, at + MAX_STRING_BYTES)
        all.push(string.length)
        for (const byte of string) all.push(byte)
      }
    }
    return ok(Uint8Array.from(all))
  },
  decode: (bytes, at) => {
    const texts: string[] = []
    let end = at
    do {
      const decoded = decodeString(bytes, end)
      if (!decoded) return undefined
      texts.push(decoded.text)
      end = decoded.end
    } while (end < bytes.length)
    return { text: texts.join(' '), end }
  },
}

function decodeString(bytes: Uint8Array, at: number): { text: string; end: number } | undefined {
  const end = at + 1 + (bytes[at] ?? Number.NaN)
  return end <= bytes.length ? { text: quote(bytes.subarray(at + 1, end)), end } : undefined
}

/** A text without a length before it, up to the end of the data. */
export const text = (label: string, min: 0 | 1): RdataField =>
  singleField(
    label,
    (source) => {
      const unescaped = unescapeText(source)
      if (!unescaped.ok) return unescaped
      if (unescaped.value.bytes.length < min) return err(`the ${label} is empty; expected at least one character`)
      return ok(Uint8Array.from(unescaped.value.bytes))
    },
    (bytes, at) => (bytes.length - at >= min ? { text: quote(bytes.subarray(at)), end: bytes.length } : undefined),
  )

/** Octets up to the end of the data, in hexadecimal digits; white space may divide them into several text fields. */
export const hexadecimal = (label: string): RdataField =>
  rest(
    label,
    (digits) => {
      if (/^([0-9a-f]{2})+$/i.test(digits)) return ok(fromHexadecimal(digits))
      return err(`"${shortened(digits)}" is not hexadecimal; expected pairs of 0-9 and A-F`)
    },
    (bytes) => toHexadecimal(bytes).toUpperCase(),
  )

export const fromHexadecimal = (digits: string): Uint8Array =>
  Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

export const toHexadecimal = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** Octets up to the end of the data, in base64 (RFC 4648 §4); white space may divide the text. */
export const base64 = (label: string): RdataField => rest(label, fromBase64, toBase64)

export function fromBase64(digits: string): Result<Uint8Array> {
  if (/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/.test(digits)) {
    return ok(Uint8Array.from(atob(digits), (character) => character.charCodeAt(0)))
  }
  return err(`"${shortened(digits)}" is not base64; expected A-Z, a-z, 0-9, + and /, filled up with = to fours`)
}

export const toBase64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))

const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text)

/** At least one octet up to the end of the data, in a notation without white space. */
function rest(
  label: string,
  parse: (digits: string) => Result<Uint8Array>,
  format: (bytes: Uint8Array) => string,
): RdataField {
  return {
    label: `<${label}>`,
    takes: 'rest',
    encode: (fields, from) => {
      const words = fields.slice(from).map(({ text }) => text)
      const bytes = parse(words.join(''))
      return bytes.ok ? bytes : fail(bytes.error, from)
    },
    decode: (bytes, at) => (at < bytes.length ? { text: format(bytes.subarray(at)), end: bytes.length } : undefined),
  }
}
