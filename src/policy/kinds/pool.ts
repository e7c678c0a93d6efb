import type * as v from 'valibot'
import { flagOf, maybe, numberOf, wholeOf, wordOf } from '../../stored-value.ts'
import {
  type Alternatives,
  type AlternativesExpression,
  type AlternativesStep,
  answerIn,
  type PoolMember,
  type PoolMemberExpression,
  type WrittenMember,
} from '../alternatives.ts'
import type { Builders } from '../builders.ts'
import type { Compilers } from '../compilers.ts'
import type { Compiling } from '../context.ts'
import { type Path, refuse } from '../issues.ts'
import type { Nearest } from '../nearest.ts'
import type { Ring } from '../ring.ts'
import { SELECT, SELECTS, type Select } from '../selects.ts'
import { STEPS_A_PLACE, stepsToCopy } from '../steps.ts'
import { loadAlternatives, storeAlternatives } from '../stored-alternatives.ts'
import { loadNearest, storeNearest } from '../stored-nearest.ts'
import { loadRing, storeRing } from '../stored-ring.ts'
import type { Loading, Stored, Storing } from '../storing.ts'
import type { Inner } from './kind.ts'

/** docs/health.md describes it by example. */
export interface PoolExpression<E> extends AlternativesExpression<E, 'all'> {
  readonly kind: 'pool'
  readonly members: readonly (E | PoolMemberExpression<E>)[]
  readonly select?: Select | undefined
  readonly count?: number | undefined
  readonly weights?: 'reported' | undefined
  readonly lost?: 'spread' | 'next' | undefined
  readonly minLive?: number | undefined
  readonly ignoreHealth?: boolean | undefined
}

/** Some of the members that are up. */
export interface Pool<P> extends Alternatives<P> {
  readonly kind: 'pool'
  readonly select: Select
  readonly count: number
  /** True if weights that targets report replace the members' own. */
  readonly reported: boolean
  /** The share of a member that is down goes to all others, or to the next one that is up. */
  readonly lost: 'spread' | 'next'
  /** The part of the members, or of their weights, that has to be up for the pool to be up. */
  readonly minLive: number
  readonly ignoreHealth: boolean
  /** True if the client, or the queried name, matters for health: the result is valid for this query alone. */
  readonly healthDependsOnClient: boolean
  /** Set if the client's location decides which members come first. */
  readonly nearest?: Nearest
  /** Set for consistent hashing: the ring of all members. */
  readonly ring?: Ring
}

export type PoolStep = AlternativesStep<'pool'>

const COUNT = 'expected a whole number of 1 or more'
const FRACTION = 'expected a number above 0, up to 1'

export const schema = <E>(
  { v, object, word, membersSchema, poolMemberSchema, alternativesFields }: Builders,
  answer: v.GenericSchema<E>,
) =>
  object({
    kind: v.literal('pool'),
    members: membersSchema(poolMemberSchema(answer)),
    select: v.optional(word(SELECTS)),
    count: v.optional(v.pipe(v.number(COUNT), v.integer(COUNT), v.minValue(1, COUNT))),
    weights: v.optional(v.literal('reported', 'expected "reported"')),
    lost: v.optional(word(['spread', 'next'])),
    minLive: v.optional(v.pipe(v.number(FRACTION), v.gtValue(0, FRACTION), v.maxValue(1, FRACTION))),
    ignoreHealth: v.optional(v.boolean('expected true or false')),
    ...alternativesFields(answer, ['all', 'nodata', 'servfail', 'refused']),
  })

export const written = <E>({ members }: PoolExpression<E>): WrittenMember<E | PoolMemberExpression<E>>[] =>
  members.map((member, i) => [member, ['members', i]])

export const inside = <E>(expression: PoolExpression<E>): Inner<E>[] => written(expression).map(answerIn)

export function compile<E, P>(
  expression: PoolExpression<E>,
  path: Path,
  context: Compiling<E, P>,
  kinds: Compilers<E, P>,
): Pool<P> {
  const { select = 'random', count = 1 } = expression
  const { members, all, parts, name, whenDown } = kinds.compileMembers(
    expression,
    written(expression),
    'all',
    path,
    context,
    kinds,
  )
  kinds.refuseUnread(expression, parts, path, context)
  const ring = SELECT[select].ring ? compilePoolRing(expression, parts, path, context, kinds) : undefined
  const records = members.map(kinds.fixedRecords)
  const nearest = kinds.compileNearest(expression, records, parts, path, context)
  const healthDependsOnClient = nearest !== undefined || all.some(kinds.dependsOnClient)
  return {
    kind: 'pool',
    name,
    members: all,
    parts,
    select,
    whenDown,
    count: select === 'all' ? (expression.count ?? Number.POSITIVE_INFINITY) : count,
    reported: expression.weights === 'reported',
    lost: expression.lost ?? 'spread',
    minLive: expression.minLive ?? 0,
    ignoreHealth: expression.ignoreHealth ?? false,
    failUnknown: expression.whenUnknown === 'servfail',
    dependsOnClient: SELECT[select].byClient || healthDependsOnClient,
    healthDependsOnClient,
    ...(nearest && { nearest }),
    ...(ring && { ring }),
  }
}

/** Builds the ring of all members. Health leaves some of them. */
function compilePoolRing<E, P>(
  expression: PoolExpression<E>,
  parts: readonly PoolMember[],
  path: Path,
  context: Compiling<E, P>,
  kinds: Compilers<E, P>,
): Ring | undefined {
  const keys = parts.map(({ key }) => (key === '' ? undefined : key))
  const weights = parts.map(({ weight }) => weight)
  if (expression.weights === 'reported') {
    const message = 'a ring is made once, from the members\' own weights; expected no "weights", or another "select"'
    refuse(context, [...path, 'weights'], message)
  }
  return kinds.compileRing(keys, weights, [...path, 'members'], context)
}

/** The members themselves are charged when the pool is resolved. */
export const steps = ({ nearest, parts, ring }: Pool<unknown>): number =>
  1 + (nearest ? STEPS_A_PLACE * (1 + parts.length) : 0) + stepsToCopy(ring?.points.length ?? 0)

/** Returns the number of members that one answer may have while any is up. */
export function maxMembers({ select, count, parts }: Pool<unknown>): number {
  switch (SELECT[select].answers) {
    case 'all':
      return parts.length
    case 'one':
      return 1
    case 'count':
      return count
  }
}

/** The ring follows from the parts. */
export function identity({ members: _, ring: _ring, ...rest }: Pool<unknown>): unknown {
  return rest
}

/** A count without a limit is null. */
export const store = <P>(policy: Pool<P>, storing: Storing<P>): Stored => [
  policy.kind,
  storeAlternatives(policy, storing),
  policy.select,
  Number.isFinite(policy.count) ? policy.count : null,
  policy.reported,
  policy.lost,
  policy.minLive,
  policy.ignoreHealth,
  policy.healthDependsOnClient,
  policy.nearest ? storeNearest(policy.nearest) : null,
  policy.ring ? storeRing(policy.ring, storing.keeper) : null,
]

export function load<P>([, stored, word, count, ...rest]: Stored, loading: Loading<P>): Pool<P> {
  const [reported, lost, minLive, ignoreHealth, healthDependsOnClient, places, points] = rest
  const alternatives = loadAlternatives(stored, loading)
  const { length } = alternatives.parts
  const select = wordOf(word, SELECTS)
  const nearest = maybe(places, (value) => loadNearest(value, length))
  return {
    kind: 'pool',
    ...alternatives,
    select,
    count: maybe(count, (value) => wholeOf(value, 1, Number.MAX_VALUE)) ?? Number.POSITIVE_INFINITY,
    reported: flagOf(reported),
    lost: wordOf(lost, ['spread', 'next']),
    minLive: numberOf(minLive),
    ignoreHealth: flagOf(ignoreHealth),
    healthDependsOnClient: flagOf(healthDependsOnClient),
    ...(nearest && { nearest }),
    ...(SELECT[select].ring && { ring: loadRing(points, loading.kept) }),
  }
}
