import { err, ok, type Result } from '../result.ts'
import type { Rdata } from './layout.ts'
import { ROOT } from './name.ts'
import { escapeBytes, quote, splitFields, unescapeText } from './presentation.ts'
import { parseRdata, parseRdataText } from './rdata.ts'
import { TYPE, typeName } from './types.ts'

/**
 * Parses Lua's text as PowerDNS does: TXT is put in quotes unchanged; every other type is presentation format, in which
 * names are absolute with or without the last dot.
 * @param octets one character for each octet
 */
export function rdataFromOctets(type: number, octets: string): Result<Rdata> {
  if (type === TYPE.TXT) return toStrings(escapeHigh(octets))
  if (octets === '') return err(`the text is empty; expected ${typeName(type)} data`)
  if (type === TYPE.SPF && /^[^"]*\s/.test(octets.trim())) {
    return err(
      `the text '${octets.slice(0, 64)}' is several strings; expected quotes around it, as in '\\034v=spf1 -all\\034'`,
    )
  }
  const text = type === TYPE.A ? withoutLeadingZeros(octets) : type === TYPE.LOC ? withinThousandths(octets) : octets
  const rdata = parseRdataText(type, escapeHigh(text), ROOT)
  return rdata.ok ? rdata : err(rdata.error.message)
}

/** PowerDNS reads the numbers of an IPv4 address as decimal, even with leading zeros; elsewhere `010` may be eight. */
const withoutLeadingZeros = (address: string): string => address.replace(/(^|\.)0+(?=\d)/g, '$1')

const ANGLE = /\b(\d{1,3}) (\d{1,3}) (\d{1,3})(?:\.(\d+))?(e-\d+)? (?=[NSEW]\b)/g

/**
 * Rewrites the angles of a LOC record as PowerDNS reads them from its `latlonloc`: 60 seconds become a minute, and
 * seconds keep three decimals. `2.6e-12` counts as 0.
 */
const withinThousandths = (location: string): string =>
  location.replace(ANGLE, (_, degrees, minutes, seconds, decimals = '', exponent) => {
    const inSeconds = exponent === undefined ? Number(seconds) : 0
    const thousandths = exponent === undefined ? decimals.slice(0, 3) : ''
    const total = Number(degrees) * 3600 + Number(minutes) * 60 + inSeconds
    return `${Math.floor(total / 3600)} ${Math.floor(total / 60) % 60} ${total % 60}.${thousandths} `
  })

/** Splits text into strings. A quote inside the text ends a string; a string over 255 octets continues in the next. */
function toStrings(text: string): Result<Rdata> {
  const fields = splitFields(`"${text}"`)
  if (!fields.ok || fields.value.some((field) => !field.quoted)) {
    return err(`the quotes inside '${text}' do not pair up; expected \\\\ before each quote, as in '\\\\\\34'`)
  }
  const strings: string[] = []
  for (const field of fields.value) {
    const octets = unescapeText(field.text)
    if (!octets.ok) return octets
    const bytes = Uint8Array.from(octets.value.bytes)
    for (let at = 0; at === 0 || at < bytes.length; at += 255) strings.push(quote(bytes.subarray(at, at + 255)))
  }
  const rdata = parseRdata(
    TYPE.TXT,
    strings.map((string) => ({ text: string.slice(1, -1), quoted: true, at: 0 })),
  )
  return rdata.ok ? ok(rdata.value) : err(rdata.error.message)
}

/** Writes octets above 127 as `\DDD`: presentation text consists of characters, and Lua's text of octets. */
const escapeHigh = (octets: string): string =>
  octets.replace(/\\[\s\S]|[\x80-\xff]/g, (found) => {
    const last = found.charCodeAt(found.length - 1)
    return last < 0x80 ? found : escapeBytes([last], '')
  })
