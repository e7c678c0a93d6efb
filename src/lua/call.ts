import type { FoldContext } from './fold-context.ts'
import { describe, type Entry, type Value } from './value.ts'

/** A call whose arguments are folded. `at` is where the function's name stands. */
export type Call = {
  readonly name: string
  readonly at: number
  /** How to write it right. */
  readonly usage: string
  readonly context: FoldContext
}

/** One of PowerDNS's functions, and how its call is written. */
export type FoldedFunction = {
  readonly parameters: readonly string[]
  /** The way to write the last parameter, which may be left out; undefined: there is no such parameter. */
  readonly options?: string
  readonly fold: (args: readonly Value[], call: Call) => Value | undefined
}

/** The result of a function, once its arguments are counted. */
export function applied(
  name: string,
  { parameters, options, fold }: FoldedFunction,
  values: readonly Value[],
  at: number,
  context: FoldContext,
): Value | undefined {
  const usage = `${name}(${parameters.join(', ')}${options === undefined ? '' : `[, ${options}]`})`
  if (values.length < parameters.length) {
    return context.refuse(at, `${name} has too few arguments; expected ${usage}`)
  }
  const extra = values[parameters.length + (options === undefined ? 0 : 1)]
  if (extra) return context.refuse(extra.at, `${name} has too many arguments; expected ${usage}`)
  return fold(values, { name, at, usage, context })
}

/**
 * The elements of an argument that has to be a list, with at least one of `what`.
 * @param origin whether a function like `all` may have made it
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
