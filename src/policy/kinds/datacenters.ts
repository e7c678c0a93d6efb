import type * as v from 'valibot'
import type { GeoPartition } from '../../geo/query-path.ts'
import { textOf } from '../../stored-value.ts'
import {
  type Alternatives,
  type AlternativesExpression,
  answerIn,
  type FailoverMemberExpression,
  type PoolMember,
  type WrittenMember,
} from '../alternatives.ts'
import type { FailoverFields } from '../alternatives-schema.ts'
import type { Builders } from '../builders.ts'
import type { Compilers } from '../compilers.ts'
import type { Compiling } from '../context.ts'
import type { DatacenterMap } from '../datacenter-orders.ts'
import { type Path, refuse } from '../issues.ts'
import { type LocatedClient, locateFor, locationText } from '../location.ts'
import { STEPS_A_PLACE } from '../steps.ts'
import { loadAlternatives, storeAlternatives } from '../stored-alternatives.ts'
import type { Loading, Stored, Storing } from '../storing.ts'
import type { Failover } from './failover.ts'
import type { Choice, ChoiceInput, Inner, TextContext, Trace } from './kind.ts'
import { NODATA, type Values } from './values.ts'

export { maxMembersOf as maxMembers } from '../alternatives.ts'

/** docs/geography.md describes it by example. */
export interface DatacentersExpression<E> extends AlternativesExpression<E, 'first' | 'all'> {
  readonly kind: 'datacenters'
  /** A name in the zone's `maps`. */
  readonly map: string
  readonly datacenters: Readonly<Record<string, E | FailoverMemberExpression<E>>>
}

/**
 * A failover in the order that the map has for the client. `members` has one for each datacenter of the map, in its
 * order.
 */
export interface Datacenters<P> extends Alternatives<P> {
  readonly kind: 'datacenters'
  readonly map: DatacenterMap
  /** The map's. Its outcomes are orders. */
  readonly division: GeoPartition
  /** The failovers by outcome of the map: cached, since health remembers policies by identity. */
  readonly orders: Map<string, Failover<P> | Values>
}

export type DatacentersStep = LocatedClient & {
  readonly step: 'datacenters'
  readonly map: string
  readonly matched: string | null
  readonly order: readonly string[]
}

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
  const { all, parts, name, whenDown } = kinds.compileMembers(expression, members, 'first', path, context, kinds)
  return {
    kind: 'datacenters',
    map,
    division: map.division,
    name,
    members: all,
    whenDown,
    parts: parts.map((part, i) => ({ ...part, datacenter: part.datacenter ?? names[i] })),
    failUnknown: expression.whenUnknown === 'servfail',
    dependsOnClient: all.some(kinds.dependsOnClient),
    orders: new Map(),
  }
}

/** The branch is the whole order, so that the scope does not change with health. */
export function choose<P>(
  policy: Datacenters<P>,
  input: ChoiceInput,
  trace: Trace<DatacentersStep> | undefined,
): Choice<P | Failover<P> | Values> {
  const located = locateFor(policy.division, input)
  const outcome = String(located.outcome)
  trace?.push(stepOf(policy.map, located, outcome))
  return { member: failoverFor(policy, outcome), scope: located.scope }
}

function stepOf(
  map: DatacenterMap,
  { place, from, network, scope }: ReturnType<typeof locateFor>,
  outcome: string,
): DatacentersStep {
  const matched = network < 0 ? map.matched(place) : (map.networks.at(network) as string)
  const order = map.indices(outcome).map((i) => map.datacenters[i] as string)
  return { step: 'datacenters', map: map.name, place, from, matched, order, scope }
}

/** Orders by distance can be many: only so many are cached. */
const MAX_CACHED_ORDERS = 1000

/** Returns the failover along an order of datacenters. An empty order is NODATA. */
function failoverFor<P>(policy: Datacenters<P>, outcome: string): Failover<P> | Values {
  const { orders } = policy
  const cached = orders.get(outcome)
  if (cached) return cached
  const { name, members, parts, whenDown, failUnknown, dependsOnClient } = policy
  const order = policy.map.indices(outcome)
  const made: Failover<P> | Values =
    order.length === 0
      ? NODATA
      : {
          kind: 'failover',
          members: [...order.map((i) => members[i] as P), ...members.slice(parts.length)],
          parts: order.map((i) => parts[i] as PoolMember),
          name,
          whenDown,
          failUnknown,
          dependsOnClient,
        }
  if (orders.size >= MAX_CACHED_ORDERS) orders.clear()
  orders.set(outcome, made)
  return made
}

export const steps = (): number => STEPS_A_PLACE

export function identity({ division, name, parts, whenDown, failUnknown }: Datacenters<unknown>): unknown {
  return [division.id, name, parts, whenDown, failUnknown]
}

export function text(step: DatacentersStep, { isLocated }: TextContext): string {
  const { map, matched } = step
  const by = matched === null ? 'the usual order' : matched === 'auto' ? 'the nearest first' : matched
  const order = step.order.length > 0 ? step.order.join(', ') : 'no datacenter: NODATA'
  return locationText(step, [`${by} of the map ${map}: ${order}`], isLocated)
}

/** The zone stores the map, which several policies may share. */
export const store = <P>(policy: Datacenters<P>, storing: Storing<P>): Stored => [
  policy.kind,
  policy.map.name,
  storeAlternatives(policy, storing),
]

export function load<P>([, name, stored]: Stored, loading: Loading<P>): Datacenters<P> {
  const map = loading.map(textOf(name))
  const alternatives = loadAlternatives(stored, loading, map.datacenters.length)
  return { kind: 'datacenters', map, division: map.division, ...alternatives, orders: new Map() }
}
