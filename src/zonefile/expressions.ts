import type { Expression, Path } from '../policy/index.ts'
import type { RrsetDocument, ZoneDocument } from '../zone/index.ts'

export type LocatedExpression = { readonly expression: Expression; readonly path: Path; readonly type: string }

/** Every answer of a document and every answer inside of one, with its path and the type of its record. */
export function* expressionsOf({ records, scripts = {} }: ZoneDocument): Generator<LocatedExpression> {
  for (const [owner, types] of Object.entries(records)) {
    for (const [type, rrset] of Object.entries(types)) {
      const [expression, path] = answerOf(rrset, ['records', owner, type])
      yield* within(expression, path, type)
    }
  }
  for (const [name, list] of Object.entries(scripts)) {
    for (const [i, script] of list.entries()) yield* within(script, ['scripts', name, i], 'LUA')
  }
}

function answerOf(rrset: RrsetDocument, path: Path): [Expression, Path] {
  if (typeof rrset === 'object' && 'answer' in rrset) return [rrset.answer, [...path, 'answer']]
  return [rrset as Expression, path]
}

function* within(expression: Expression, path: Path, type: string): Generator<LocatedExpression> {
  yield { expression, path, type }
  for (const [inner, field] of inside(expression)) yield* within(inner, [...path, ...field], type)
}

type Inside = readonly (readonly [Expression, Path])[]

const isList = (expression: unknown): expression is readonly Expression[] => Array.isArray(expression)

/** The answers directly inside of one, with their paths from it. */
function inside(expression: Expression): Inside {
  if (typeof expression === 'string') return []
  if (isList(expression)) return expression.map((one, i) => [one, [i]])
  switch (expression.kind) {
    case 'random':
    case 'hashed':
      return expression.of.map((one, i) => [one, ['of', i]])
    case 'weighted':
    case 'weighted-hashed':
    case 'name-hashed':
    case 'consistent-hashed':
      return expression.members.map(({ answer }, i) => [answer, ['members', i, 'answer']])
    case 'view':
      return [
        ...expression.rules.map(({ answer }, i) => [answer, ['rules', i, 'answer']] as const),
        ...optional(expression.otherwise, 'otherwise'),
      ]
    case 'networks':
      return [...named(expression.networks, 'networks'), ...optional(expression.otherwise, 'otherwise')]
    case 'pool':
      return expression.members.map((one, i) => member(one, ['members', i]))
    case 'failover':
      return expression.pools.map((one, i) => member(one, ['pools', i]))
    case 'geo':
      return [
        ...LEVELS.flatMap((level) => named(expression[level] ?? {}, level)),
        ...optional(expression.otherwise, 'otherwise'),
      ]
    case 'datacenters':
      return Object.entries(expression.datacenters).map(([name, one]) => member(one, ['datacenters', name]))
    case 'computed':
      return [[expression.records, ['records']]]
    case 'lua':
      return (expression.parts ?? []).map(({ answer }, i) => [answer, ['parts', i, 'answer']])
  }
}

const LEVELS = ['networks', 'asns', 'cities', 'regions', 'countries', 'continents'] as const

const optional = (expression: Expression | undefined, field: string): Inside =>
  expression === undefined ? [] : [[expression, [field]]]

const named = (answers: Readonly<Record<string, Expression>>, field: string): Inside =>
  Object.entries(answers).map(([name, one]) => [one, [field, name]])

/** A member is an answer, or an object that has one beside its check. */
const member = (one: Expression | { readonly answer: Expression }, path: Path): readonly [Expression, Path] =>
  typeof one === 'object' && 'answer' in one ? [one.answer, [...path, 'answer']] : [one as Expression, path]
