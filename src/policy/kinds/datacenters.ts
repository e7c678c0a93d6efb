import type { GeoPartition } from '../../geo/query-path.ts'
import { textOf } from '../../stored-value.ts'
import type { Alternatives, AlternativesExpression, FailoverMemberExpression, PoolMember } from '../alternatives.ts'
import type { DatacenterMap } from '../datacenter-orders.ts'
import { type LocatedClient, locateFor } from '../location.ts'
import { STEPS_A_PLACE } from '../steps.ts'
import { loadAlternatives } from '../stored-alternatives.ts'
import type { Loading, Stored } from '../storing.ts'
import type { Failover } from './failover.ts'
import type { Choice, ChoiceInput, Trace } from './kind.ts'
import { NODATA, type Values } from './values.ts'

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
  const { map, division, name, members, parts, whenDown, failUnknown, dependsOnClient, pacing } = policy
  const order = map.indices(outcome)
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
          ...(pacing && { pacing, whole: { parts, division, coordinates: map.coordinates, order } }),
        }
  if (orders.size >= MAX_CACHED_ORDERS) orders.clear()
  orders.set(outcome, made)
  return made
}

export const steps = (): number => STEPS_A_PLACE

export function load<P>([, name, stored]: Stored, loading: Loading<P>): Datacenters<P> {
  const map = loading.map(textOf(name))
  const alternatives = loadAlternatives(stored, loading, map.datacenters.length)
  return { kind: 'datacenters', map, division: map.division, ...alternatives, orders: new Map() }
}
