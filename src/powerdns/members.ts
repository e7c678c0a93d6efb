import { type HostType, LuaTable, STANDARD, UNMETERED } from '../lua-vm/index.ts'
import { COMBO_ADDRESS } from './address.ts'
import { DNS_HEADER, GEOIP_QUERY_ATTRIBUTE, PDNS, PDNS_TABLES } from './constants.ts'
import { DNS_NAME } from './name.ts'
import { NETMASK } from './netmask.ts'
import type { Gives, VariableRow } from './row.ts'
import { VARIABLES } from './variables.ts'

const keysOf = (table: LuaTable): string[] =>
  [...table.entries(UNMETERED)].flatMap(([key]) => (typeof key === 'string' ? key : []))

/** The kinds of objects that variables are. */
const TYPES: Partial<Record<Gives, HostType<never>>> = {
  address: COMBO_ADDRESS,
  header: DNS_HEADER,
  name: DNS_NAME,
  network: NETMASK,
}

/** The names that may follow the dot or colon of a global: fields of libraries and tables, methods of objects. */
export const MEMBERS: ReadonlyMap<string, ReadonlySet<string>> = new Map<string, ReadonlySet<string>>([
  ...[...STANDARD].flatMap(([name, value]): [string, Set<string>][] =>
    value instanceof LuaTable ? [[name, new Set(keysOf(value))]] : [],
  ),
  ['GeoIPQueryAttribute', new Set(keysOf(GEOIP_QUERY_ATTRIBUTE))],
  ['pdns', new Set([...keysOf(PDNS), ...PDNS_TABLES.keys()])],
  ...Object.entries<VariableRow>(VARIABLES).flatMap(([name, { gives }]): [string, Set<string>][] => {
    const type = TYPES[gives]
    return type ? [[name, new Set(type.methods.keys())]] : []
  }),
])
