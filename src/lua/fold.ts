import type { Chunk } from 'luaparse'
import { TYPE, typeName } from '../dns/index.ts'
import type { Expression } from '../policy/index.ts'
import { err, ok, type Result } from '../result.ts'
import { toExpression } from './answer.ts'
import { foldExpression } from './expression.ts'
import { FoldContext, type LuaBackup, type LuaIssue, NOT_CONSTANT } from './fold-context.ts'
import { type ParsedCode, parseCode } from './parse.ts'
import type { Value } from './value.ts'

/** A LUA record as an answer expression. */
export type FoldedLua = {
  readonly expression: Expression
  /** The offset in the code of each object in `expression` that has a kind, and of each member. */
  readonly marks: ReadonlyMap<object, number>
  readonly warnings: readonly LuaIssue[]
}

/**
 * The code of a PowerDNS LUA record, folded into the answer language when the zone is compiled: nested calls with
 * literals. Errors have their offset in the code.
 * @param type of the records that the code answers with
 * @returns undefined for valid code that has to run: it depends on the query
 */
export function foldLua(code: string, type: number): Result<FoldedLua | undefined, readonly LuaIssue[]> {
  const parsed = parseCode(code)
  return parsed.ok ? foldParsed(parsed.value, type) : err([parsed.error])
}

/** The same for code that is parsed already. */
export function foldParsed(
  { chunk, offsetAt }: ParsedCode,
  type: number,
  backup?: LuaBackup,
): Result<FoldedLua | undefined, readonly LuaIssue[]> {
  const context = new FoldContext(type, undefined, backup)
  const expression = returnedExpression(chunk, context)
  const mapped = (issues: readonly LuaIssue[]): LuaIssue[] =>
    issues.map(({ at, message }) => ({ at: offsetAt(at), message }))
  if (context.issues.length > 0) return err(mapped(context.issues))
  if (expression === undefined) return ok(undefined)
  const marks = new Map([...context.marks].map(([object, at]) => [object, offsetAt(at)]))
  return ok({ expression, marks, warnings: mapped(context.warnings) })
}

/** Returns a LUA record as documents have it: known records are marked as `computed`, because code gives them. */
export function recordOf<F extends Pick<FoldedLua, 'expression'>>(folded: F): F {
  const { expression } = folded
  const hasText = [expression].flat().some((inner) => typeof inner === 'string')
  return hasText ? { ...folded, expression: { kind: 'computed', records: expression } } : folded
}

/**
 * Returns the answer of code that is a single return; undefined for other code, and if it has to run or was refused.
 */
function returnedExpression({ body }: Chunk, context: FoldContext): Expression | undefined {
  const [statement] = body
  // A return is the last statement of its block.
  if (statement && statement.type !== 'ReturnStatement') return undefined
  const [first, second] = statement?.type === 'ReturnStatement' ? statement.arguments : []
  if (!first) return context.refuse(0, 'the code returns nothing; expected text')
  const value = foldExpression(first, context, 0)
  if (second) {
    context.warn(second, 'PowerDNS takes the first value of a return alone; expected one value, or a list {…}')
  }
  return value && answerOf(value, context)
}

/**
 * A text is one record, a list is one record an element, and an empty list is NODATA. A CNAME of the answer language
 * has one target. PowerDNS follows the first of several; with none it answers from the other records: that code has to
 * run.
 */
export function answerOf(value: Value, context: FoldContext): Expression | undefined {
  switch (value.is) {
    case 'text':
    case 'number':
    case 'choice':
      return toExpression(value, context)
    case 'sample':
      if (context.type !== TYPE.CNAME || value.most === 1) return value.expression
      return NOT_CONSTANT
    case 'table': {
      const elements = value.entries.map((entry) => toExpression(entry.value, context))
      if (context.type === TYPE.CNAME && elements.length !== 1) return NOT_CONSTANT
      return elements.every((element) => element !== undefined) ? elements : undefined
    }
    case 'map':
      return context.refuse(
        value.fields[0]?.at ?? value.at,
        'PowerDNS fails at this key of a list; expected no key, or a whole number like [1]',
      )
    case 'nil':
    case 'boolean': {
      const what = value.is === 'nil' ? 'nil' : 'a boolean'
      return context.refuse(
        value.at,
        `${what} is not a valid ${typeName(context.type ?? 0)} record; expected text, or a list`,
      )
    }
  }
}
