import { formatAddress, parseAddress } from '../net/index.ts'
import { err, ok, type Result } from '../result.ts'
import { readNumber, toOctets } from './integers.ts'
import { type Decoded, fail, type Layout, type RdataError, type RdataField, singleField } from './layout.ts'
import type { Field } from './presentation.ts'
import {
  base64,
  fromBase64,
  fromHexadecimal,
  ipv4,
  ipv6,
  name,
  parseNumber,
  toBase64,
  toHexadecimal,
  u8,
} from './rdata-fields.ts'

/** Types with several forms of addresses: IPSECKEY (RFC 4025), AMTRELAY (RFC 8777), HIP (RFC 8005), APL (RFC 3123). */

/** No gateway or relay: a dot as text, and no octets. */
const noHost: RdataField = singleField(
  'gateway',
  (text) => (text === '.' ? ok(new Uint8Array()) : err(`"${text}" is not "."; expected it for the type 0`)),
  (_, at) => ({ text: '.', end: at }),
)

/** The field of a host, by gateway type. */
const HOSTS: readonly RdataField[] = [noHost, ipv4, ipv6, name('gateway')]

const hostOf = (type: number, field: number): Result<RdataField, RdataError> => {
  const host = HOSTS[type]
  return host ? ok(host) : fail(`the type is ${type}; expected 0 to 3: none, IPv4, IPv6 or a name`, field)
}

/** A gateway. Its type is two fields before it: the second octet of the data. */
const gateway: RdataField = {
  label: '<gateway>',
  takes: 'one',
  encode: (fields, at, origin) => {
    const host = hostOf(Number((fields[1] as Field).text), 1)
    return host.ok ? host.value.encode(fields, at, origin) : host
  },
  decode: (bytes, at) => HOSTS[bytes[1] as number]?.decode(bytes, at),
}

/** A key that may be left out. */
const key = { ...base64('public key'), takes: 'any' } satisfies RdataField
const keyOrNone: RdataField = {
  ...key,
  encode: (fields, at, origin) => (at < fields.length ? key.encode(fields, at, origin) : ok(new Uint8Array())),
  decode: (bytes, at) => key.decode(bytes, at) ?? { text: '', end: at },
}

export const IPSECKEY: Layout = {
  fields: [u8('precedence'), u8('gateway type'), u8('algorithm'), gateway, keyOrNone],
}

/** `D type relay`; D and type share an octet. */
const relay: RdataField = {
  label: '<discovery optional> <type> <relay>',
  takes: 'rest',
  encode: (fields, from, origin) => {
    if (fields.length !== from + 3) {
      return fail('AMTRELAY data has four fields; expected AMTRELAY <precedence> 0|1 <type> <relay>', from)
    }
    const [optional, typeText] = fields.slice(from) as [Field, Field]
    if (!/^[01]$/.test(optional.text)) return fail(`"${optional.text}" is not a bit; expected 0 or 1`, from)
    const type = parseNumber(typeText.text, 127)
    if (!type.ok) return fail(type.error, from + 1)
    const host = hostOf(type.value, from + 1)
    if (!host.ok) return host
    const octets = host.value.encode(fields, from + 2, origin)
    return octets.ok ? ok(Uint8Array.from([Number(optional.text) * 128 + type.value, ...octets.value])) : octets
  },
  decode: (bytes, at) => {
    const first = bytes[at]
    const host = first === undefined ? undefined : HOSTS[first & 127]?.decode(bytes, at + 1)
    return host && { ...host, text: `${(first as number) >> 7} ${(first as number) & 127} ${host.text}` }
  },
}

export const AMTRELAY: Layout = { fields: [u8('precedence'), relay] }

const server = name('rendezvous server')

/** HIP has the lengths of tag and key before both. */
const identity: RdataField = {
  label: '<algorithm> <host identity tag> <public key> [<rendezvous server> …]',
  takes: 'rest',
  encode: (fields, from, origin) => {
    const [algorithmText = '', tagText = '', keyText = ''] = fields.slice(from).map(({ text }) => text)
    const algorithm = parseNumber(algorithmText, 255)
    if (!algorithm.ok) return fail(algorithm.error, from)
    if (!/^([0-9a-f]{2}){1,255}$/i.test(tagText)) {
      return fail('the host identity tag is not hexadecimal; expected 1 to 255 pairs of 0-9 and A-F', from + 1)
    }
    const key = fromBase64(keyText)
    if (!key.ok) return fail(key.error, from + 2)
    const tag = fromHexadecimal(tagText)
    const octets = [tag.length, algorithm.value, ...toOctets(key.value.length, 2), ...tag, ...key.value]
    for (let i = from + 3; i < fields.length; i++) {
      const host = server.encode(fields, i, origin)
      if (!host.ok) return host
      octets.push(...host.value)
    }
    return ok(Uint8Array.from(octets))
  },
  decode: (bytes, at) => {
    const [tagLength = 0, algorithm] = bytes.subarray(at)
    const keyLength = at + 4 <= bytes.length ? readNumber(bytes, at + 2, 2) : 0
    const keyAt = at + 4 + tagLength
    let end = keyAt + keyLength
    if (tagLength === 0 || keyLength === 0 || end > bytes.length) return undefined
    const texts = [`${algorithm}`, toHexadecimal(bytes.subarray(at + 4, keyAt)).toUpperCase()]
    texts.push(toBase64(bytes.subarray(keyAt, end)))
    while (end < bytes.length) {
      const host = server.decode(bytes, end)
      if (!host) return undefined
      texts.push(host.text)
      end = host.end
    }
    return { text: texts.join(' '), end }
  },
}

export const HIP: Layout = { fields: [identity] }

/** Any number of address prefixes. The wire leaves out zero octets at the end of an address. */
const prefixes: RdataField = {
  label: '[!]<family>:<address>/<prefix> …',
  takes: 'any',
  encode: (fields, from) => {
    const octets: number[] = []
    for (let i = from; i < fields.length; i++) {
      const item = encodePrefix((fields[i] as Field).text)
      if (!item.ok) return fail(item.error, i)
      octets.push(...item.value)
    }
    return ok(Uint8Array.from(octets))
  },
  decode: (bytes, at) => {
    const texts: string[] = []
    let end = at
    while (end < bytes.length) {
      const item = decodePrefix(bytes, end)
      if (!item) return undefined
      texts.push(item.text)
      end = item.end
    }
    return { text: texts.join(' '), end }
  },
}

function encodePrefix(text: string): Result<readonly number[]> {
  const [, not, familyText, addressText = '', lengthText] = /^(!?)([12]):(.*)\/(\d{1,3})$/.exec(text) ?? []
  const address = parseAddress(addressText)
  const [family, length] = [Number(familyText), Number(lengthText)]
  if (!address.ok || address.value.family !== family || length > 8 * address.value.bytes.length) {
    return err(`"${text}" is not an address prefix; expected it like 1:192.0.2.0/24 or !2:2001:db8::/32`)
  }
  const octets = [...address.value.bytes]
  while (octets.at(-1) === 0) octets.pop()
  return ok([0, family, length, octets.length + (not ? 128 : 0), ...octets])
}

function decodePrefix(bytes: Uint8Array, at: number): Decoded | undefined {
  const [zero, family, length = 255, negation = 0] = bytes.subarray(at)
  const end = at + 4 + (negation & 127)
  if (zero !== 0 || (family !== 1 && family !== 2)) return undefined
  const address = new Uint8Array(family === 1 ? 4 : 16)
  const sent = bytes.subarray(at + 4, end)
  if (end > bytes.length || sent.length > address.length || sent.at(-1) === 0 || length > 8 * address.length)
    return undefined
  address.set(sent)
  return { text: `${negation > 127 ? '!' : ''}${family}:${formatAddress({ family, bytes: address })}/${length}`, end }
}

export const APL: Layout = { fields: [prefixes] }
