import { err, ok, type Result } from '../result.ts'

/** RR types by mnemonic (IANA DNS Parameters). Those whose RDATA is known are in `layouts.ts`. */
export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  SIG: 24,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  CERT: 37,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  NXNAME: 128,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
  /** PowerDNS's private types. */
  ALIAS: 65401,
  LUA: 65402,
} as const

export const CLASS = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const

const NAME_OF = new Map<number, string>(Object.entries(TYPE).map(([name, number]) => [number, name]))

/** The mnemonic, or `TYPEnnn` (RFC 3597 §5). */
export const typeName = (type: number): string => NAME_OF.get(type) ?? `TYPE${type}`

/** Further types of IANA's list, to ask for; their data is read and printed by RFC 3597, under their numbers. */
const OTHERS: ReadonlyMap<string, number> = new Map([
  ...([
    ['X25', 19],
    ['ISDN', 20],
    ['RT', 21],
    ['NSAP', 22],
    ['KEY', 25],
    ['PX', 26],
    ['GPOS', 27],
    ['EID', 31],
  ] as const),
  ...([
    ['NIMLOC', 32],
    ['KX', 36],
    ['APL', 42],
    ['IPSECKEY', 45],
    ['DHCID', 49],
    ['HIP', 55],
    ['TALINK', 58],
  ] as const),
  ...([
    ['CSYNC', 62],
    ['DSYNC', 66],
    ['NID', 104],
    ['L32', 105],
    ['L64', 106],
    ['LP', 107],
    ['EUI48', 108],
  ] as const),
  ...([
    ['EUI64', 109],
    ['AVC', 258],
    ['AMTRELAY', 260],
    ['RESINFO', 261],
    ['WALLET', 262],
    ['DLV', 32_769],
  ] as const),
])

/** A type by mnemonic in any case, or `TYPEnnn`. */
export function parseType(text: string): Result<number> {
  const upper = text.toUpperCase()
  if (Object.hasOwn(TYPE, upper)) return ok(TYPE[upper as keyof typeof TYPE])
  const known = OTHERS.get(upper)
  if (known !== undefined) return ok(known)
  const generic = /^TYPE(\d{1,5})$/.exec(upper)
  if (generic && Number(generic[1]) <= 65_535) return ok(Number(generic[1]))
  return err(`"${text}" is not a record type; expected one like A, AAAA or TYPE65280`)
}
