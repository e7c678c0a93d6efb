import type * as v from 'valibot'
import { wholeOf } from '../../stored-value.ts'
import type { Builders } from '../builders.ts'
import type { Compiling, Kinds } from '../context.ts'
import type { Path } from '../issues.ts'
import { pickOne, pickRandom, type Rng } from '../random.ts'
import { stepsToDraw } from '../steps.ts'
import { type Loading, loadMembers, type Stored, type Storing } from '../storing.ts'
import { type Among, type Draw, type Inner, named, type Trace } from './kind.ts'
import { NODATA, type Values } from './values.ts'

export interface RandomExpression<E> {
  readonly kind: 'random'
  readonly of: readonly E[]
  readonly count?: number | undefined
}

/** `count` different members, all equally likely. */
export interface Random<P> extends Among {
  readonly kind: 'random'
  readonly members: readonly P[]
  readonly count: number
}

export type RandomStep = { readonly step: 'random'; readonly picked: readonly number[]; readonly of: number }

export const schema = <E>({ v, object, answersSchema, countSchema }: Builders, answer: v.GenericSchema<E>) =>
  object({ kind: v.literal('random'), of: answersSchema(answer), count: v.optional(countSchema) })

export function compile<E, P>(
  { of, count = 1 }: RandomExpression<E>,
  path: Path,
  context: Compiling<E, P>,
  kinds: Kinds<E, P>,
): P | Values | Random<P> {
  const members = of.map((answer, i) => kinds.compile(answer, [...path, 'of', i], context))
  if (count === 0) return NODATA
  return members.length === 1 ? (members[0] as P) : { kind: 'random', members, count }
}

export function draw(
  { members, count, among }: Random<unknown>,
  random: Rng,
  trace: Trace<RandomStep> | undefined,
): Draw {
  const picked = count === 1 ? pickOne(members.length, random) : pickRandom(members.length, count, random)
  trace?.push({ step: 'random', picked: named(picked, among), of: members.length })
  return picked
}

export const steps = ({ members, count }: Random<unknown>): number => 1 + stepsToDraw(count, members.length)

export const maxMembers = ({ count }: Random<unknown>): number => count

export const identity = ({ count }: Random<unknown>): unknown => count

export const inside = <E>({ of }: RandomExpression<E>): Inner<E>[] => of.map((one, i) => [one, ['of', i]])

export const store = <P>({ kind, members, count }: Random<P>, { store }: Storing<P>): Stored => [
  kind,
  members.map(store),
  count,
]

export const load = <P>([, members, count]: Stored, loading: Loading<P>): Random<P> => ({
  kind: 'random',
  members: loadMembers(members, loading),
  count: wholeOf(count, 1, Number.MAX_VALUE),
})
