import type * as v from 'valibot'
import type { Builders } from '../builders.ts'
import type { Compiling, Kinds } from '../context.ts'
import type { Path } from '../issues.ts'
import type { Inner } from './kind.ts'
import type { Values } from './values.ts'

/** Fixed records that code gives: they are answered as any, and `dblookup` does not find them. */
export interface ComputedExpression<E> {
  readonly kind: 'computed'
  readonly records: E
}

export const schema = <E>({ v, object }: Builders, answer: v.GenericSchema<E>) =>
  object({ kind: v.literal('computed'), records: answer })

export function compile<E, P>(
  { records }: ComputedExpression<E>,
  path: Path,
  context: Compiling<E, P>,
  kinds: Kinds<E, P>,
): P | Values {
  const policy = kinds.compile(records, [...path, 'records'], context)
  const rdatas = kinds.fixedRecords(policy)
  return rdatas ? { kind: 'values', rdatas, stored: [] } : policy
}

export const inside = <E>({ records }: ComputedExpression<E>): Inner<E>[] => [[records, ['records']]]
