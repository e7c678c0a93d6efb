import type { Expression as Syntax, TableConstructorExpression, TableKey, TableKeyString, TableValue } from 'luaparse'
import { MAX_DEPTH } from '../limits.ts'
import { type Folding, startOf } from './folding.ts'
import { FUNCTIONS } from './functions.ts'
import { unsupportedName } from './powerdns.ts'
import { describe, type Entry, type Field, formatNumber, textOf, type Value } from './value.ts'

/**
 * The value of an expression, or nothing where something in it was refused.
 * @param depth how many calls and tables are around it
 */
export function foldExpression(node: Syntax, folding: Folding, depth: number): Value | undefined {
  const at = startOf(node)
  if (depth > MAX_NESTING) return folding.refuse(at, `the code nests too deep; expected at most ${MAX_NESTING} levels`)
  switch (node.type) {
    case 'StringLiteral':
      return { is: 'text', text: node.value, at }
    case 'NumericLiteral':
      if (/[a-z]$/i.test(node.raw) && !/^0x/i.test(node.raw)) {
        return folding.refuse(at, `the number ${node.raw} has a suffix; expected a plain number`)
      }
      return { is: 'number', value: node.value, at }
    case 'NilLiteral':
      return { is: 'nil', at }
    case 'BooleanLiteral':
      return { is: 'boolean', at }
    case 'TableConstructorExpression':
      return foldTable(node, folding, depth)
    case 'CallExpression':
      return foldCall(node.base, node.arguments, folding, depth)
    case 'TableCallExpression':
      // luaparse gives the one table where its types say a list of expressions.
      return foldCall(node.base, [node.arguments].flat() as Syntax[], folding, depth)
    case 'StringCallExpression':
      return foldCall(node.base, [node.argument], folding, depth)
    case 'UnaryExpression':
      if (node.operator === '-') return negate(node.argument, at, folding)
      return folding.refuse(at, notYet(`the operator "${node.operator}"`))
    case 'BinaryExpression':
      if (node.operator === '..') return concatenate(node, folding, depth)
      return folding.refuse(at, notYet(`the operator "${node.operator}"`))
    case 'LogicalExpression':
      return folding.refuse(at, notYet(`the operator "${node.operator}"`))
    case 'Identifier':
    case 'MemberExpression':
      return folding.refuse(at, unsupportedName(node, 'variable'))
    case 'IndexExpression':
      return folding.refuse(at, notYet('an index like [1]'))
    case 'FunctionDeclaration':
      return folding.refuse(at, notYet('"function"'))
    case 'VarargLiteral':
      return folding.refuse(at, notYet('"..."'))
  }
}

/** A level of the answer language takes up to four of Lua's: a view's call, its list, a rule, and the rule's answers. */
const MAX_NESTING = 4 * (MAX_DEPTH - 4)

const notYet = (what: string): string =>
  `${what} is not supported yet in LUA records; expected texts, numbers, tables, ".." and calls of functions`

/** A function's result. As in Lua, all arguments are folded first. */
function foldCall(base: Syntax, args: readonly Syntax[], folding: Folding, depth: number): Value | undefined {
  const at = startOf(base)
  const name = base.type === 'Identifier' ? base.name : undefined
  const known = name === undefined ? undefined : FUNCTIONS.get(name)
  if (name === undefined || !known) return folding.refuse(at, unsupportedName(base, 'function'))
  if (++folding.calls > MAX_CALLS) {
    folding.calls--
    return folding.refuse(at, `the calls nest too deep; expected at most ${MAX_CALLS} in each other`)
  }
  const values = args.map((arg) => foldExpression(arg, folding, depth + 1))
  folding.calls--
  if (!values.every((value) => value !== undefined)) return undefined
  const options = known.options === undefined ? '' : `[, ${known.options}]`
  const usage = `${name}(${known.parameters.join(', ')}${options})`
  if (values.length < known.parameters.length) {
    return folding.refuse(at, `${name} has too few arguments; expected ${usage}`)
  }
  const extra = values[known.parameters.length + (known.options === undefined ? 0 : 1)]
  if (extra) return folding.refuse(extra.at, `${name} has too many arguments; expected ${usage}`)
  return known.fold(values, { name, at, usage, folding })
}

/** The document around the record's expression takes some of the levels that it may have. */
const MAX_CALLS = MAX_DEPTH - 4

function negate(argument: Syntax, at: number, folding: Folding): Value | undefined {
  let sign = -1
  let inner = argument
  for (; inner.type === 'UnaryExpression' && inner.operator === '-'; inner = inner.argument) sign = -sign
  if (inner.type === 'NumericLiteral') return { is: 'number', value: sign * inner.value, at }
  return folding.refuse(at, 'only a number can be negative here; expected one like -1')
}

/** `..` is right-associative: a long chain is a long way down on its right, which is walked in a loop. */
function concatenate(node: Syntax, folding: Folding, depth: number): Value | undefined {
  const parts: (string | undefined)[] = []
  let rest: Syntax = node
  for (; rest.type === 'BinaryExpression' && rest.operator === '..'; rest = rest.right) {
    parts.push(foldPart(rest.left, folding, depth))
  }
  parts.push(foldPart(rest, folding, depth))
  if (parts.includes(undefined)) return undefined
  return { is: 'text', text: parts.join(''), at: startOf(node) }
}

function foldPart(node: Syntax, folding: Folding, depth: number): string | undefined {
  const value = foldExpression(node, folding, depth + 1)
  if (value === undefined) return undefined
  const text = textOf(value)
  return (
    text ??
    folding.refuse(
      value.at,
      `".." joins texts that are known here, and ${describe(value)} is not; expected ".." inside each choice`,
    )
  )
}

/** A list, or a table whose keys are texts. No function of PowerDNS takes one that is both. */
function foldTable(node: TableConstructorExpression, folding: Folding, depth: number): Value | undefined {
  const elements = new Map<number | string, Entry | Field>()
  let position = 0
  let kind: 'number' | 'string' | undefined
  let failed = false
  for (const field of node.fields) {
    const key = field.type === 'TableValue' ? ++position : keyOf(field, folding, depth)
    const value = foldExpression(field.value, folding, depth + 1)
    if (!value || key === undefined) {
      failed = true
      continue
    }
    kind ??= typeof key as 'number' | 'string'
    if (elements.has(key)) {
      folding.refuse(field, `the table has two elements with the key ${formatKey(key)}; expected each key once`)
      failed = true
    } else if (typeof key !== kind) {
      folding.refuse(field, 'a list has elements without a key, or with numbers; expected no other keys beside them')
      failed = true
    } else if (value.is !== 'nil') {
      elements.set(key, { key, value, at: startOf(field) } as Entry | Field)
    }
  }
  if (failed) return undefined
  const all = [...elements.values()]
  if (kind === 'string' && all.length > 0) return { is: 'map', fields: all as Field[], at: startOf(node) }
  return { is: 'table', entries: (all as Entry[]).sort((a, b) => a.key - b.key), at: startOf(node) }
}

const formatKey = (key: number | string): string => (typeof key === 'number' ? formatNumber(key) : `'${key}'`)

/** `[1]`, `['a']`, or `a`. */
function keyOf(field: Exclude<TableKey | TableKeyString | TableValue, TableValue>, folding: Folding, depth: number) {
  if (field.type === 'TableKeyString') return field.key.name
  const key = foldExpression(field.key, folding, depth + 1)
  if (!key || key.is === 'text') return key?.text
  if (key.is === 'number' && Number.isInteger(key.value)) return key.value + 0
  return folding.refuse(field, "this key is not supported in a table; expected a text like ['a'], or a whole number")
}
