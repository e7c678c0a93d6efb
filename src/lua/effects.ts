import type { Expression } from 'luaparse'
import { functionRow } from '../powerdns/index.ts'
import type { Assumption } from './variable.ts'
import type { Variables } from './variables.ts'

/** The effect of a use on a value: none; its elements may be changed; the value itself may be changed. */
export type Use = 'looked at' | 'opened' | 'handed on'

export function isInclude(base: Expression, variables: Variables): boolean {
  return base.type === 'Identifier' && base.name === 'include' && !variables.find('include').isLocal
}

/** Returns the effect of a function on its arguments, on the assumption that the name is not reassigned. */
export function useBy(base: Expression, variables: Variables): { readonly use: Use; readonly assumption?: Assumption } {
  const unknown = { use: 'handed on' } as const
  if (base.type === 'Identifier') {
    const variable = variables.find(base.name)
    const use = functionRow(base.name) ? 'looked at' : USES.get(base.name)
    return use && !variable.isLocal ? { use, assumption: { variable, isLibrary: false } } : unknown
  }
  if (base.type !== 'MemberExpression' || base.base.type !== 'Identifier') return unknown
  const library = variables.find(base.base.name)
  if (library.isLocal || base.base.name !== 'table' || !LOOKING.has(base.identifier.name)) return unknown
  return { use: 'looked at', assumption: { variable: library, isLibrary: true } }
}

/** Lua's functions that only read their arguments, or return their elements. PowerDNS's functions only read. */
const USES: ReadonlyMap<string, Use> = new Map<string, Use>([
  ...['tonumber', 'tostring', 'type'].map((name): [string, Use] => [name, 'looked at']),
  ...['ipairs', 'next', 'pairs', 'select', 'unpack'].map((name): [string, Use] => [name, 'opened']),
])

/** The functions of `table` that only read. */
const LOOKING: ReadonlySet<string> = new Set(['concat', 'getn', 'maxn'])

/** Returns true if evaluating an expression may throw, apart from its operands: then the code after it does not run. */
export function mayFail(node: Expression, variables: Variables, depth: number): boolean {
  switch (node.type) {
    case 'CallExpression':
    case 'TableCallExpression':
    case 'StringCallExpression':
      return !isInclude(node.base, variables) || variables.find('include').definitions !== 0
    case 'MemberExpression':
      return !isTable(node.base, variables, depth)
    case 'IndexExpression':
      return !isTable(node.base, variables, depth) || !isText(node.index)
    case 'TableConstructorExpression':
      return node.fields.some((field) => field.type === 'TableKey' && !isText(field.key))
    case 'UnaryExpression':
      return node.operator !== 'not'
    case 'BinaryExpression':
      if (node.operator === '==' || node.operator === '~=') return false
      return node.operator !== '..' || !isText(node.left) || !isText(node.right)
    default:
      return false
  }
}

/** Returns true if the expression is a variable that holds a table here, whatever its elements are. */
function isTable(node: Expression, variables: Variables, depth: number): boolean {
  if (node.type !== 'Identifier' || depth > 0) return false
  const { variable, isDefined } = variables.useOf(node) ?? {}
  return isDefined === true && variable?.definitions === 1 && variable.init?.type === 'TableConstructorExpression'
}

/** A text or a number, which can be joined. */
const isText = ({ type }: Expression): boolean => type === 'StringLiteral' || type === 'NumericLiteral'
