import type {
  Identifier,
  Expression as Syntax,
  TableConstructorExpression,
  TableKey,
  TableKeyString,
  TableValue,
} from 'luaparse'
import { MAX_DEPTH } from '../limits.ts'
import { formatNumber } from '../lua-vm/index.ts'
import { applied, type FoldedFunction } from './call.ts'
import { Folding, type LuaIssue, startOf } from './folding.ts'
import { FUNCTIONS } from './functions.ts'
import { HEALTH_FUNCTIONS } from './health.ts'
import { nameOf, problemOf } from './powerdns.ts'
import { describe, type Entry, type Field, isKnown, relocated, sizeOf, textOf, type Value } from './value.ts'

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
      return folding.dynamic(at, notKnown(`the operator "${node.operator}"`))
    case 'BinaryExpression':
      if (node.operator === '..') return concatenate(node, folding, depth)
      return folding.dynamic(at, notKnown(`the operator "${node.operator}"`))
    case 'LogicalExpression':
      return folding.dynamic(at, notKnown(`the operator "${node.operator}"`))
    case 'Identifier':
      return foldVariable(node, folding, depth)
    case 'MemberExpression':
      return named(node, 'variable', folding)
    case 'IndexExpression':
      return folding.dynamic(at, notKnown('an index like [1]'))
    case 'FunctionDeclaration':
      return folding.dynamic(at, notKnown('"function"'))
    case 'VarargLiteral':
      return folding.dynamic(at, notKnown('"..."'))
  }
}

/** A level of the answer language takes up to four of Lua's: a view's call, its list, a rule, and the rule's answers. */
const MAX_NESTING = 4 * (MAX_DEPTH - 4)

const notKnown = (what: string): string => `what ${what} gives is not known before there is a query`

/** A longer list is not a list of servers: the same list may be in a table many times. */
const MAX_CONSTANT_SIZE = 10_000

/** A variable whose value is known; where a script has it, it is what its only assignment gives. */
function foldVariable(node: Identifier, folding: Folding, depth: number): Value | undefined {
  const at = startOf(node)
  const constant = folding.constants?.valueOf(node)
  if (!constant) return named(node, 'variable', folding)
  const { issues, warnings } = folding
  const before = [issues.length, warnings.length] as const
  const known = folding.known.has(constant.init)
  // A variable that its own value needs has none.
  if (!known) folding.known.set(constant.init, undefined)
  const value = known ? folding.known.get(constant.init) : foldExpression(constant.init, folding, depth + 1)
  folding.known.set(constant.init, value)
  if (constant.foreign) for (const list of [issues, warnings]) moveTo(at, list, before[list === issues ? 0 : 1])
  // What chance or health decides is decided once, when the variable gets its value.
  if (!value || !isKnown(value) || sizeOf(value) > MAX_CONSTANT_SIZE) {
    return folding.dynamic(at, notKnown(`the variable ${node.name}`))
  }
  return constant.foreign ? relocated(value, at) : value
}

/** Offsets in other code mean nothing here. */
function moveTo(at: number, issues: LuaIssue[], from: number): void {
  for (let i = from; i < issues.length; i++) issues[i] = { ...(issues[i] as LuaIssue), at }
}

/** A name that nothing is known of yet, or ever. In a script its translation tells what is wrong with it. */
function named(node: Syntax, use: 'function' | 'variable', folding: Folding): undefined {
  const problem = folding.constants ? undefined : problemOf(node, use)
  if (problem !== undefined) return folding.refuse(startOf(node), problem)
  return folding.dynamic(startOf(node), notKnown(`the ${use} ${nameOf(node)}`))
}

/** A function's result. As in Lua, all arguments are folded first. */
function foldCall(base: Syntax, args: readonly Syntax[], folding: Folding, depth: number): Value | undefined {
  const name = base.type === 'Identifier' ? base.name : undefined
  const isOwn = base.type === 'Identifier' && (folding.constants?.isOwn(base) ?? false)
  const known = name === undefined || isOwn ? undefined : FUNCTIONS.get(name)
  if (name === undefined || !known) return named(base, 'function', folding)
  if (folding.known.has(base)) return folding.known.get(base)
  const value = foldKnown(name, known, base, args, folding, depth)
  folding.known.set(base, value)
  return value
}

function foldKnown(
  name: string,
  known: FoldedFunction,
  base: Syntax,
  args: readonly Syntax[],
  folding: Folding,
  depth: number,
): Value | undefined {
  const at = startOf(base)
  if (++folding.calls > MAX_CALLS) {
    folding.calls--
    return folding.refuse(at, `the calls nest too deep; expected at most ${MAX_CALLS} in each other`)
  }
  const values = args.map((arg) => foldExpression(arg, folding, depth + 1))
  folding.calls--
  if (!values.every((value) => value !== undefined)) return undefined
  const chosen = HEALTH_FUNCTIONS.has(name) ? values.find((value) => !isKnown(value)) : undefined
  if (chosen) return folding.dynamic(chosen.at, notKnown(describe(chosen)))
  return applied(name, known, values, at, folding)
}

/** The document around the record's expression takes some of the levels that it may have. */
const MAX_CALLS = MAX_DEPTH - 4

function negate(argument: Syntax, at: number, folding: Folding): Value | undefined {
  let sign = -1
  let inner = argument
  for (; inner.type === 'UnaryExpression' && inner.operator === '-'; inner = inner.argument) sign = -sign
  if (inner.type === 'NumericLiteral') return { is: 'number', value: sign * inner.value, at }
  return folding.dynamic(at, notKnown('a sign before what is not a number'))
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

function foldAsText(node: Syntax, folding: Folding, depth: number): Value | undefined {
  const inner = new Folding(undefined, folding.constants, folding.backup)
  inner.calls = folding.calls
  const value = foldExpression(node, inner, depth + 1)
  folding.issues.push(...inner.issues)
  folding.warnings.push(...inner.warnings)
  folding.dynamics.push(...inner.dynamics)
  return value
}

function foldPart(node: Syntax, folding: Folding, depth: number): string | undefined {
  // What is joined is not a record yet.
  const value = node.type.endsWith('CallExpression')
    ? foldAsText(node, folding, depth)
    : foldExpression(node, folding, depth + 1)
  if (value === undefined) return undefined
  const text = textOf(value)
  if (text !== undefined) return text
  if (value.is === 'choice') return folding.dynamic(value.at, notKnown('a choice'))
  return folding.refuse(value.at, `".." joins texts, and ${describe(value)} is not a text; expected a text or a number`)
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
      folding.dynamic(field, `the table has two elements with the key ${formatKey(key)}; expected each key once`)
      failed = true
    } else if (typeof key !== kind) {
      folding.dynamic(field, 'a list has elements without a key, or with numbers; expected no other keys beside them')
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
  return folding.dynamic(field, "this key cannot be folded; expected a text like ['a'], or a whole number")
}
