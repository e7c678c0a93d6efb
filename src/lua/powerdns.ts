import type { Expression as Syntax } from 'luaparse'
import { meant } from '../did-you-mean.ts'
import { STANDARD_NAMES } from '../lua-vm/index.ts'
import { functionRow, REFUSED_NAMES, SCRIPT_GLOBALS } from '../powerdns/index.ts'

/** All that PowerDNS gives to LUA records and that is here: functions, objects and variables. */
export const SUPPORTED_NAMES: readonly string[] = [...SCRIPT_GLOBALS, 'include'].sort()

/** Names that may stand in a call only. */
export const CALLED_NAMES: ReadonlyMap<string, string> = new Map([
  ['include', "what it includes has to be known when the zone is compiled, so that it is called as include('name')"],
])

/** Returns the problem of a name that is not a local variable; undefined for a name of PowerDNS's or Lua's. */
export function problemOf(node: Syntax, use: 'function' | 'variable'): string | undefined {
  const name = nameOf(node)
  const [root = ''] = name.split(/[.:]/, 1)
  if (node.type === 'Identifier' && use === 'variable' && functionRow(name)) {
    return `${name} is a function; expected a call of it: ${name}(…)`
  }
  const reason = REFUSED_NAMES.get(root) ?? REFUSED_NAMES.get(name)
  if (reason !== undefined) return `${name.replace(/:.*/, '')} is not available: ${reason}; expected code without it`
  if (root.startsWith('(') || SUPPORTED_NAMES.includes(root) || STANDARD_NAMES.has(root)) return undefined
  const known = meant(root, [...SUPPORTED_NAMES, ...STANDARD_NAMES])
  return `unknown ${use} ${name}; expected ${known ?? "one of PowerDNS's or of Lua's, as docs/lua.md lists them"}`
}

/** Returns the name as the code has it, `string.format` or `qname:toString`. */
export function nameOf(node: Syntax): string {
  let name = ''
  let inner = node
  for (;;) {
    if (inner.type === 'MemberExpression') {
      // A chain may be as long as the code; only its end is shown.
      name = `${inner.indexer}${inner.identifier.name}${name}`.slice(0, MAX_SHOWN_NAME)
      inner = inner.base
    } else if (inner.type === 'Identifier') return inner.name.slice(0, MAX_SHOWN_NAME) + name
    else if ('base' in inner) inner = inner.base
    else return `(…)${name}`
  }
}

const MAX_SHOWN_NAME = 64
