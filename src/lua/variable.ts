import type { Expression } from 'luaparse'
import { isMultiple } from './script-syntax.ts'

/** The analysis of a variable of a script. */
export type Variable = {
  /** The number of its assignments; -1 if its value can never be known, as that of a parameter. */
  definitions: number
  init: Expression | undefined
  /** True if `init` is in included code. */
  fromInclude: boolean
  /** Block depth of the declaration; assignments deeper than this are conditional. */
  readonly depth: number
  /** True if other code may change the table that it holds; `elementsMutable`: a table inside that. */
  isMutable: boolean
  elementsMutable: boolean
  readonly isLocal: boolean
  /** The variables whose tables contain it. */
  readonly containers: Variable[]
  /** Assumptions: the built-ins to which it is passed have not been reassigned. */
  readonly assumptions: Assumption[]
}

/** A global that the code does not assign and, if it is a library, does not change. */
export type Assumption = { readonly variable: Variable; readonly isLibrary: boolean }

/** Returns the current state of a variable: included code is analysed once, and its includers may change variables. */
type Current = (variable: Variable) => Variable

export const newVariable = (depth: number, isLocal: boolean): Variable => ({
  ...{ definitions: 0, init: undefined, fromInclude: false, depth },
  ...{ isMutable: false, elementsMutable: false, isLocal, containers: [], assumptions: [] },
})

export function define(variable: Variable, value: Expression | undefined, fromInclude: boolean): void {
  if (variable.definitions >= 0) variable.definitions++
  variable.init = value
  variable.fromInclude ||= fromInclude
}

/** @param seen the containers so far: variables that contain each other are not constant */
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
  // Code that takes it out of a container may change it.
  return containers
    .map(current)
    .every((container) => !container.isMutable && !container.elementsMutable && isConstant(container, current, seen))
}

function isKept({ variable, isLibrary }: Assumption, current: Current): boolean {
  const { definitions, isMutable } = current(variable)
  return definitions === 0 && !(isLibrary && isMutable)
}

/** Continues a variable that had no value so far with the analysis of later code, `later`, which stays unchanged. */
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
