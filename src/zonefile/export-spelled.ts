import type { CheckReference } from '../health/index.ts'
import { mapAnswers } from '../lua/index.ts'
import { type Expression, type FailoverMemberExpression, isMember, type MapDocument } from '../policy/index.ts'
import type { ZoneDocument } from '../zone/index.ts'

type Definitions = Pick<ZoneDocument, 'checks' | 'maps'>
type Datacenters = Extract<Expression, { kind: 'datacenters' }>

/** Returns the answer with the zone's checks and maps written out: a zone file has no other place for them. */
export function spelledOut(answer: Expression, definitions: Definitions): Expression {
  const inner = mapAnswers(answer, (one) => spelledOut(one, definitions))
  if (typeof inner !== 'object' || !('kind' in inner)) return inner
  if (inner.kind === 'datacenters') return byPlace(withChecks(inner, definitions), definitions)
  return inner.kind === 'pool' || inner.kind === 'failover' ? withChecks(inner, definitions) : inner
}

// --- checks ---------------------------------------------------------------------------------------------------------

/** Returns a pool, or a part of one, with its checks and those of its members written out. */
function withChecks<T extends object>(given: T, definitions: Definitions): T {
  const fields = Object.entries(given).map(([field, value]) => {
    if (NAMES.has(field)) return [field, undefined]
    if (field === 'check') return [field, written(value, definitions)]
    if (field === 'members' || field === 'pools')
      return [field, value.map((one: Expression) => checked(one, definitions))]
    if (field !== 'datacenters') return [field, value]
    const entries = Object.entries(value as Datacenters['datacenters'])
    return [field, Object.fromEntries(entries.map(([name, one]) => [name, checked(one as Expression, definitions)]))]
  })
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined))
}

/** Names that overrides call a pool or a member by. They decide no answer, and PowerDNS has none. */
const NAMES: ReadonlySet<string> = new Set(['name', 'datacenter'])

const checked = (one: Expression, definitions: Definitions) => (isMember(one) ? withChecks(one, definitions) : one)

function written(reference: CheckReference | readonly CheckReference[], { checks = {} }: Definitions) {
  const all = [reference].flat() as CheckReference[]
  const found = all.map((one) => (typeof one === 'string' ? (checks[one] ?? one) : one))
  return found.length === 1 ? (found[0] as CheckReference) : found
}

// --- maps -----------------------------------------------------------------------------------------------------------

/** Returns failovers by place; an order by distance is a pool of all datacenters, of which the nearest answers. */
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

/** The number of datacenters that `auto` takes by default. */
const DEFAULT_AUTO = 3

/** @returns `unsaid` where some of the datacenters are left out: a pool has all of them */
function nearestOf({ datacenters, whenDown, ...rest }: Datacenters, map: MapDocument): Expression | 'unsaid' {
  const { kind: _, map: _map, ...alternatives } = rest
  const { coordinates = {}, auto = DEFAULT_AUTO } = map
  const isProbed = JSON.stringify(rest.check ?? datacenters).includes('"kind"')
  if (auto !== 0 && auto < map.datacenters.length && isProbed) return 'unsaid'
  if (map.datacenters.some((name) => coordinates[name] === undefined)) return 'unsaid'
  const members = map.datacenters.map((name) => {
    const given = datacenters[name] as Expression
    const [latitude, longitude] = coordinates[name] as readonly [number, number]
    return { ...asMember(given), latitude, longitude }
  })
  const all = whenDown === 'all' && { answer: members.map(({ answer }) => answer) }
  const down = all || (whenDown === 'first' || whenDown === 'all' ? undefined : whenDown)
  return { kind: 'pool', select: 'nearest', members, ...alternatives, ...(down !== undefined && { whenDown: down }) }
}

const asMember = (given: Expression | FailoverMemberExpression<Expression>): FailoverMemberExpression<Expression> =>
  isMember(given) ? given : { answer: given }
