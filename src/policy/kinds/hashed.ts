import type * as v from 'valibot'
import { addressBits } from '../../net/index.ts'
import type { Builders } from '../builders.ts'
import type { Compiling, Kinds } from '../context.ts'
import { burtle } from '../hash.ts'
import type { Path } from '../issues.ts'
import { type Loading, loadMembers, type Stored, type Storing } from '../storing.ts'
import type { Among, Choice, ChoiceInput, Inner, Trace } from './kind.ts'

export interface HashedExpression<E> {
  readonly kind: 'hashed'
  readonly of: readonly E[]
}

/** The member at the hash of the client's address, modulo the number of members. */
export interface Hashed<P> extends Among {
  readonly kind: 'hashed'
  readonly members: readonly P[]
}

export type HashedStep = {
  readonly step: 'hashed'
  readonly hash: number
  readonly of: number
  readonly picked: number
}

export const schema = <E>({ v, object, answersSchema }: Builders, answer: v.GenericSchema<E>) =>
  object({ kind: v.literal('hashed'), of: answersSchema(answer) })

export function compile<E, P>(
  { of }: HashedExpression<E>,
  path: Path,
  context: Compiling<E, P>,
  kinds: Kinds<E, P>,
): P | Hashed<P> {
  const members = of.map((answer, i) => kinds.compile(answer, [...path, 'of', i], context))
  return members.length === 1 ? (members[0] as P) : { kind: 'hashed', members }
}

/** The hash depends on every bit of the address: the choice is valid for this client alone. */
export function choose<P>(
  { members, among }: Hashed<P>,
  { client }: ChoiceInput,
  trace: Trace<HashedStep> | undefined,
): Choice<P> {
  const hash = burtle(client.bytes)
  const picked = hash % members.length
  trace?.push({ step: 'hashed', hash, of: members.length, picked: among?.[picked] ?? picked })
  return { member: members[picked] as P, scope: addressBits(client.family) }
}

export const inside = <E>({ of }: HashedExpression<E>): Inner<E>[] => of.map((one, i) => [one, ['of', i]])

export const store = <P>({ kind, members }: Hashed<P>, { store }: Storing<P>): Stored => [kind, members.map(store)]

export const load = <P>([, members]: Stored, loading: Loading<P>): Hashed<P> => ({
  kind: 'hashed',
  members: loadMembers(members, loading),
})
