import { err, ok } from '../result.ts'
import { fail, type Layout, type RdataField, singleField } from './layout.ts'
import { CSYNC, DSYNC, WKS, ZONEMD } from './rdata-bits.ts'
import { CERT, DNSKEY, DS, KEY, SSHFP } from './rdata-dnssec.ts'
import {
  base64,
  hexadecimal,
  ipv4,
  ipv6,
  name,
  parseNumber,
  string,
  strings,
  text,
  time,
  u8,
  u16,
  u32,
} from './rdata-fields.ts'
import { AMTRELAY, APL, HIP, IPSECKEY } from './rdata-gateway.ts'
import { LOC } from './rdata-loc.ts'
import { NAPTR } from './rdata-naptr.ts'
import { ATMA, EUI48, EUI64, GPOS, IPN, ISDN, L32, L64, NID, NSAP, X25 } from './rdata-numbers.ts'
import { SVCB } from './rdata-svcb.ts'
import { TYPE } from './types.ts'

/** RFC 8659 §4.1: the length of the tag, then the tag, of US-ASCII letters and digits. */
const tag: RdataField = singleField(
  'tag',
  (source) => {
    if (!/^[A-Za-z0-9]{1,255}$/.test(source)) {
      return err(`"${source}" is not a CAA tag; expected letters and digits, like issue`)
    }
    return ok(Uint8Array.from([source.length, ...new TextEncoder().encode(source)]))
  },
  (bytes, at) => {
    const end = at + 1 + (bytes[at] ?? Number.NaN)
    const found = end <= bytes.length ? String.fromCharCode(...bytes.subarray(at + 1, end)) : ''
    return /^[A-Za-z0-9]+$/.test(found) ? { text: found, end } : undefined
  },
)

/** RFC 2874 §3.1.1: the prefix length, the address bits after the prefix, and the name that has the prefix. */
const a6: RdataField = {
  label: '<prefix length> [<address>] [<name>]',
  takes: 'rest',
  encode: (fields, from, origin) => {
    const length = parseNumber(fields[from]?.text ?? '', 128)
    if (!length.ok) return fail(length.error, from)
    const hasAddress = length.value < 128
    const hasName = length.value > 0
    if (fields.length !== from + 1 + Number(hasAddress) + Number(hasName)) {
      return fail(`A6 data is not of the form A6 ${a6.label}; expected an address below 128, a name above 0`, from)
    }
    const address = hasAddress ? ipv6.encode(fields, from + 1, origin) : ok(new Uint8Array(16))
    if (!address.ok) return address
    const suffix = address.value.slice(length.value >> 3)
    if (length.value & 7) suffix[0] = (suffix[0] as number) & (255 >> (length.value & 7))
    const host = hasName ? name('name').encode(fields, fields.length - 1, origin) : ok(new Uint8Array())
    return host.ok ? ok(Uint8Array.from([length.value, ...suffix, ...host.value])) : host
  },
  decode: (bytes, at) => {
    const length = bytes[at] ?? 129
    const nameAt = at + 17 - (length >> 3)
    if (length > 128 || nameAt > bytes.length) return undefined
    const address = new Uint8Array(16)
    address.set(bytes.subarray(at + 1, nameAt), length >> 3)
    if (length & 7 && (address[length >> 3] as number) >> (8 - (length & 7)) !== 0) return undefined
    const host = length > 0 ? name('name').decode(bytes, nameAt) : undefined
    if (length > 0 && !host) return undefined
    const texts = [`${length}`, length < 128 ? ipv6.decode(address, 0)?.text : undefined, host?.text]
    return { text: texts.filter((text) => text !== undefined).join(' '), end: host?.end ?? nameAt }
  },
}

/** Base64, or a dash for no data. */
const dataOrDash: RdataField = {
  ...base64('data'),
  encode: (fields, at, origin) =>
    fields[at]?.text === '-' && fields.length === at + 1
      ? ok(new Uint8Array())
      : base64('data').encode(fields, at, origin),
  decode: (bytes, at) => base64('data').decode(bytes, at) ?? { text: '-', end: at },
}

/** Base64 that may be left out. */
const dataOrNone: RdataField = {
  ...dataOrDash,
  takes: 'any',
  encode: (fields, at, origin) =>
    at < fields.length ? base64('data').encode(fields, at, origin) : ok(new Uint8Array()),
  decode: (bytes, at) => base64('data').decode(bytes, at) ?? { text: '', end: at },
}

const host: Layout = { fields: [name('name')], compresses: true }
const preferred = (label: string): Layout => ({ fields: [u16('preference'), name(label)] })

const association: Layout = {
  fields: [u8('usage'), u8('selector'), u8('matching type'), hexadecimal('data')],
}

/** Types that every server reads as text. Only names in RFC 1035's types are compressed (RFC 3597 §4). */
const COMMON: readonly (readonly [number, Layout])[] = [
  [TYPE.A, { fields: [ipv4] }],
  [TYPE.AAAA, { fields: [ipv6] }],
  [TYPE.NS, { fields: [name('name')], compresses: true }],
  [TYPE.CNAME, { fields: [name('name')], compresses: true }],
  [TYPE.PTR, { fields: [name('name')], compresses: true }],
  [TYPE.MX, { fields: [u16('preference'), name('name')], compresses: true }],
  [
    TYPE.SOA,
    {
      fields: [
        name('mname'),
        name('rname'),
        u32('serial'),
        ...['refresh', 'retry', 'expire', 'minimum'].map((label) => time(label)),
      ],
      compresses: true,
    },
  ],
  [TYPE.TXT, { fields: [strings] }],
  [TYPE.SPF, { fields: [strings] }],
  [TYPE.HINFO, { fields: [string('cpu'), string('os')] }],
  [TYPE.RP, { fields: [name('mailbox'), name('text name')] }],
  [TYPE.AFSDB, { fields: [u16('subtype'), name('host')] }],
  [TYPE.LOC, LOC],
  [TYPE.SRV, { fields: [u16('priority'), u16('weight'), u16('port'), name('target')] }],
  [TYPE.NAPTR, NAPTR],
  [TYPE.CERT, CERT],
  [TYPE.DNAME, { fields: [name('target')] }],
  [TYPE.DS, DS],
  [TYPE.CDS, DS],
  [TYPE.DNSKEY, DNSKEY],
  [TYPE.CDNSKEY, DNSKEY],
  [TYPE.SSHFP, SSHFP],
  [TYPE.TLSA, association],
  [TYPE.SMIMEA, association],
  [TYPE.OPENPGPKEY, { fields: [base64('key')] }],
  [TYPE.SVCB, SVCB],
  [TYPE.HTTPS, SVCB],
  [TYPE.URI, { fields: [u16('priority'), u16('weight'), text('target', 1)] }],
  [TYPE.CAA, { fields: [u8('flags'), tag, text('value', 0)] }],
  [TYPE.MINFO, { fields: [name('mailbox'), name('error mailbox')], compresses: true }],
  [TYPE.KEY, KEY],
  [TYPE.KX, preferred('exchanger')],
  [TYPE.APL, APL],
  [TYPE.IPSECKEY, IPSECKEY],
  [TYPE.DHCID, { fields: [base64('digest')] }],
  [TYPE.CSYNC, CSYNC],
  [TYPE.ZONEMD, ZONEMD],
  [TYPE.NID, NID],
  [TYPE.L32, L32],
  [TYPE.L64, L64],
  [TYPE.LP, preferred('name')],
  [TYPE.EUI48, EUI48],
  [TYPE.EUI64, EUI64],
  [TYPE.ALIAS, { fields: [name('target')] }],
]

/** Types whose text form some server does not read. */
const RARE: readonly (readonly [number, Layout])[] = [
  [TYPE.MD, host],
  [TYPE.MF, host],
  [TYPE.MB, host],
  [TYPE.MG, host],
  [TYPE.MR, host],
  [TYPE.WKS, WKS],
  [TYPE.X25, X25],
  [TYPE.ISDN, ISDN],
  [TYPE.RT, preferred('host')],
  [TYPE.NSAP, NSAP],
  [TYPE['NSAP-PTR'], { fields: [name('name')] }],
  [TYPE.PX, { fields: [u16('preference'), name('RFC 822 name'), name('X.400 name')] }],
  [TYPE.GPOS, GPOS],
  [TYPE.EID, { fields: [hexadecimal('identifier')] }],
  [TYPE.NIMLOC, { fields: [hexadecimal('locator')] }],
  [TYPE.ATMA, ATMA],
  [TYPE.A6, { fields: [a6] }],
  [TYPE.SINK, { fields: [u8('meaning'), u8('coding'), u8('subcoding'), dataOrNone] }],
  [TYPE.HIP, HIP],
  [TYPE.NINFO, { fields: [strings] }],
  [TYPE.RKEY, KEY],
  [TYPE.TALINK, { fields: [name('previous'), name('next')] }],
  [TYPE.DSYNC, DSYNC],
  [TYPE.HHIT, { fields: [base64('data')] }],
  [TYPE.BRID, { fields: [base64('data')] }],
  [TYPE.AVC, { fields: [strings] }],
  [TYPE.DOA, { fields: [u32('enterprise'), u32('type'), u8('location'), string('media type'), dataOrDash] }],
  [TYPE.AMTRELAY, AMTRELAY],
  [TYPE.RESINFO, { fields: [strings] }],
  [TYPE.WALLET, { fields: [strings] }],
  [TYPE.CLA, { fields: [strings] }],
  [TYPE.IPN, IPN],
  [TYPE.TA, DS],
  [TYPE.DLV, DS],
]

/** The types whose RDATA is known. */
export const LAYOUTS: ReadonlyMap<number, Layout> = new Map([...COMMON, ...RARE])

const COMMON_TYPES: ReadonlySet<number> = new Set(COMMON.map(([type]) => type))

/** Returns true if every server reads the name of the type and the text form of its data. */
export const isCommon = (type: number): boolean => COMMON_TYPES.has(type)
