import type { Expression } from 'luaparse'
import { isMultiple } from './script-syntax.ts'

/** A variable of a script, and what is known of it. */
export type Variable = {
  /** How often it gets a value; -1 for what has none that could be known, as a parameter. */
  definitions: number
  init: Expression | undefined
  /** Whether `init` stands in other code, which is included. */
  foreign: boolean
  /** Where it is declared: a value that it gets deeper inside is one that it may not get. */
  readonly depth: number
  /** Whether somebody may change the table that it is, or one inside that. */
  changes: boolean
  innerChanges: boolean
  readonly isLocal: boolean
  /** Variables whose tables it is in. */
  readonly holders: Variable[]
  /** What has to be so for nobody to change it: functions that only look are those that have their names. */
  readonly trusts: (() => boolean)[]
}

export const newVariable = (depth: number, isLocal: boolean): Variable => ({
  ...{ definitions: 0, init: undefined, foreign: false, depth },
  ...{ changes: false, innerChanges: false, isLocal, holders: [], trusts: [] },
})

export function define(variable: Variable, value: Expression | undefined, foreign: boolean): void {
  if (variable.definitions >= 0) variable.definitions++
  variable.init = value
  variable.foreign ||= foreign
}

/** @param seen variables that are in each other's tables hold nothing that is known */
export function isConstant(variable: Variable, seen: Set<Variable>): boolean {
  const { definitions, init, changes, innerChanges, holders, trusts } = variable
  if (definitions !== 1 || !init || isMultiple(init) || seen.has(variable)) return false
  if (init.type !== 'TableConstructorExpression') return true
  if (changes || (innerChanges && !isFlat(init)) || !trusts.every((trust) => trust())) return false
  seen.add(variable)
  // What comes out of a table that holds it may be changed there.
  return holders.every((holder) => !holder.changes && !holder.innerChanges && isConstant(holder, seen))
}

const isFlat = (table: Extract<Expression, { type: 'TableConstructorExpression' }>): boolean =>
  table.fields.every(({ value }) => value.type === 'StringLiteral' || value.type === 'NumericLiteral')
