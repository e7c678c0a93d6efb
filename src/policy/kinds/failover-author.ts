import type * as v from 'valibot'
import { answerIn, type FailoverMemberExpression, type WrittenMember } from '../alternatives.ts'
import type { FailoverFields } from '../alternatives-schema.ts'
import type { Builders } from '../builders.ts'
import type { Compilers } from '../compilers.ts'
import type { Compiling } from '../context.ts'
import type { Path } from '../issues.ts'
import { storeAlternatives } from '../store-alternatives.ts'
import type { Stored, Storing } from '../storing.ts'
import type { Failover, FailoverExpression } from './failover.ts'
import type { Inner } from './kind.ts'

export { maxMembersOf as maxMembers } from '../alternatives.ts'

// The part of the kind `failover` that author time alone needs.

export const schema = <E>(
  { v, object, membersSchema, failoverMemberSchema }: Builders,
  answer: v.GenericSchema<E>,
  fields: FailoverFields<E>,
) => object({ kind: v.literal('failover'), pools: membersSchema(failoverMemberSchema(answer)), ...fields })

export const written = <E>({ pools }: FailoverExpression<E>): WrittenMember<E | FailoverMemberExpression<E>>[] =>
  pools.map((member, i) => [member, ['pools', i]])

export const inside = <E>(expression: FailoverExpression<E>): Inner<E>[] => written(expression).map(answerIn)

export function compile<E, P>(
  expression: FailoverExpression<E>,
  path: Path,
  context: Compiling<E, P>,
  kinds: Compilers<E, P>,
): Failover<P> {
  const { all, parts, name, whenDown, paced } = kinds.compileMembers(
    expression,
    written(expression),
    'first',
    path,
    context,
    kinds,
  )
  return {
    kind: 'failover',
    name,
    members: all,
    parts,
    whenDown,
    failUnknown: expression.whenUnknown === 'servfail',
    dependsOnClient: all.some(kinds.dependsOnClient),
    ...paced,
  }
}

export function identity({ members: _, ...rest }: Failover<unknown>): unknown {
  return rest
}

export const store = <P>(policy: Failover<P>, storing: Storing<P>): Stored => [
  policy.kind,
  storeAlternatives(policy, storing),
]
