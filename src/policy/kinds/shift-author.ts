import { parseTime } from '../../time.ts'
import type { Compiling } from '../context.ts'
import { type Path, refuse } from '../issues.ts'
import { storeShift } from '../pacing/load.ts'
import { shiftOf } from '../pacing/shift.ts'
import type { Stored, Storing } from '../storing.ts'
import type { Policy, Shift } from '../types.ts'
import type { ShiftExpression } from '../weighted-members.ts'
import { sumOf } from '../weights.ts'

// The part of weights that shift that author time alone needs.

/** Compiles a choice by weight that shifts. Returns undefined after an error. */
export function compileShift<E, P>(
  members: readonly P[],
  from: readonly number[],
  expression: ShiftExpression,
  path: Path,
  context: Compiling<E, P>,
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
  // The kinds know their members by another name.
  const course = { members: members as unknown as readonly Policy[], from, to, start, end }
  return shiftOf(course) as unknown as P
}

export const identity = ({ from, to, start, end }: Shift): unknown => [from, to, start, end]

export const store = (policy: Shift, { store }: Storing<Policy>): Stored => [
  policy.kind,
  policy.members.map(store),
  ...storeShift(policy),
]
