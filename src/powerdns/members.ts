import { LuaTable, STANDARD, UNMETERED } from '../lua-vm/index.ts'
import { COMBO_ADDRESS } from './address.ts'
import { DNS_HEADER, GEOIP_QUERY_ATTRIBUTE, PDNS, PDNS_TABLES } from './constants.ts'
import { DNS_NAME } from './name.ts'
import { NETMASK } from './netmask.ts'

const keysOf = (table: LuaTable): string[] =>
  [...table.entries(UNMETERED)].flatMap(([key]) => (typeof key === 'string' ? key : []))

/** What stands behind the dot or colon of a global: the fields of libraries and tables, the methods of objects. */
export const MEMBERS: ReadonlyMap<string, ReadonlySet<string>> = new Map<string, ReadonlySet<string>>([
  ...[...STANDARD].flatMap(([name, value]): [string, Set<string>][] =>
    value instanceof LuaTable ? [[name, new Set(keysOf(value))]] : [],
  ),
  ['GeoIPQueryAttribute', new Set(keysOf(GEOIP_QUERY_ATTRIBUTE))],
  ['pdns', new Set([...keysOf(PDNS), ...PDNS_TABLES.keys()])],
  ...['bestwho', 'localwho', 'who'].map((name): [string, Set<string>] => [name, new Set(COMBO_ADDRESS.methods.keys())]),
  ...['qname', 'zone'].map((name): [string, Set<string>] => [name, new Set(DNS_NAME.methods.keys())]),
  ['dh', new Set(DNS_HEADER.methods.keys())],
  ['ecswho', new Set(NETMASK.methods.keys())],
])
