import { parseRdataText, parseType, type Rdata, ROOT, typeName } from '../../dns/index.ts'

/** A record as PowerDNS's remote backend takes it. `auth` is 0 at and below delegations. */
export type BackendRecord = {
  readonly qtype: string
  readonly qname: string
  readonly content: string
  readonly ttl: number
  readonly domain_id: number
  readonly scopeMask?: number
  readonly auth?: 0
}

/**
 * The types whose presentation PowerDNS 4.7 reads. All others are sent in the generic form (RFC 3597 §5): it drops the
 * whole answer for a text that it cannot read.
 */
const READ_AS_TEXT: ReadonlySet<string> = new Set([
  ...['A', 'AAAA', 'AFSDB', 'ALIAS', 'APL', 'CAA', 'CDNSKEY', 'CDS', 'CERT', 'CNAME', 'DNAME', 'DNSKEY', 'DS'],
  ...['EUI48', 'EUI64', 'HINFO', 'HTTPS', 'KX', 'L32', 'L64', 'LOC', 'LP', 'LUA', 'MX', 'NAPTR', 'NID', 'NS'],
  ...['OPENPGPKEY', 'PTR', 'RP', 'SMIMEA', 'SOA', 'SPF', 'SRV', 'SSHFP', 'SVCB', 'TLSA', 'TXT', 'URI', 'ZONEMD'],
])

/** Returns the type and the content of a record, as PowerDNS reads them. */
export function writtenFor(type: number, { text, bytes }: Rdata): { readonly qtype: string; readonly content: string } {
  const name = typeName(type)
  if (READ_AS_TEXT.has(name)) return { qtype: name, content: text }
  const octets = Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('')
  return { qtype: `TYPE${type}`, content: `\\# ${bytes.length}${octets === '' ? '' : ` ${octets}`}` }
}

/** Returns the same for a record of a document; as it is if it has no octets. @param content with absolute names */
export function writtenText(type: string, content: string): { readonly qtype: string; readonly content: string } {
  const number = parseType(type)
  if (READ_AS_TEXT.has(type) || !number.ok) return { qtype: type, content }
  const rdata = parseRdataText(number.value, content, ROOT)
  return rdata.ok ? writtenFor(number.value, rdata.value) : { qtype: type, content }
}
