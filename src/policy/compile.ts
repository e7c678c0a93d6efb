import { MAX_DEPTH, MAX_QUERY_STEPS } from '../limits.ts'
import { COMPILERS, type Compilers } from './compilers.ts'
import { dependsOnClient } from './deterministic.ts'
import { type Path, refuse } from './issues.ts'
import * as all from './kinds/all.ts'
import { COMPILE } from './kinds/author.ts'
import { ofKind, stepsOf } from './kinds/index.ts'
import * as values from './kinds/values.ts'
import { outcomeNumbers } from './outcome-numbers.ts'
import { PACING } from './pacing/pacing.ts'
import { shiftOf } from './pacing/shift.ts'
import { contains, isAlternatives } from './policy-tree.ts'
import type { CompileContext, Expression, Policy } from './types.ts'

/**
 * Compiles an answer expression, whose shape is already valid, for queries: encodes RDATA, builds networks and hash
 * rings, folds away choices among one. On an issue the policy returned is of no use.
 */
export function compile(expression: Expression, path: Path, context: CompileContext): Policy {
  const policy = compiled(expression, path, context)
  const steps = stepsOf(policy)
  if (steps <= MAX_QUERY_STEPS) return policy
  const limit = `expected at most ${MAX_QUERY_STEPS}; take a smaller "count", or fewer members`
  refuse(context, path, `a query would take ${steps} steps to choose here; ${limit}`)
  return values.NODATA
}

function compiled(expression: Expression, path: Path, context: CompileContext): Policy {
  if (path.length > 4 * MAX_DEPTH) {
    refuse(context, path, `the expression nests too deep; expected at most ${MAX_DEPTH} levels`)
    return values.NODATA
  }
  if (typeof expression === 'string') return values.compile(expression, path, context)
  if (isList(expression)) return all.compile(expression.map((inner, i) => compile(inner, [...path, i], context)))
  return ofKind(COMPILE, expression)(expression, path, context, KINDS)
}

/** TypeScript's Array.isArray does not narrow readonly arrays. */
export const isList = (expression: Expression): expression is readonly Expression[] => Array.isArray(expression)

const KINDS: Compilers<Expression, Policy> = {
  ...COMPILERS,
  compile,
  dependsOnClient,
  hasHealth: (policy) => contains(policy, isAlternatives),
  outcomeNumbers,
  fixedRecords: (policy) => (policy.kind === 'values' ? policy.rdatas : undefined),
  pacing: PACING,
  shift: shiftOf,
  fail: (why) => ({ kind: 'fail', why }),
}
