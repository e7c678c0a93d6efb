import { err, ok } from '../result.ts'
import { fail, type Layout, type RdataField, singleField } from './layout.ts'
import { fromHexadecimal, ipv4, string, toHexadecimal, u16 } from './rdata-fields.ts'

/** Types with addresses of networks other than the Internet: numbers in various notations. */

/** Hexadecimal digits with separators. The canonical text is in lower case. */
const digits = (
  label: string,
  format: RegExp,
  like: string,
  parse: (text: string) => string,
  print: (hex: string) => string,
  octets?: number,
): RdataField =>
  singleField(
    label,
    (text) =>
      format.test(text)
        ? ok(fromHexadecimal(parse(text)))
        : err(`"${text}" is not of the form ${like}; expected hexadecimal digits like it`),
    (bytes, at) => {
      const found = bytes.subarray(at, octets === undefined ? bytes.length : at + octets)
      if (found.length === 0 || (octets !== undefined && found.length !== octets)) return undefined
      return { text: print(toHexadecimal(found)), end: at + found.length }
    },
  )

const eui = (octets: 6 | 8, like: string): Layout => ({
  fields: [
    digits(
      'address',
      new RegExp(`^([0-9a-f]{2}-){${octets - 1}}[0-9a-f]{2}$`, 'i'),
      like,
      (text) => text.replaceAll('-', ''),
      (hex) => (hex.match(/../g) ?? []).join('-'),
      octets,
    ),
  ],
})

/** RFC 7043. */
export const EUI48 = eui(6, '00-00-5e-00-53-2a')
export const EUI64 = eui(8, '00-00-5e-ef-10-00-00-2a')

/** RFC 6742 §2.1.1: four groups of up to four digits, without `::`. All four digits are printed: Knot needs them. */
const locator = (label: string): RdataField =>
  digits(
    label,
    /^([0-9a-f]{1,4}:){3}[0-9a-f]{1,4}$/i,
    '2001:db8:1140:1000',
    (text) =>
      text
        .split(':')
        .map((group) => group.padStart(4, '0'))
        .join(''),
    (hex) => (hex.match(/.{4}/g) ?? []).join(':'),
    8,
  )

export const NID: Layout = { fields: [u16('preference'), locator('node')] }
export const L64: Layout = { fields: [u16('preference'), locator('locator')] }
export const L32: Layout = { fields: [u16('preference'), ipv4] }

/** RFC 1706: dots have no meaning. */
export const NSAP: Layout = {
  fields: [
    digits(
      'address',
      /^0x\.*([0-9a-f]\.*[0-9a-f]\.*)+$/i,
      '0x47.0005.80',
      (text) => text.slice(2).replaceAll('.', ''),
      (hex) => `0x${hex}`,
    ),
  ],
}

/** ATM Forum: the octet 1 and digits of E.164, or the octet 0 and an NSAP address. */
export const ATMA: Layout = {
  fields: [
    singleField(
      'address',
      (text) => {
        if (/^\+\d+$/.test(text)) return ok(Uint8Array.from([1, ...new TextEncoder().encode(text.slice(1))]))
        const hex = text.replaceAll('.', '')
        if (/^([0-9a-f]{2})+$/i.test(hex)) return ok(Uint8Array.from([0, ...fromHexadecimal(hex)]))
        return err(`"${text}" is not an ATM address; expected + and digits, or hexadecimal digits`)
      },
      (bytes, at) => {
        const address = bytes.subarray(at + 1)
        if (address.length === 0) return undefined
        if (bytes[at] === 0) return { text: toHexadecimal(address), end: bytes.length }
        const number = String.fromCharCode(...address)
        return bytes[at] === 1 && /^\d+$/.test(number) ? { text: `+${number}`, end: bytes.length } : undefined
      },
    ),
  ],
}

/** RFC 1183 §3.1: at least the four digits of a data network identification code. */
export const X25: Layout = {
  fields: [string('PSDN address')],
  check: (bytes) =>
    /^\d{4,}$/.test(String.fromCharCode(...bytes.subarray(1)))
      ? undefined
      : { message: 'the PSDN address is not of digits; expected four or more', field: 0 },
}

const subaddress = string('subaddress')

/** RFC 1183 §3.2: the subaddress may be left out. */
export const ISDN: Layout = {
  fields: [
    string('ISDN address'),
    {
      ...subaddress,
      label: '[<subaddress>]',
      takes: 'any',
      encode: (fields, at, origin) => {
        if (at >= fields.length) return ok(new Uint8Array())
        if (fields.length === at + 1) return subaddress.encode(fields, at, origin)
        return fail('ISDN data has more than two fields; expected ISDN <ISDN address> [<subaddress>]', at + 1)
      },
      decode: (bytes, at) => (at < bytes.length ? subaddress.decode(bytes, at) : { text: '', end: at }),
    },
  ],
}

export const GPOS: Layout = { fields: [string('longitude'), string('latitude'), string('altitude')] }

/** The node number of the Interplanetary Network: 64 bits. */
export const IPN: Layout = {
  fields: [
    singleField(
      'node number',
      (text) => {
        const value = /^\d{1,20}$/.test(text) ? BigInt(text) : -1n
        if (value < 0n || value >= 1n << 64n) return err(`"${text}" is not a number here; expected 0 to 2^64-1`)
        return ok(fromHexadecimal(value.toString(16).padStart(16, '0')))
      },
      (bytes, at) =>
        at + 8 > bytes.length
          ? undefined
          : { text: BigInt(`0x${toHexadecimal(bytes.subarray(at, at + 8))}`).toString(), end: at + 8 },
    ),
  ],
}
