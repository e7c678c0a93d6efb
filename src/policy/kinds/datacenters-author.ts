import type * as v from 'valibot'
import { answerIn, type FailoverMemberExpression, type WrittenMember } from '../alternatives.ts'
import type { FailoverFields } from '../alternatives-schema.ts'
import type { Builders } from '../builders.ts'
import type { Compilers } from '../compilers.ts'
import type { Compiling } from '../context.ts'
import { type Path, refuse } from '../issues.ts'
import { storeAlternatives } from '../store-alternatives.ts'
import type { Stored, Storing } from '../storing.ts'
import type { Datacenters, DatacentersExpression } from './datacenters.ts'
import type { Inner } from './kind.ts'
import { NODATA, type Values } from './values.ts'

export { maxMembersOf as maxMembers } from '../alternatives.ts'

// The part of the kind `datacenters` that author time alone needs.

export const schema = <E>(
  { v, object, record, failoverMemberSchema }: Builders,
  answer: v.GenericSchema<E>,
  fields: FailoverFields<E>,
) =>
  object({
    kind: v.literal('datacenters'),
    map: v.string('expected the name of one of the zone\'s "maps"'),
    datacenters: record(failoverMemberSchema(answer), 'expected an object of datacenters, like { "fra": "192.0.2.1" }'),
    ...fields,
  })

type Written<E> = WrittenMember<E | FailoverMemberExpression<E>>

export const written = <E>({ datacenters }: DatacentersExpression<E>): Written<E>[] =>
  Object.entries(datacenters).map(([name, member]) => [member, ['datacenters', name]])

export const inside = <E>(expression: DatacentersExpression<E>): Inner<E>[] => written(expression).map(answerIn)

export function compile<E, P>(
  expression: DatacentersExpression<E>,
  path: Path,
  context: Compiling<E, P>,
  kinds: Compilers<E, P>,
): Datacenters<P> | Values {
  const { map: mapName, datacenters } = expression
  const map = context.maps?.get(mapName)
  if (!map) {
    const known = [...(context.maps?.keys() ?? [])]
    const expected = known.length > 0 ? `expected one of ${known.join(', ')}` : 'the zone has no "maps"'
    refuse(context, [...path, 'map'], `there is no map "${mapName}"; ${expected}`)
    return NODATA
  }
  for (const name of map.datacenters.filter((name) => !Object.hasOwn(datacenters, name))) {
    const fact = `the datacenter "${name}" of the map "${mapName}" is missing`
    refuse(context, [...path, 'datacenters'], `${fact}; expected an answer for each`)
  }
  for (const name of Object.keys(datacenters).filter((name) => !map.datacenters.includes(name))) {
    const fact = `the map "${mapName}" has no datacenter "${name}"`
    refuse(context, [...path, 'datacenters', name], `${fact}; expected ${map.datacenters.join(', ')}`)
  }
  const names = map.datacenters.filter((name) => Object.hasOwn(datacenters, name))
  const members = names.map((name): Written<E> => [datacenters[name] as Written<E>[0], ['datacenters', name]])
  const { all, parts, name, whenDown, paced } = kinds.compileMembers(expression, members, 'first', path, context, kinds)
  const hasLoads = parts.some(({ pace }) => pace?.load)
  return {
    kind: 'datacenters',
    map,
    division: map.division,
    name,
    members: all,
    whenDown,
    parts: parts.map((part, i) => ({ ...part, datacenter: part.datacenter ?? names[i] })),
    failUnknown: expression.whenUnknown === 'servfail',
    // The distances from a client decide if it is passed on.
    dependsOnClient: all.some(kinds.dependsOnClient) || (hasLoads && map.coordinates.some((known) => known)),
    ...paced,
    orders: new Map(),
  }
}

export function identity({ division, name, parts, whenDown, failUnknown }: Datacenters<unknown>): unknown {
  return [division.id, name, parts, whenDown, failUnknown]
}

/** The zone stores the map, which several policies may share. */
export const store = <P>(policy: Datacenters<P>, storing: Storing<P>): Stored => [
  policy.kind,
  policy.map.name,
  storeAlternatives(policy, storing),
]
