import type { Expression as Syntax } from 'luaparse'
import { SUPPORTED_FUNCTIONS } from './functions.ts'

/** Functions that PowerDNS has and this compiler does not fold yet. */
export const UNSUPPORTED_FUNCTIONS: ReadonlySet<string> = new Set([
  ...['asnum', 'closestMagic', 'continent', 'continentCode', 'country', 'countryCode', 'geoiplookup', 'latlon'],
  ...['latlonMagic', 'latlonloc', 'netmask', 'pickclosest', 'region', 'regionCode'],
  ...['createForward', 'createForward6', 'createReverse', 'createReverse6', 'dblookup', 'filterForward', 'include'],
  ...['newCA', 'newCAFromRaw', 'newCAS', 'newDN', 'newDR', 'newDRR', 'newNMG', 'newNetmask', 'newQType'],
  ...['pdnslog', 'pdnsrandom', 'report', 'resolve'],
])

/** Variables that PowerDNS presets. */
export const UNSUPPORTED_VARIABLES: ReadonlySet<string> = new Set([
  ...['bestwho', 'dh', 'dnssecOK', 'ecswho', 'ednsPKTSize', 'localwho', 'qname', 'tcp', 'who', 'zone', 'zoneid'],
  ...['GeoIPQueryAttribute', 'pdns', 'pdns_features'],
])

/** Lua's own library, which PowerDNS does not take away. */
const LUA_LIBRARY: ReadonlySet<string> = new Set([
  ...['bit', 'coroutine', 'debug', 'io', 'math', 'os', 'package', 'string', 'table'],
  ...['assert', 'error', 'ipairs', 'next', 'pairs', 'pcall', 'print', 'rawget', 'rawset', 'require', 'select'],
  ...['setmetatable', 'tonumber', 'tostring', 'type', 'unpack', 'xpcall'],
])

/** What to say of a name that stands where a value or a function should. */
export function unsupportedName(node: Syntax, use: 'function' | 'variable'): string {
  const name = nameOf(node)
  const root = name.split(/[.:]/, 1)[0] as string
  const supported = `expected one of ${SUPPORTED_FUNCTIONS.join(', ')}`
  if (SUPPORTED_FUNCTIONS.includes(name)) return `${name} is a function; expected a call of it: ${name}(…)`
  if (UNSUPPORTED_FUNCTIONS.has(root)) return `the PowerDNS function ${name} is not supported yet; ${supported}`
  if (UNSUPPORTED_VARIABLES.has(root)) return `the PowerDNS variable ${name} is not supported yet; ${supported}`
  if (LUA_LIBRARY.has(root)) return `Lua's ${name} is not supported yet; ${supported}`
  return `unknown ${use} ${name}; ${supported}`
}

/** As it stands in the code, `string.format` or `qname:toString`. */
function nameOf(node: Syntax): string {
  let name = ''
  let inner = node
  for (;;) {
    if (inner.type === 'MemberExpression') {
      // A chain may be as long as the code; what is shown of it is not.
      name = `${inner.indexer}${inner.identifier.name}${name}`.slice(0, MAX_SHOWN_NAME)
      inner = inner.base
    } else if (inner.type === 'Identifier') return inner.name.slice(0, MAX_SHOWN_NAME) + name
    else if ('base' in inner) inner = inner.base
    else return `(…)${name}`
  }
}

const MAX_SHOWN_NAME = 64
