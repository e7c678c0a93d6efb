import type { Expression } from 'luaparse'
import type { FunctionName } from '../powerdns/index.ts'

export type NeverEqual = {
  /** The globals of PowerDNS that it is about. */
  readonly names: readonly string[]
  readonly message: string
}

/** The codes that functions give: lower-case letters of a fixed length, or `--` if nothing is known. */
const CODES: ReadonlyMap<string, RegExp> = new Map<FunctionName, RegExp>([
  ['continentCode', /^([a-z]{2}|--)$/],
  ['countryCode', /^([a-z]{2}|--)$/],
  ['regionCode', /^([a-z0-9]{1,3}|--)$/],
])

/** Explains why a call never gives the text that it is compared with; undefined if it may. */
export function whyNeverThatText(operator: string, call: Expression, other: Expression): NeverEqual | undefined {
  if (call.type !== 'CallExpression' || other.type !== 'StringLiteral') return undefined
  const found = call.base.type === 'Identifier' ? byCode(call.base.name, other.value) : byMethod(call.base, other.value)
  if (!found) return undefined
  const { name, gives, expected } = found
  const message = `${gives}, so that ${operator} is always ${operator === '~='}; expected ${expected}`
  return { names: [name], message }
}

type Found = { readonly name: string; readonly gives: string; readonly expected: string }

function byCode(name: string, text: string): Found | undefined {
  const form = CODES.get(name)
  if (!form || form.test(text)) return undefined
  const small = text.toLowerCase()
  const expected = form.test(small) ? `'${small}'` : "a code like 'de', or '--' for none"
  return { name, gives: `${name}() gives small letters, or '--'`, expected }
}

/** Checks the dot at the end of names, and the prefix length of networks. */
function byMethod(base: Expression, text: string): Found | undefined {
  if (base.type !== 'MemberExpression' || base.indexer !== ':' || base.base.type !== 'Identifier') return undefined
  const { name } = base.base
  const method = base.identifier.name
  const shown = text.length > MAX_SHOWN ? '…' : text
  const of = `${name}:${method}()`
  if (name === 'qname' || name === 'zone') {
    if (method === 'toString' && !text.endsWith('.')) {
      return { name, gives: `${of} ends with a dot`, expected: `'${shown}.', or ${name}:equal('${shown}')` }
    }
    if (method === 'toStringNoDot' && text.endsWith('.')) {
      return { name, gives: `${of} ends without a dot`, expected: `'${shown.slice(0, -1)}'` }
    }
  }
  if ((name === 'bestwho' || name === 'who') && method === 'toString' && text.includes('/')) {
    return { name, gives: `${of} is an address`, expected: `netmask({'${shown}'})` }
  }
  if (name === 'ecswho' && method === 'toString' && !text.includes('/')) {
    return { name, gives: `${of} is a network`, expected: `one like '${shown}/24'` }
  }
  return undefined
}

const MAX_SHOWN = 64
