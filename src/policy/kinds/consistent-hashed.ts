import type * as v from 'valibot'
import { addressBits } from '../../net/index.ts'
import type { Builders } from '../builders.ts'
import type { Compilers } from '../compilers.ts'
import type { Compiling } from '../context.ts'
import { burtle } from '../hash.ts'
import type { Path } from '../issues.ts'
import { nextPoint, type Ring } from '../ring.ts'
import { STEPS_A_SEARCH } from '../steps.ts'
import { loadRing, storeRing } from '../stored-ring.ts'
import { type Loading, loadMembers, loadWeights, type Stored, type Storing } from '../storing.ts'
import { compileWeighted, type WeightedMember } from '../weighted-members.ts'
import { DAMAGED, type Fail } from './fail.ts'
import type { Among, Choice, ChoiceInput, Trace } from './kind.ts'
import { NODATA, type Values } from './values.ts'

export { insideWeighted as inside } from '../weighted-members.ts'

export interface ConsistentHashedExpression<E> {
  readonly kind: 'consistent-hashed'
  readonly members: readonly KeyedMember<E>[]
}

/** `key` is the text that is hashed: by default the answer's own. */
export type KeyedMember<E> = WeightedMember<E> & { readonly key?: string | undefined }

/** The member that owns the next point on a ring of hashes, from the hash of the client's address on. */
export interface ConsistentHashed<P> extends Among, Ring {
  readonly kind: 'consistent-hashed'
  readonly members: readonly P[]
  readonly weights: readonly number[]
}

export type ConsistentHashedStep = {
  readonly step: 'consistent-hashed'
  readonly hash: number
  readonly point: number
  readonly picked: number
}

export const schema = <E>({ v, object, weightedSchema }: Builders, answer: v.GenericSchema<E>) =>
  object({ kind: v.literal('consistent-hashed'), members: weightedSchema(answer, { key: v.optional(v.string()) }) })

export function compile<E, P>(
  expression: ConsistentHashedExpression<E>,
  path: Path,
  context: Compiling<E, P>,
  kinds: Compilers<E, P>,
): P | Values | ConsistentHashed<P> {
  const { members, weights } = compileWeighted(expression.members, path, context, kinds)
  const keys = expression.members.map(({ key, answer }) => key ?? (typeof answer === 'string' ? answer : undefined))
  const ring = kinds.compileRing(keys, weights, [...path, 'members'], context)
  if (members.length === 1) return members[0] as P
  return ring ? { kind: 'consistent-hashed', members, weights, ...ring } : NODATA
}

/** The hash depends on every bit of the address: the choice is valid for this client alone. */
export function choose<P>(
  { members, points, owners, among }: ConsistentHashed<P>,
  { client }: ChoiceInput,
  trace: Trace<ConsistentHashedStep> | undefined,
): Choice<P | Fail> {
  const hash = burtle(client.bytes)
  const index = nextPoint(points, hash)
  const picked = owners[index] as number
  trace?.push(stepOf(hash, points[index] as number, among?.[picked] ?? picked))
  return { member: members[picked] ?? DAMAGED, scope: addressBits(client.family) }
}

/** Returns the step of a pick. @param point the first one of the ring that is not below the hash */
export const stepOf = (hash: number, point: number, picked: number): ConsistentHashedStep => ({
  step: 'consistent-hashed',
  ...{ hash, point, picked },
})

export const steps = (): number => STEPS_A_SEARCH

export const identity = ({ weights, points, owners }: ConsistentHashed<unknown>): unknown => [
  weights,
  [...points],
  [...owners],
]

export const store = <P>(policy: ConsistentHashed<P>, { keeper, store }: Storing<P>): Stored => [
  policy.kind,
  policy.members.map(store),
  policy.weights,
  storeRing(policy, keeper),
]

export function load<P>([, stored, numbers, ring]: Stored, loading: Loading<P>): ConsistentHashed<P> {
  const members = loadMembers(stored, loading)
  const weights = loadWeights(numbers, members)
  return { kind: 'consistent-hashed', members, weights, ...loadRing(ring, loading.kept) }
}
