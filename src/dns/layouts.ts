import { err, ok } from '../result.ts'
import { type Layout, one, type Part } from './layout.ts'
import { base64, hexadecimal, ipv4, ipv6, name, string, strings, text, time, u8, u16, u32 } from './parts.ts'
import { CERT, DNSKEY, DS, SSHFP } from './rdata-dnssec.ts'
import { LOC } from './rdata-loc.ts'
import { NAPTR } from './rdata-naptr.ts'
import { SVCB } from './rdata-svcb.ts'
import { TYPE } from './types.ts'

/** RFC 8659 §4.1: a tag of US-ASCII letters and digits, after its length. */
const tag: Part = one(
  'tag',
  (source) => {
    if (!/^[A-Za-z0-9]{1,255}$/.test(source)) {
      return err(`"${source}" is not a CAA tag; expected letters and digits, like issue`)
    }
    return ok(Uint8Array.from([source.length, ...new TextEncoder().encode(source)]))
  },
  (bytes, at) => {
    const end = at + 1 + (bytes[at] ?? Number.NaN)
    const own = end <= bytes.length ? String.fromCharCode(...bytes.subarray(at + 1, end)) : ''
    return /^[A-Za-z0-9]+$/.test(own) ? { text: own, end } : undefined
  },
)

const association: Layout = {
  parts: [u8('usage'), u8('selector'), u8('matching type'), hexadecimal('data')],
}

/** The types whose RDATA is known. Only names of RFC 1035's own types are compressed (RFC 3597 §4). */
export const LAYOUTS: ReadonlyMap<number, Layout> = new Map<number, Layout>([
  [TYPE.A, { parts: [ipv4] }],
  [TYPE.AAAA, { parts: [ipv6] }],
  [TYPE.NS, { parts: [name('name')], compresses: true }],
  [TYPE.CNAME, { parts: [name('name')], compresses: true }],
  [TYPE.PTR, { parts: [name('name')], compresses: true }],
  [TYPE.MX, { parts: [u16('preference'), name('name')], compresses: true }],
  [
    TYPE.SOA,
    {
      parts: [
        name('mname'),
        name('rname'),
        u32('serial'),
        ...['refresh', 'retry', 'expire', 'minimum'].map((label) => time(label)),
      ],
      compresses: true,
    },
  ],
  [TYPE.TXT, { parts: [strings] }],
  [TYPE.SPF, { parts: [strings] }],
  [TYPE.HINFO, { parts: [string('cpu'), string('os')] }],
  [TYPE.RP, { parts: [name('mailbox'), name('text name')] }],
  [TYPE.AFSDB, { parts: [u16('subtype'), name('host')] }],
  [TYPE.LOC, LOC],
  [TYPE.SRV, { parts: [u16('priority'), u16('weight'), u16('port'), name('target')] }],
  [TYPE.NAPTR, NAPTR],
  [TYPE.CERT, CERT],
  [TYPE.DNAME, { parts: [name('target')] }],
  [TYPE.DS, DS],
  [TYPE.CDS, DS],
  [TYPE.DNSKEY, DNSKEY],
  [TYPE.CDNSKEY, DNSKEY],
  [TYPE.SSHFP, SSHFP],
  [TYPE.TLSA, association],
  [TYPE.SMIMEA, association],
  [TYPE.OPENPGPKEY, { parts: [base64('key')] }],
  [TYPE.SVCB, SVCB],
  [TYPE.HTTPS, SVCB],
  [TYPE.URI, { parts: [u16('priority'), u16('weight'), text('target', 1)] }],
  [TYPE.CAA, { parts: [u8('flags'), tag, text('value', 0)] }],
  [TYPE.ALIAS, { parts: [name('target')] }],
])
