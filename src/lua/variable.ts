import type { Expression } from 'luaparse'
import { isMultiple } from './script-syntax.ts'

/** A variable of a script, and what is known of it. */
export type Variable = {
  /** How often it gets a value; -1 for what has none that could be known, as a parameter. */
  definitions: number
  init: Expression | undefined
  /** Whether `init` stands in other code, which is included. */
  fromInclude: boolean
  /** Where it is declared: a value that it gets deeper inside is one that it may not get. */
  readonly depth: number
  /** Whether somebody may change the table that it is, or one inside that. */
  isMutable: boolean
  elementsMutable: boolean
  readonly isLocal: boolean
  /** Variables whose tables it is in. */
  readonly containers: Variable[]
  /** What has to be so for nobody to change it: functions that only look are those that have their names. */
  readonly assumptions: Assumption[]
}

/** A global that gets no value of the code's own and, where it is a library, is not changed either. */
export type Assumption = { readonly variable: Variable; readonly isLibrary: boolean }

/** What is known of a variable here: what is included is looked through once, and may be changed by who includes it. */
export type Current = (variable: Variable) => Variable

export const newVariable = (depth: number, isLocal: boolean): Variable => ({
  ...{ definitions: 0, init: undefined, fromInclude: false, depth },
  ...{ isMutable: false, elementsMutable: false, isLocal, containers: [], assumptions: [] },
})

export function define(variable: Variable, value: Expression | undefined, fromInclude: boolean): void {
  if (variable.definitions >= 0) variable.definitions++
  variable.init = value
  variable.fromInclude ||= fromInclude
}

/** @param seen variables that are in each other's tables hold nothing that is known */
export function isConstant(variable: Variable, current: Current, seen: Set<Variable> = new Set()): boolean {
  const { definitions, init, isMutable, elementsMutable, containers, assumptions } = variable
  if (definitions !== 1 || !init || isMultiple(init) || seen.has(variable)) return false
  if (init.type !== 'TableConstructorExpression') return true
  if (
    isMutable ||
    (elementsMutable && !isFlat(init)) ||
    !assumptions.every((assumption) => isKept(assumption, current))
  )
    return false
  seen.add(variable)
  // What comes out of a table that holds it may be changed there.
  return containers
    .map(current)
    .every((container) => !container.isMutable && !container.elementsMutable && isConstant(container, current, seen))
}

function isKept({ variable, isLibrary }: Assumption, current: Current): boolean {
  const { definitions, isMutable } = current(variable)
  return definitions === 0 && !(isLibrary && isMutable)
}

/** What follows behind is known of a variable that had no value so far: `later` is left as it is. */
export function continueAs(variable: Variable, later: Variable): void {
  variable.definitions = later.definitions
  variable.init = later.init
  variable.fromInclude ||= later.fromInclude
  variable.isMutable ||= later.isMutable
  variable.elementsMutable ||= later.elementsMutable
  variable.containers.push(...later.containers)
  variable.assumptions.push(...later.assumptions)
}

const isFlat = (table: Extract<Expression, { type: 'TableConstructorExpression' }>): boolean =>
  table.fields.every(({ value }) => value.type === 'StringLiteral' || value.type === 'NumericLiteral')
