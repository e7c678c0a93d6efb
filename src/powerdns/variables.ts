import { HostObject, LuaTable } from '../lua-vm/index.ts'
import { addressObject, originOf } from './client.ts'
import { DNS_HEADER, GEOIP_QUERY_ATTRIBUTE, PDNS, PDNS_FEATURES, PDNS_TABLES } from './constants.ts'
import { dnsName } from './name.ts'
import { networkObject } from './netmask.ts'
import type { QueryInput } from './query-input.ts'
import type { VariableRow } from './row.ts'

/** PowerDNS's variables. Each is made when a script first uses it, and belongs to one query: scripts may change it. */
export const VARIABLES = {
  bestwho: { reads: ['client'], gives: 'address', value: (query) => addressObject(query, 'bestwho') },
  dh: { reads: ['header'], gives: 'header', value: ({ dh }) => new HostObject(DNS_HEADER, dh) },
  dnssecOK: { reads: ['header'], gives: 'true or false', value: ({ dnssecOK }) => dnssecOK },
  ecswho: { reads: ['client'], gives: 'network', mayBeNil: true, value: networkOfClient },
  ednsPKTSize: { reads: ['header'], gives: 'number', value: ({ ednsPKTSize }) => ednsPKTSize },
  GeoIPQueryAttribute: { reads: [], gives: 'table', value: () => LuaTable.borrow(GEOIP_QUERY_ATTRIBUTE) },
  localwho: { reads: [], gives: 'address', value: (query) => addressObject(query, 'localwho') },
  pdns: { reads: [], gives: 'table', value: pdns },
  pdns_features: { reads: [], gives: 'table', value: () => LuaTable.borrow(PDNS_FEATURES) },
  qname: { reads: ['name'], gives: 'name', value: ({ qname }) => dnsName(qname.wire) },
  tcp: { reads: [], gives: 'true or false', value: ({ tcp }) => tcp },
  who: { reads: ['client'], gives: 'address', value: (query) => addressObject(query, 'who') },
  zone: { reads: [], gives: 'name', value: ({ zone }) => dnsName(zone.wire) },
  zoneid: { reads: [], gives: 'number', value: ({ zoneid }) => zoneid },
} as const satisfies Readonly<Record<string, VariableRow>>

function networkOfClient(query: QueryInput) {
  const { ecswho } = query
  return ecswho && networkObject(ecswho, originOf(query, 'ecswho', ecswho.length))
}

function pdns(): LuaTable {
  const table = LuaTable.borrow(PDNS)
  for (const [name, inner] of PDNS_TABLES) table.set(name, LuaTable.borrow(inner))
  return table
}
