import type { Compiling, Kinds } from './context.ts'
import type { Path } from './issues.ts'
import type { Inner } from './kinds/kind.ts'
import { sumOf } from './weights.ts'

/** An answer and its weight. */
export type WeightedMember<E> = { readonly weight: number; readonly answer: E }

/** Weights that go over into others between two times. */
export interface ShiftExpression {
  /** The weights at the end, one for each member. */
  readonly to: readonly number[]
  /** Times with their zone, like `2026-12-01T20:00Z`. */
  readonly start: string
  readonly end: string
}

/** The weights of members before a shift and after it, and when it is. Times are milliseconds since the epoch. */
export type Course<P> = {
  readonly members: readonly P[]
  readonly from: readonly number[]
  readonly to: readonly number[]
  readonly start: number
  readonly end: number
}

type WeightedList<E> = { readonly members: readonly WeightedMember<E>[] }

/** Compiles a list of members with weights. `total` is the sum of the weights. */
export function compileWeighted<E, P>(
  list: readonly WeightedMember<E>[],
  path: Path,
  context: Compiling<E, P>,
  kinds: Kinds<E, P>,
): { members: P[]; weights: number[]; total: number } {
  const members = list.map(({ answer }, i) => kinds.compile(answer, [...path, 'members', i, 'answer'], context))
  const weights = list.map((member) => member.weight)
  return { members, weights, total: sumOf(weights) }
}

/** Returns the answers of a list of members with weights. */
export const insideWeighted = <E>({ members }: WeightedList<E>): Inner<E>[] =>
  members.map(({ answer }, i) => [answer, ['members', i, 'answer']])
