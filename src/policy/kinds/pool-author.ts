import type * as v from 'valibot'
import { answerIn, type PoolMember, type PoolMemberExpression, type WrittenMember } from '../alternatives.ts'
import type { Builders } from '../builders.ts'
import type { Compilers } from '../compilers.ts'
import type { Compiling } from '../context.ts'
import { type Path, refuse } from '../issues.ts'
import type { Ring } from '../ring.ts'
import { SELECT, SELECTS } from '../selects.ts'
import { storeAlternatives } from '../store-alternatives.ts'
import { storeNearest } from '../stored-nearest.ts'
import { storeRing } from '../stored-ring.ts'
import type { Stored, Storing } from '../storing.ts'
import type { Inner } from './kind.ts'
import type { Pool, PoolExpression } from './pool.ts'

// The part of the kind `pool` that author time alone needs.

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
    ...alternativesFields(answer, ['all', 'last-known', 'nodata', 'servfail', 'refused']),
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
  const { members, all, parts, name, whenDown, paced } = kinds.compileMembers(
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
    ...paced,
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
