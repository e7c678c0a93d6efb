import type {
  Identifier,
  Expression as Syntax,
  TableConstructorExpression,
  TableKey,
  TableKeyString,
  TableValue,
} from 'luaparse'
import { MAX_DEPTH } from '../limits.ts'
import { type FoldedName, isHealthFunction } from '../powerdns/index.ts'
import { applied } from './call.ts'
import { FoldContext, type LuaIssue, NOT_CONSTANT, startOf } from './fold-context.ts'
import { FOLDS, isFolded } from './functions.ts'
import { problemOf } from './powerdns.ts'
import { describe, type Entry, type Field, isKnown, relocated, sizeOf, textOf, type Value } from './value.ts'

/**
 * Returns the value of an expression, or undefined if it was refused or has to run.
 * @param depth the number of calls and tables around it
 */
export function foldExpression(node: Syntax, context: FoldContext, depth: number): Value | undefined {
  const at = startOf(node)
  if (depth > MAX_NESTING) return context.refuse(at, `the code nests too deep; expected at most ${MAX_NESTING} levels`)
  switch (node.type) {
    case 'StringLiteral':
      return { is: 'text', text: node.value, at }
    case 'NumericLiteral':
      if (/[a-z]$/i.test(node.raw) && !/^0x/i.test(node.raw)) {
        return context.refuse(at, `the number ${node.raw} has a suffix; expected a plain number`)
      }
      return { is: 'number', value: node.value, at }
    case 'NilLiteral':
      return { is: 'nil', at }
    case 'BooleanLiteral':
      return { is: 'boolean', at }
    case 'TableConstructorExpression':
      return foldTable(node, context, depth)
    case 'CallExpression':
      return foldCall(node.base, node.arguments, context, depth)
    case 'TableCallExpression':
      // luaparse gives the one table where its types say a list of expressions.
      return foldCall(node.base, [node.arguments].flat() as Syntax[], context, depth)
    case 'StringCallExpression':
      return foldCall(node.base, [node.argument], context, depth)
    case 'UnaryExpression':
      return node.operator === '-' ? negate(node.argument, at) : NOT_CONSTANT
    case 'BinaryExpression':
      return node.operator === '..' ? concatenate(node, context, depth) : NOT_CONSTANT
    case 'Identifier':
      return foldVariable(node, context, depth)
    case 'MemberExpression':
      return named(node, 'variable', context)
    case 'LogicalExpression':
    case 'IndexExpression':
    case 'FunctionDeclaration':
    case 'VarargLiteral':
      return NOT_CONSTANT
  }
}

/**
 * A level of the answer language takes up to four of Lua's: a view's call, its list, a rule, and the rule's answers.
 */
const MAX_NESTING = 4 * (MAX_DEPTH - 4)

/** A longer list is not a list of servers: the same list may be in a table many times. */
const MAX_CONSTANT_SIZE = 10_000

/** The value of a variable. A variable of a script has the value of its only assignment. */
function foldVariable(node: Identifier, context: FoldContext, depth: number): Value | undefined {
  const at = startOf(node)
  const constant = context.constants?.valueOf(node)
  if (!constant) return named(node, 'variable', context)
  const { issues, warnings } = context
  const before = [issues.length, warnings.length] as const
  const known = context.known.has(constant.init)
  // A variable whose value depends on itself has none.
  if (!known) context.known.set(constant.init, undefined)
  const value = known ? context.known.get(constant.init) : foldExpression(constant.init, context, depth + 1)
  context.known.set(constant.init, value)
  if (constant.fromInclude) for (const list of [issues, warnings]) moveTo(at, list, before[list === issues ? 0 : 1])
  // A choice by chance or health is made once, when the variable is assigned.
  if (!value || !isKnown(value) || sizeOf(value) > MAX_CONSTANT_SIZE) {
    return NOT_CONSTANT
  }
  return constant.fromInclude ? relocated(value, at) : value
}

/** Moves issues of included code to the location of the use. */
function moveTo(at: number, issues: LuaIssue[], from: number): void {
  for (let i = from; i < issues.length; i++) issues[i] = { ...(issues[i] as LuaIssue), at }
}

/** A name whose value is not known. In a script its translation reports what is wrong with it. */
function named(node: Syntax, use: 'function' | 'variable', context: FoldContext): undefined {
  const problem = context.constants ? undefined : problemOf(node, use)
  return problem === undefined ? NOT_CONSTANT : context.refuse(startOf(node), problem)
}

/** A function's result. As in Lua, all arguments are folded first. */
function foldCall(base: Syntax, args: readonly Syntax[], context: FoldContext, depth: number): Value | undefined {
  const name = base.type === 'Identifier' ? base.name : undefined
  const isOwn = base.type === 'Identifier' && (context.constants?.isOwn(base) ?? false)
  if (name === undefined || isOwn || !isFolded(name)) return named(base, 'function', context)
  if (context.known.has(base)) return context.known.get(base)
  const value = foldKnown(name, base, args, context, depth)
  context.known.set(base, value)
  return value
}

function foldKnown(
  name: FoldedName,
  base: Syntax,
  args: readonly Syntax[],
  context: FoldContext,
  depth: number,
): Value | undefined {
  const at = startOf(base)
  if (++context.calls > MAX_CALLS) {
    context.calls--
    return context.refuse(at, `the calls nest too deep; expected at most ${MAX_CALLS} in each other`)
  }
  const values = args.map((arg) => foldExpression(arg, context, depth + 1))
  context.calls--
  if (!values.every((value) => value !== undefined)) return undefined
  if (isHealthFunction(name) && !values.every(isKnown)) return NOT_CONSTANT
  return applied(name, FOLDS[name], values, at, context)
}

/** The document around the record's expression takes some of the levels that it may have. */
const MAX_CALLS = MAX_DEPTH - 4

function negate(argument: Syntax, at: number): Value | undefined {
  let sign = -1
  let inner = argument
  for (; inner.type === 'UnaryExpression' && inner.operator === '-'; inner = inner.argument) sign = -sign
  return inner.type === 'NumericLiteral' ? { is: 'number', value: sign * inner.value, at } : NOT_CONSTANT
}

/** `..` is right-associative: a long chain is a long way down on its right, which is walked in a loop. */
function concatenate(node: Syntax, context: FoldContext, depth: number): Value | undefined {
  const parts: (string | undefined)[] = []
  let rest: Syntax = node
  for (; rest.type === 'BinaryExpression' && rest.operator === '..'; rest = rest.right) {
    parts.push(foldPart(rest.left, context, depth))
  }
  parts.push(foldPart(rest, context, depth))
  if (parts.includes(undefined)) return undefined
  return { is: 'text', text: parts.join(''), at: startOf(node) }
}

function foldAsText(node: Syntax, context: FoldContext, depth: number): Value | undefined {
  const inner = new FoldContext(undefined, context.constants, context.backup)
  inner.calls = context.calls
  const value = foldExpression(node, inner, depth + 1)
  context.issues.push(...inner.issues)
  context.warnings.push(...inner.warnings)
  return value
}

function foldPart(node: Syntax, context: FoldContext, depth: number): string | undefined {
  // The joined text becomes a record, not its parts.
  const value = node.type.endsWith('CallExpression')
    ? foldAsText(node, context, depth)
    : foldExpression(node, context, depth + 1)
  if (value === undefined) return undefined
  const text = textOf(value)
  if (text !== undefined) return text
  if (value.is === 'choice') return NOT_CONSTANT
  return context.refuse(value.at, `".." joins texts, and ${describe(value)} is not a text; expected a text or a number`)
}

/** A list, or a table whose keys are texts. No function of PowerDNS takes one that is both. */
function foldTable(node: TableConstructorExpression, context: FoldContext, depth: number): Value | undefined {
  const elements = new Map<number | string, Entry | Field>()
  let position = 0
  let kind: 'number' | 'string' | undefined
  let failed = false
  for (const field of node.fields) {
    const key = field.type === 'TableValue' ? ++position : keyOf(field, context, depth)
    const value = foldExpression(field.value, context, depth + 1)
    if (!value || key === undefined) {
      failed = true
      continue
    }
    kind ??= typeof key as 'number' | 'string'
    // Lua itself decides which of two elements with one key counts. Both kinds of keys in one table fold to nothing.
    if (elements.has(key) || typeof key !== kind) {
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

/** `[1]`, `['a']`, or `a`. */
function keyOf(
  field: Exclude<TableKey | TableKeyString | TableValue, TableValue>,
  context: FoldContext,
  depth: number,
) {
  if (field.type === 'TableKeyString') return field.key.name
  const key = foldExpression(field.key, context, depth + 1)
  if (!key || key.is === 'text') return key?.text
  if (key.is === 'number' && Number.isInteger(key.value)) return key.value + 0
  return NOT_CONSTANT
}
