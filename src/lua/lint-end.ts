import type { Expression, Statement } from 'luaparse'

/**
 * Returns the last statement of a script that may end behind it, without `return`, for some queries: SERVFAIL. A loop
 * that only `return` leaves, and a call of `error`, do not end so.
 */
export function openEnd(body: readonly Statement[]): Statement | undefined {
  const last = body.at(-1)
  return last && mayEnd(body) ? last : undefined
}

function mayEnd(body: readonly Statement[]): boolean {
  const last = body.at(-1)
  if (!last) return true
  switch (last.type) {
    case 'ReturnStatement':
    case 'GotoStatement':
    case 'BreakStatement':
      return false
    case 'DoStatement':
      return mayEnd(last.body)
    case 'IfStatement': {
      const always = last.clauses.findIndex((clause) => !('condition' in clause) || isTrue(clause.condition))
      const clauses = always < 0 ? last.clauses : last.clauses.slice(0, always + 1)
      return always < 0 || clauses.some((clause) => mayEnd(clause.body))
    }
    case 'WhileStatement':
      return !isTrue(last.condition) || breaks(last.body)
    case 'RepeatStatement':
      return mayEnd(last.body) || breaks(last.body)
    case 'CallStatement':
      return !isErrorCall(last.expression)
    default:
      return true
  }
}

const isTrue = (condition: Expression): boolean => condition.type === 'BooleanLiteral' && condition.value

const isErrorCall = (call: Expression): boolean =>
  'base' in call && call.base.type === 'Identifier' && call.base.name === 'error'

/** Returns whether statements of a loop, but not those of a loop in it, may leave the loop. */
const breaks = (body: readonly Statement[]): boolean =>
  body.some((statement) => {
    switch (statement.type) {
      case 'BreakStatement':
      case 'GotoStatement':
        return true
      case 'DoStatement':
        return breaks(statement.body)
      case 'IfStatement':
        return statement.clauses.some((clause) => breaks(clause.body))
      default:
        return false
    }
  })
