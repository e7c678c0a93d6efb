import type * as v from 'valibot'
import { addressBits } from '../../net/index.ts'
import { wordOf } from '../../stored-value.ts'
import type { Builders } from '../builders.ts'
import type { Compiling, Kinds } from '../context.ts'
import { burtle, nameHash, unorderedMapOrder } from '../hash.ts'
import type { Path } from '../issues.ts'
import { STEPS_A_SEARCH, stepsToSum } from '../steps.ts'
import { type Loading, loadMembers, loadWeights, type Stored, type Storing } from '../storing.ts'
import { compileWeighted, type WeightedMember } from '../weighted-members.ts'
import { atPoint, sumOf } from '../weights.ts'
import type { Among, Choice, ChoiceInput, Trace } from './kind.ts'

export { insideWeighted as inside } from '../weighted-members.ts'

/** Hashes the client's address, or the queried name. */
type Hashes = 'weighted-hashed' | 'name-hashed'

export interface WeightedHashedExpression<E> {
  readonly kind: Hashes
  readonly members: readonly WeightedMember<E>[]
}

/** The member at the hash, modulo the sum of the weights. */
export interface WeightedHashed<P> extends Among {
  readonly kind: Hashes
  readonly members: readonly P[]
  readonly weights: readonly number[]
  readonly total: number
  /** The order in which the weights are summed up: PowerDNS's. */
  readonly order: readonly number[]
}

export type WeightedHashedStep = {
  readonly step: Hashes
  readonly hash: number
  readonly point: number
  readonly total: number
  readonly picked: number
}

export const schema = <E>({ v, object, weightedSchema }: Builders, answer: v.GenericSchema<E>, kind: Hashes) =>
  object({ kind: v.literal(kind), members: weightedSchema(answer, {}) })

export function compile<E, P>(
  expression: WeightedHashedExpression<E>,
  path: Path,
  context: Compiling<E, P>,
  kinds: Kinds<E, P>,
): P | WeightedHashed<P> {
  const { members, weights, total } = compileWeighted(expression.members, path, context, kinds)
  if (members.length === 1) return members[0] as P
  return { kind: expression.kind, members, weights, total, order: unorderedMapOrder(members.length) }
}

export function choose<P>(
  { kind, members, weights, total, order, among }: WeightedHashed<P>,
  { client, name }: ChoiceInput,
  trace: Trace<WeightedHashedStep> | undefined,
): Choice<P> {
  const byName = kind === 'name-hashed'
  const hash = byName ? nameHash(name) : burtle(client.bytes)
  const point = hash % total
  const picked = atPoint(weights, point, order)
  trace?.push({ step: kind, hash, point, total, picked: among?.[picked] ?? picked })
  return { member: members[picked] as P, scope: byName ? 0 : addressBits(client.family) }
}

export const steps = ({ weights }: WeightedHashed<unknown>): number => STEPS_A_SEARCH + stepsToSum(weights.length)

export const identity = ({ weights }: WeightedHashed<unknown>): unknown => weights

export const store = <P>({ kind, members, weights }: WeightedHashed<P>, { store }: Storing<P>): Stored => [
  kind,
  members.map(store),
  weights,
]

/** The order follows from the number of members: only a pool has another, and that when it is resolved. */
export function load<P>([kind, stored, numbers]: Stored, loading: Loading<P>): WeightedHashed<P> {
  const members = loadMembers(stored, loading)
  const weights = loadWeights(numbers, members)
  const order = unorderedMapOrder(members.length)
  return { kind: wordOf(kind, HASHES), members, weights, total: sumOf(weights), order }
}

const HASHES: readonly Hashes[] = ['weighted-hashed', 'name-hashed']
