import { type Header, TYPE, typeName } from '../dns/index.ts'
import {
  HostObject,
  type HostType,
  hostType,
  LuaTable,
  type LuaValue,
  libraryOf,
  type Run,
  textArgument,
} from '../lua-vm/index.ts'

const table = (fields: Readonly<Record<string, LuaValue>>): LuaTable => libraryOf(new Map(Object.entries(fields)))

/** The types that a script may name: all of IANA's list, and PowerDNS's ADDR. */
const TYPES: Readonly<Record<string, number>> = { ...TYPE, ADDR: 65_400 }
const TYPE_NUMBERS: ReadonlyMap<string, number> = new Map(Object.entries(TYPES))
const TYPE_NAMES: ReadonlyMap<number, string> = new Map(Object.entries(TYPES).map(([name, number]) => [number, name]))

/** `pdns`: numbers of types and response codes. */
export const PDNS: LuaTable = table({
  ...TYPES,
  /** The response code of a dropped answer. */
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

/** The attributes for `geoiplookup`. */
export const GEOIP_QUERY_ATTRIBUTE: LuaTable = table({
  ...{ ASn: 0, City: 1, Continent: 2, Country: 3, Country2: 4, Name: 5, Region: 6, Location: 7 },
})

/** `pdns_features`: no flag is set. */
export const PDNS_FEATURES: LuaTable = new LuaTable()

// --- the query's header ---------------------------------------------------------------------------------------------

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

/** `newQType`: a name in any letter case, `#5`, or `TYPE5`. An unknown type is 0. */
export function newQType(args: readonly LuaValue[], run: Run, name: string): HostObject<number> {
  return new HostObject(QUERY_TYPE, typeOfText(textArgument(args, 0, name, run)))
}

function typeOfText(text: string): number {
  // A C string ends at its first zero octet; `upper` leaves octets alone that are not ASCII.
  const shown = text.slice(0, MAX_TYPE_TEXT).replace(/\0.*$/s, '')
  const upper = shown.replace(/[a-z]/g, (letter) => letter.toUpperCase())
  const named = TYPE_NUMBERS.get(upper)
  if (named !== undefined) return named
  if (shown.startsWith('#')) return lowWord(shown.slice(1))
  return upper.startsWith('TYPE') ? lowWord(shown.slice(4)) : 0
}

/** Longer than any name, and than any number with a few zeros in front of it. */
const MAX_TYPE_TEXT = 64

/** The last 16 bits of what C's `atoi` reads: white space, a sign, digits, and anything behind them. */
function lowWord(text: string): number {
  const [, sign = '', digits = ''] = /^[\t-\r ]*([+-]?)(\d+)/.exec(text) ?? []
  if (digits === '') return 0
  const number = sign === '-' ? -BigInt(digits) : BigInt(digits)
  const fitting = number > MAX_LONG ? MAX_LONG : number < -MAX_LONG - 1n ? -MAX_LONG - 1n : number
  return Number(BigInt.asUintN(16, fitting))
}

/** C's largest `long`: `atoi` stops there. */
const MAX_LONG = 2n ** 63n - 1n
