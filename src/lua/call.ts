import type { Folding } from './folding.ts'
import { describe, type Entry, type Value } from './value.ts'

/** A call whose arguments are folded. `at` is where the function's name stands. */
export type Call = {
  readonly name: string
  readonly at: number
  /** How to write it right. */
  readonly usage: string
  readonly folding: Folding
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
    return call.folding.refuse(value.at, `${describe(value)} is no ${list}; expected ${call.usage}`)
  }
  if (value.entries.length > 0) return value.entries
  const message = `the list of ${call.name} is empty; expected at least one ${what}, as in ${call.usage}`
  return call.folding.refuse(value.at, message)
}
