import { TYPE, typeName } from '../dns/index.ts'
import type { Expression } from '../policy/index.ts'
import { err, ok, type Result } from '../result.ts'
import { toExpression } from './answer.ts'
import { foldExpression } from './expression.ts'
import { Folding, type LuaIssue } from './folding.ts'
import { parseLua } from './parse.ts'
import type { Value } from './value.ts'

/** A LUA record as an answer expression. */
export type FoldedLua = {
  readonly expression: Expression
  /** Where in the code it all came from: an offset for objects in `expression` that have a kind, and for members. */
  readonly marks: ReadonlyMap<object, number>
  readonly warnings: readonly LuaIssue[]
}

/**
 * The code of a PowerDNS LUA record, folded into the answer language when the zone is compiled: nested calls with
 * literals. Whatever else Lua can do is refused by name, with its offset in the code.
 * @param type of the records that the code answers with
 */
export function foldLua(code: string, type: number): Result<FoldedLua, readonly LuaIssue[]> {
  const parsed = parseLua(code)
  if (!parsed.ok) return err([parsed.error])
  const { returned, offsetAt } = parsed.value
  const folding = new Folding(type)
  const [first, second] = returned
  const value = first ? foldExpression(first, folding, 0) : folding.refuse(0, 'the code returns nothing; expected text')
  if (second)
    folding.warn(second, 'PowerDNS takes the first value of a return alone; expected one value, or a list {…}')
  const expression = value && answerOf(value, folding)
  const mapped = (issues: readonly LuaIssue[]): LuaIssue[] =>
    issues.map(({ at, message }) => ({ at: offsetAt(at), message }))
  if (expression === undefined || folding.issues.length > 0) return err(mapped(folding.issues))
  const marks = new Map([...folding.marks].map(([object, at]) => [object, offsetAt(at)]))
  return ok({ expression, marks, warnings: mapped(folding.warnings) })
}

/** A text is one record, a list is one record an element, and an empty list is NODATA. */
function answerOf(value: Value, folding: Folding): Expression | undefined {
  switch (value.is) {
    case 'text':
    case 'number':
    case 'choice':
      return toExpression(value, folding)
    case 'sample':
      if (folding.type !== TYPE.CNAME || value.most <= 1) return value.expression
      return folding.refuse(
        value.at,
        `${value.by} gives up to ${value.most} records, and a CNAME has one; expected a choice of one`,
      )
    case 'table': {
      const elements = value.entries.map((entry) => toExpression(entry.value, folding))
      return elements.every((element) => element !== undefined) ? elements : undefined
    }
    case 'map':
      return folding.refuse(
        value.fields[0]?.at ?? value.at,
        'this key is not supported in a list; expected no key, or a whole number like [1]',
      )
    case 'nil':
    case 'boolean':
      return folding.refuse(
        value.at,
        `${value.is === 'nil' ? 'nil' : 'a boolean'} is no ${typeName(folding.type)} record; expected text, or a list`,
      )
  }
}
