import { FUNCTIONS } from './functions.ts'
import { SELECTORS } from './health.ts'
import type { FunctionRow, Gives, Reads, VariableRow } from './row.ts'
import { VARIABLES } from './variables.ts'

export type FunctionName = keyof typeof FUNCTIONS

/** The functions that fold in one of some ways, when a zone is compiled. */
export type FoldedName<How extends 'list' | 'choice' | 'pool' = 'list' | 'choice' | 'pool'> = {
  [N in FunctionName]: (typeof FUNCTIONS)[N] extends { readonly folds: How } ? N : never
}[FunctionName]

const functionRows: ReadonlyMap<string, FunctionRow> = new Map(Object.entries(FUNCTIONS))
const variableRows: ReadonlyMap<string, VariableRow> = new Map(Object.entries(VARIABLES))

export const FUNCTION_NAMES: readonly FunctionName[] = Object.keys(FUNCTIONS) as FunctionName[]

/** The row of a function; undefined if PowerDNS has no function of that name. */
export const functionRow = (name: string): FunctionRow | undefined => functionRows.get(name)

/** The row of a variable; undefined if PowerDNS has no variable of that name. */
export const variableRow = (name: string): VariableRow | undefined => variableRows.get(name)

/** The globals that PowerDNS gives to LUA records. */
export const SCRIPT_GLOBALS: ReadonlySet<string> = new Set([...functionRows.keys(), ...variableRows.keys()])

/** True if calls of the function are folded into policies, which stand in a script as its parts. */
export function isPart(name: string): name is FoldedName<'choice' | 'pool'> {
  const folds = functionRow(name)?.folds
  return folds === 'choice' || folds === 'pool'
}

/** True for the functions whose targets are probed. */
export const isHealthFunction = (name: string): name is FoldedName<'pool'> => functionRow(name)?.folds === 'pool'

/** True if the function gives a list of texts, and not one text. */
export const givesList = (name: string): boolean => functionRow(name)?.gives === 'list'

/** The kind of value that a call of a function gives, or that a variable is. */
export const givenBy = (name: string, as: 'function' | 'variable'): Gives | undefined =>
  (as === 'function' ? functionRow(name) : variableRow(name))?.gives

/** The selectors whose names in code matter to what the code reads. */
export const SELECTOR_NAMES: readonly string[] = Object.keys(SELECTORS)

/**
 * Returns the inputs that code may read.
 * @param globals that it names
 * @param selectors that it names, as texts
 */
export function readsOf(globals: Iterable<string>, selectors: Iterable<string>): ReadonlySet<Reads> {
  const reads = new Set<Reads>()
  for (const name of globals) for (const one of (functionRow(name) ?? variableRow(name))?.reads ?? []) reads.add(one)
  if (!reads.has('options')) return reads
  const options: Readonly<Record<string, readonly Reads[]>> = SELECTORS
  for (const selector of selectors) for (const one of options[selector] ?? []) reads.add(one)
  return reads
}

/**
 * True if nothing of a query, or the queried name alone, decides what the global is or gives, outside of an evaluation:
 * then it is known before there is a query.
 */
export function isKnownBy(input: 'nothing' | 'name', name: string): boolean {
  const row = functionRow(name) ?? variableRow(name)
  if (!row || ('on' in row && row.on === 'evaluation')) return false
  return input === 'nothing' ? row.reads.length === 0 : row.reads.every((read) => read === 'name')
}
