import type { CheckReference } from '../health/index.ts'
import { mapAnswers } from '../lua/index.ts'
import { type Expression, type FailoverMemberExpression, isMember, type MapDocument } from '../policy/index.ts'
import type { ZoneDocument } from '../zone/index.ts'

type Definitions = Pick<ZoneDocument, 'checks' | 'maps'>
type Datacenters = Extract<Expression, { kind: 'datacenters' }>

/** Replaces references by the zone's checks and maps in full: a zone file has no other place for them. */
export function spelledOut(answer: Expression, definitions: Definitions): Expression {
  const inner = mapAnswers(answer, (nested) => spelledOut(nested, definitions))
  if (typeof inner !== 'object' || !('kind' in inner)) return inner
  if (inner.kind === 'datacenters') return byPlace(withChecks(inner, definitions), definitions)
  return inner.kind === 'pool' || inner.kind === 'failover' ? withChecks(inner, definitions) : inner
}

// --- checks ---------------------------------------------------------------------------------------------------------

/** Replaces the references to checks in a pool or in a member. */
function withChecks<T extends object>(pool: T, definitions: Definitions): T {
  const fields = Object.entries(pool).map(([field, value]) => {
    if (NAMES.has(field)) return [field, undefined]
    if (field === 'check') return [field, written(value, definitions)]
    if (field === 'members' || field === 'pools')
      return [field, value.map((member: Expression) => checked(member, definitions))]
    if (field !== 'datacenters') return [field, value]
    const members = Object.entries(value as Datacenters['datacenters']).map(
      ([name, member]) => [name, checked(member as Expression, definitions)] as const,
    )
    return [field, Object.fromEntries(members)]
  })
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined))
}

/** Fields that only name a pool or a member for overrides. They decide no answer, and PowerDNS has none. */
const NAMES: ReadonlySet<string> = new Set(['name', 'datacenter'])

const checked = (member: Expression, definitions: Definitions) =>
  isMember(member) ? withChecks(member, definitions) : member

function written(reference: CheckReference | readonly CheckReference[], { checks = {} }: Definitions) {
  const all = [reference].flat() as CheckReference[]
  const found = all.map((check) => (typeof check === 'string' ? (checks[check] ?? check) : check))
  return found.length === 1 ? (found[0] as CheckReference) : found
}

// --- maps -----------------------------------------------------------------------------------------------------------

/** Returns failovers by location. An order by distance becomes a pool of all datacenters that selects the nearest. */
function byPlace(expression: Datacenters, { maps = {} }: Definitions): Expression {
  const map = maps[expression.map] as MapDocument
  const { map: _, datacenters, kind: _kind, ...alternatives } = expression
  const along = (order: readonly string[]): Expression => {
    const pools = order.map((name) => datacenters[name] as Expression)
    const [only] = pools
    if (only === undefined) return []
    const isPlain = pools.length === 1 && !isMember(only) && Object.keys(alternatives).length === 0
    return isPlain ? only : { kind: 'failover', pools, ...alternatives }
  }
  const nearest = map.coordinates && nearestOf(expression, map)
  if (nearest === 'unsaid') return expression
  const answerOf = (order: readonly string[] | 'auto'): Expression =>
    order === 'auto' ? (nearest as Expression) : along(order)
  const levels = ['networks', 'asns', 'cities', 'regions', 'countries', 'continents'] as const
  const branches = levels.flatMap((level) => {
    const orders = Object.entries(map[level] ?? {})
    return orders.length === 0
      ? []
      : [[level, Object.fromEntries(orders.map(([key, order]) => [key, answerOf(order)]))]]
  })
  return { kind: 'geo', ...Object.fromEntries(branches), otherwise: nearest ?? along(map.datacenters) }
}

/** The default number of datacenters for `auto`. */
const DEFAULT_AUTO = 3

/** @returns `unsaid` if `auto` leaves out some datacenters, which a pool cannot do */
function nearestOf({ datacenters, whenDown, ...rest }: Datacenters, map: MapDocument): Expression | 'unsaid' {
  const { kind: _, map: _map, ...alternatives } = rest
  const { coordinates = {}, auto = DEFAULT_AUTO } = map
  const isProbed = JSON.stringify(rest.check ?? datacenters).includes('"kind"')
  if (auto !== 0 && auto < map.datacenters.length && isProbed) return 'unsaid'
  if (map.datacenters.some((name) => coordinates[name] === undefined)) return 'unsaid'
  const members = map.datacenters.map((name) => {
    const datacenter = datacenters[name] as Expression
    const [latitude, longitude] = coordinates[name] as readonly [number, number]
    return { ...asMember(datacenter), latitude, longitude }
  })
  const all = whenDown === 'all' && { answer: members.map(({ answer }) => answer) }
  const down = all || (whenDown === 'first' || whenDown === 'all' ? undefined : whenDown)
  return { kind: 'pool', select: 'nearest', members, ...alternatives, ...(down !== undefined && { whenDown: down }) }
}

const asMember = (member: Expression | FailoverMemberExpression<Expression>): FailoverMemberExpression<Expression> =>
  isMember(member) ? member : { answer: member }
