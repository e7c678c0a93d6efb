import type { FailoverMemberExpression, WrittenMember } from './alternatives.ts'
import { isList } from './compile.ts'
import * as all from './kinds/all.ts'
import { COMPILE, INSIDE, WRITTEN } from './kinds/author.ts'
import { ofKind } from './kinds/index.ts'
import type { Inner } from './kinds/kind.ts'
import type { AlternativesExpression, Expression, KindExpression } from './types.ts'

/** The names of all kinds of expressions. */
export const KINDS = Object.keys(COMPILE) as readonly KindExpression['kind'][]

/** Returns the expressions directly inside of one, with their paths from it. */
export function inside(expression: Expression): readonly Inner<Expression>[] {
  if (typeof expression === 'string') return []
  return isList(expression) ? all.inside(expression) : ofKind(INSIDE, expression)(expression)
}

/** Returns true for the kinds with health. */
export const hasHealth = (expression: Expression): expression is AlternativesExpression =>
  typeof expression === 'object' && 'kind' in expression && Object.hasOwn(WRITTEN, expression.kind)

/** Returns the members of an expression with health as the document has them, with their paths from it. */
export const writtenMembers = (
  expression: AlternativesExpression,
): readonly WrittenMember<Expression | FailoverMemberExpression<Expression>>[] =>
  ofKind(WRITTEN, expression)(expression)
