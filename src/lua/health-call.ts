import type { Expression } from '../policy/index.ts'
import { functionRow, type HealthCalls, isHealthFunction } from '../powerdns/index.ts'
import { patternSize } from '../re2.ts'
import { err, ok, type Result } from '../result.ts'
import { applied } from './call.ts'
import { FoldContext } from './fold-context.ts'
import { HEALTH_FOLDS } from './health.ts'
import type { Value } from './value.ts'

/** The pools of calls whose arguments only a query knows. The Worker loads this for zones that have such calls. */
export const healthCalls: HealthCalls = {
  answer(call, args, backup): Result<Expression> {
    const context = new FoldContext(undefined, undefined, backup)
    const expression = foldHealthCall(call, args, 0, context)
    if (expression !== undefined) return ok(expression)
    return err(context.issues[0]?.message ?? `${call} cannot be called like this`)
  },
  patternSize,
}

/**
 * Returns the answer of a call of a health function: the same that the call with literals folds to.
 * @param args as `argumentsText` writes them
 * @param at the offset of the call, for issues and warnings
 */
export function foldHealthCall(call: string, args: string, at: number, context: FoldContext): Expression | undefined {
  if (!isHealthFunction(call)) return undefined
  const values = (JSON.parse(args) as readonly Json[]).map((json) => fromJson(json, at))
  // The text leaves out nils at the end.
  while (values.length < (functionRow(call)?.takes.length ?? 0)) values.push({ is: 'nil', at })
  const value = applied(call, HEALTH_FOLDS[call], values, at, context)
  return value && 'expression' in value ? value.expression : undefined
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

function fromJson(json: Json, at: number): Value {
  if (json === null) return { is: 'nil', at }
  if (typeof json === 'boolean') return { is: 'boolean', at }
  if (typeof json === 'number') return { is: 'number', value: json, at }
  if (typeof json === 'string') return { is: 'text', text: json, at }
  if (isList(json))
    return { is: 'table', at, entries: json.map((one, i) => ({ key: i + 1, value: fromJson(one, at) })) }
  return { is: 'map', at, fields: Object.entries(json).map(([key, one]) => ({ key, at, value: fromJson(one, at) })) }
}

/** TypeScript's Array.isArray does not narrow readonly arrays. */
const isList = (json: Json): json is readonly Json[] => Array.isArray(json)
