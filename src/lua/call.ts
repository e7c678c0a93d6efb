import { type FoldedName, type FunctionRow, functionRow, mostArguments, usageOf } from '../powerdns/index.ts'
import type { FoldContext } from './fold-context.ts'
import { describe, type Entry, type Value } from './value.ts'

/** A call whose arguments are folded. `at` is the offset of the function's name. */
export type Call = {
  readonly name: string
  readonly at: number
  /** The right way to write it. */
  readonly usage: string
  readonly context: FoldContext
}

/** Folds a call, once its arguments are counted. Returns undefined if it is refused, or has to run. */
export type Fold = (args: readonly Value[], call: Call) => Value | undefined

/** The result of a function, once its arguments are counted. */
export function applied(
  name: FoldedName,
  fold: Fold,
  values: readonly Value[],
  at: number,
  context: FoldContext,
): Value | undefined {
  const row = functionRow(name) as FunctionRow
  const usage = usageOf(name, row)
  if (values.length < row.takes.length) return context.refuse(at, `${name} has too few arguments; expected ${usage}`)
  const extra = values[mostArguments(row)]
  if (extra) return context.refuse(extra.at, `${name} has too many arguments; expected ${usage}`)
  return fold(values, { name, at, usage, context })
}

/**
 * Returns the elements of an argument that has to be a list, with at least one of `what`.
 * @param origin `from calls too`: a function like `all` may have made it
 */
export function elementsOf(
  value: Value,
  call: Call,
  list: string,
  what: string,
  origin: 'written out' | 'from calls too' = 'written out',
): readonly Entry[] | undefined {
  if (value.is !== 'table' || (value.by && origin === 'written out')) {
    return call.context.refuse(value.at, `${describe(value)} is not a ${list}; expected ${call.usage}`)
  }
  if (value.entries.length > 0) return value.entries
  const message = `the list of ${call.name} is empty; expected at least one ${what}, as in ${call.usage}`
  return call.context.refuse(value.at, message)
}
