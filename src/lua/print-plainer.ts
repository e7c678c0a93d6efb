import { type Expression, isMember } from '../policy/index.ts'
import { isFixed, isList, type Member, type Pool } from './print-refusal.ts'

/** Returns the expression with each answer in it replaced. Code stays as it is. */
export function mapAnswers(expression: Expression, replace: (answer: Expression) => Expression): Expression {
  if (typeof expression === 'string') return expression
  if (isList(expression)) return expression.map(replace)
  return mapped(expression, replace) as Expression
}

/** The fields that hold answers, or lists and objects of them. */
const LISTS: ReadonlySet<string> = new Set(['of', 'members', 'rules', 'pools'])
const TABLES: ReadonlySet<string> = new Set([
  ...['networks', 'asns', 'cities', 'regions', 'countries', 'continents', 'datacenters'],
])
const ANSWERS: ReadonlySet<string> = new Set(['answer', 'otherwise', 'records'])

function mapped(object: object, replace: (answer: Expression) => Expression): object {
  if ('kind' in object && object.kind === 'lua') return object
  const item = (one: Expression | Member): unknown => (isMember(one) ? mapped(one, replace) : replace(one))
  const fields = Object.entries(object).map(([field, value]) => {
    if (ANSWERS.has(field)) return [field, replace(value)]
    if (LISTS.has(field)) return [field, value.map(item)]
    if (field === 'whenDown' && typeof value === 'object') return [field, mapped(value, replace)]
    // The networks of a rule are a list of texts.
    if (!TABLES.has(field) || typeof value !== 'object' || Array.isArray(value)) return [field, value]
    return [field, Object.fromEntries(Object.entries(value).map(([key, one]) => [key, item(one as Expression)]))]
  })
  return Object.fromEntries(fields)
}

/**
 * Returns the same answer in fewer forms, so that equal answers have equal JSON. Choices of one member, counts of 0 and
 * 1, lists in lists, and pools in which nothing is probed become what they evaluate to.
 * @param canonical the canonical text of a record's data
 * @param order `free`: the records of a list may stand in any order, and get one of them
 */
export function plainer(
  expression: Expression,
  canonical: (text: string) => string,
  order: 'free' | 'kept',
): Expression {
  if (typeof expression === 'string') return canonical(expression)
  // The text that the zone has is hashed, not the canonical one.
  const keyed = !isList(expression) && expression.kind === 'consistent-hashed' ? withKeys(expression) : expression
  const simple = simplified(mapAnswers(keyed, (inner) => plainer(inner, canonical, order)))
  return order === 'free' && isList(simple) && simple.every((inner) => typeof inner === 'string')
    ? [...simple].sort()
    : simple
}

const withKeys = (expression: Extract<Expression, { kind: 'consistent-hashed' }>): Expression => ({
  ...expression,
  members: expression.members.map((member) => ({ ...member, key: member.key ?? String(member.answer) })),
})

function simplified(expression: Expression): Expression {
  if (typeof expression === 'string') return expression
  if (isList(expression)) {
    // An rrset is a set (RFC 2181 §5).
    const flat = expression.flatMap((inner) => (isList(inner) ? inner : [inner]))
    const list = flat.filter((inner, i) => typeof inner !== 'string' || flat.indexOf(inner) === i)
    return list.length === 1 ? (list[0] as Expression) : list
  }
  switch (expression.kind) {
    case 'random':
    case 'weighted': {
      const { count = 1, ...rest } = expression
      const members = membersOf(expression)
      if (count === 0) return []
      if (members.length === 1) return members[0] as Expression
      return count === 1 ? rest : { ...rest, count: Math.min(count, members.length) }
    }
    case 'hashed':
    case 'weighted-hashed':
    case 'name-hashed':
    case 'consistent-hashed': {
      const members = membersOf(expression)
      return members.length === 1 ? (members[0] as Expression) : expression
    }
    case 'computed':
      return expression.records
    case 'failover': {
      const [first] = expression.pools
      if (first === undefined || expression.check !== undefined) return expression
      const { answer, check } = memberOf(first)
      return check === undefined && isFixed(answer) ? answer : expression
    }
    case 'pool':
      return withoutHealth(expression)
    default:
      return expression
  }
}

const membersOf = (
  expression: Extract<Expression, { kind: 'random' | 'hashed' } | { members: readonly { weight: number }[] }>,
): readonly Expression[] =>
  'of' in expression ? expression.of : expression.members.map((member) => memberOf(member).answer)

export const memberOf = (item: Expression | Member): Member => (isMember(item) ? item : { answer: item })

/** Returns the choice that a pool makes if nothing in it can be down. */
function withoutHealth(pool: Pool): Expression {
  const members = pool.members.map(memberOf)
  const isProbed = !pool.ignoreHealth && (pool.check !== undefined || members.some(({ check }) => check !== undefined))
  if (isProbed || pool.whenUnknown || pool.weights || !members.every(({ answer }) => isFixed(answer))) return pool
  const of = members.map(({ answer }) => answer)
  const weighted = members.map(({ weight = 1, answer }) => ({ weight, answer }))
  const { select = 'random', count = 1 } = pool
  switch (select) {
    case 'random':
      return simplified({ kind: 'random', of, count })
    case 'all': {
      const most = pool.count ?? of.length
      return most < of.length ? simplified({ kind: 'random', of, count: most }) : simplified(of)
    }
    case 'first':
      return simplified(of.slice(0, count))
    case 'weighted':
      return simplified({ kind: 'weighted', members: weighted, count })
    case 'hashed':
      return simplified({ kind: 'hashed', of })
    case 'consistent-hashed':
      return simplified({
        kind: select,
        members: members.map(({ weight = 1, answer, key = String(answer) }) => ({ weight, answer, key })),
      })
    default:
      return pool
  }
}
