import { parseType, TYPE, typeName } from '../dns/index.ts'
import { libraryOf, textArgument } from './arguments.ts'
import { hostType } from './host-object.ts'
import type { Run } from './run.ts'
import { LuaTable } from './table.ts'
import { HostObject, type HostType, type LuaValue } from './value.ts'

const table = (fields: Readonly<Record<string, LuaValue>>): LuaTable => libraryOf(new Map(Object.entries(fields)))

/** The types that PowerDNS has numbers for: beside those whose data is known here, these. */
const TYPES: Readonly<Record<string, number>> = {
  ...TYPE,
  ...{ MB: 7, MG: 8, MR: 9, MINFO: 14, KEY: 25, KX: 36, A6: 38, APL: 42, IPSECKEY: 45, DHCID: 49, RKEY: 57, CSYNC: 62 },
  ...{ NID: 104, L32: 105, L64: 106, LP: 107, EUI48: 108, EUI64: 109, WALLET: 262, DLV: 32_769, ADDR: 65_400 },
}
const TYPE_NUMBERS: ReadonlyMap<string, number> = new Map(Object.entries(TYPES))
const TYPE_NAMES: ReadonlyMap<number, string> = new Map(Object.entries(TYPES).map(([name, number]) => [number, name]))

/** `pdns`: numbers of types and response codes. */
export const PDNS: LuaTable = table({
  ...TYPES,
  /** An answer that is not sent. */
  DROP: -2,
  ...{ NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 },
  ...{ YXDOMAIN: 6, YXRRSET: 7, NXRRSET: 8, NOTAUTH: 9, NOTZONE: 10 },
})

/** The tables inside `pdns`, by their names. */
export const PDNS_TABLES: ReadonlyMap<string, LuaTable> = new Map([
  [
    'loglevels',
    table({
      All: 32_767,
      None: -1,
      Emergency: 0,
      Alert: 1,
      Critical: 2,
      Error: 3,
      Warning: 4,
      Notice: 5,
      Info: 6,
      Debug: 7,
    }),
  ],
  ['place', table({ QUESTION: 0, ANSWER: 1, AUTHORITY: 2, ADDITIONAL: 3 })],
])

/** What `geoiplookup` can be asked for. */
export const GEOIP_QUERY_ATTRIBUTE: LuaTable = table({
  ...{ ASn: 0, City: 1, Continent: 2, Country: 3, Country2: 4, Name: 5, Region: 6, Location: 7 },
})

/** `pdns_features`: none of what the flags tell of is here. */
export const PDNS_FEATURES: LuaTable = new LuaTable()

// --- the query's header ---------------------------------------------------------------------------------------------

/** The header of the query (RFC 1035 §4.1.1). */
export type Header = {
  readonly id: number
  readonly rd: boolean
  readonly cd: boolean
  readonly tc: boolean
  readonly ra: boolean
  readonly ad: boolean
  readonly aa: boolean
  readonly rcode: number
  readonly opcode: number
  readonly qdcount: number
  readonly ancount: number
  readonly nscount: number
  readonly arcount: number
}

export const DNS_HEADER: HostType<Header> = hostType<Header>(
  'DNSHeader',
  {
    getID: (self) => self.id,
    getRD: (self) => self.rd,
    getCD: (self) => self.cd,
    getTC: (self) => self.tc,
    getRA: (self) => self.ra,
    getAD: (self) => self.ad,
    getAA: (self) => self.aa,
    getRCODE: (self) => self.rcode,
    getOPCODE: (self) => self.opcode,
    getQDCOUNT: (self) => self.qdcount,
    getANCOUNT: (self) => self.ancount,
    getNSCOUNT: (self) => self.nscount,
    getARCOUNT: (self) => self.arcount,
  },
  { steps: () => 0 },
)

// --- types ----------------------------------------------------------------------------------------------------------

const nameOf = (type: number): string => TYPE_NAMES.get(type) ?? typeName(type)

const QUERY_TYPE: HostType<number> = hostType<number>(
  'QType',
  { getCode: (self) => self, getName: nameOf },
  { equal: (a, b) => a === b, text: nameOf, steps: () => 1 },
)

/** No name of a type is longer, nor `TYPE65535`. */
const MAX_TYPE_TEXT = 32

/** `newQType`: a type that nobody knows is 0. */
export function newQType(args: readonly LuaValue[], run: Run, name: string): HostObject<number> {
  const text = textArgument(args, 0, name, run)
  if (text.length > MAX_TYPE_TEXT) return new HostObject(QUERY_TYPE, 0)
  const type = parseType(text)
  const number = type.ok ? type.value : TYPE_NUMBERS.get(text.toUpperCase())
  return new HostObject(QUERY_TYPE, number ?? 0)
}
