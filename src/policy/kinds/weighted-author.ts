import type * as v from 'valibot'
import { parseTime } from '../../time.ts'
import type { Builders } from '../builders.ts'
import type { Compilers } from '../compilers.ts'
import type { Compiling } from '../context.ts'
import { type Path, refuse } from '../issues.ts'
import type { Stored, Storing } from '../storing.ts'
import { compileWeighted, type ShiftExpression } from '../weighted-members.ts'
import { sumOf } from '../weights.ts'
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
    if (count === 1) return compileShift(members, weights, shift, path, context, kinds) ?? NODATA
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

/** Compiles a choice by weight that shifts. Returns undefined after an error. */
function compileShift<E, P>(
  members: readonly P[],
  from: readonly number[],
  expression: ShiftExpression,
  path: Path,
  context: Compiling<E, P>,
  kinds: Compilers<E, P>,
): P | undefined {
  const fault = (field: string, message: string): undefined => {
    refuse(context, [...path, 'shift', field], message)
    return undefined
  }
  const { to } = expression
  const [start = 0, end = 0] = [parseTime(expression.start), parseTime(expression.end)]
  if (to.length !== members.length) {
    return fault('to', `there are ${to.length} weights for ${members.length} members; expected one for each`)
  }
  if (sumOf(to) === 0) return fault('to', 'all weights are 0 at the end; expected one above 0')
  if (sumOf(from) === 0) {
    refuse(context, [...path, 'members'], 'all weights are 0 before the shift; expected one above 0')
    return undefined
  }
  if (end <= start) return fault('end', 'the shift ends before it begins; expected "start" before "end"')
  return kinds.shift({ members, from, to, start, end })
}
