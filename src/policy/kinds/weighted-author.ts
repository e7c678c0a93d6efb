import type * as v from 'valibot'
import type { Builders } from '../builders.ts'
import type { Compilers } from '../compilers.ts'
import type { Compiling } from '../context.ts'
import { type Path, refuse } from '../issues.ts'
import type { Stored, Storing } from '../storing.ts'
import { compileWeighted } from '../weighted-members.ts'
import { NODATA, type Values } from './values.ts'
import type { Weighted, WeightedExpression } from './weighted.ts'

export { insideWeighted as inside } from '../weighted-members.ts'

// The part of the kind `weighted` that author time alone needs.

const WEIGHT = 'a weight of 0 is never drawn; expected 1 or more'

export const schema = <E>(
  { v, object, weightedSchema, countSchema, shiftSchema, leastWeight }: Builders,
  answer: v.GenericSchema<E>,
) =>
  object({
    kind: v.literal('weighted'),
    members: weightedSchema(answer, {}, leastWeight),
    count: v.optional(countSchema),
    shift: v.optional(shiftSchema),
  })

export function compile<E, P>(
  expression: WeightedExpression<E>,
  path: Path,
  context: Compiling<E, P>,
  kinds: Compilers<E, P>,
): P | Values | Weighted<P> {
  const { members, weights, total } = compileWeighted(expression.members, path, context, kinds)
  const { count = 1, shift } = expression
  if (shift) {
    if (count === 1) return kinds.compileShift(members, weights, shift, path, context) ?? NODATA
    refuse(context, [...path, 'count'], 'weights shift in choices of one member; expected no "count"')
  }
  weights.forEach((weight, i) => {
    const at = [...path, 'members', i, 'weight']
    if (weight === 0 && !shift) refuse(context, at, `${WEIGHT}, or a "shift" to another weight`)
  })
  if (count === 0) return NODATA
  return members.length === 1 ? (members[0] as P) : { kind: 'weighted', members, weights, total, count }
}

export const maxMembers = ({ count }: Weighted<unknown>): number => count

export const identity = ({ weights, count }: Weighted<unknown>): unknown => [weights, count]

export const store = <P>({ kind, members, weights, count }: Weighted<P>, { store }: Storing<P>): Stored => [
  kind,
  members.map(store),
  weights,
  count,
]
