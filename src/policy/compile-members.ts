import { type CheckReference, type Condition, probesOf } from '../health/index.ts'
import {
  type Alternatives,
  type AlternativesExpression,
  answerIn,
  type FailoverMemberExpression,
  isMember,
  type Pace,
  type PoolMember,
  type PoolMemberExpression,
  type WhenDown,
  type WrittenMember,
} from './alternatives.ts'
import type { Compiling, Kinds } from './context.ts'
import { type Issue, type Path, refuse } from './issues.ts'

/** The compiled members of a pool or failover. `all`: their answers, and behind them that for all being down. */
type Members<P> = {
  readonly members: readonly P[]
  readonly all: readonly P[]
  readonly parts: readonly PoolMember[]
  readonly name: string
  readonly whenDown: WhenDown
  /** The code of members that come back gently, if there are any. */
  readonly paced: Pick<Alternatives<P>, 'pacing'>
}

/**
 * Compiles the members of a pool or failover.
 * @param written the members with their paths from the expression
 * @param defaultWhenDown the rule for all members being down where the expression has none
 */
export function compileMembers<E, P, W extends 'all' | 'first'>(
  expression: AlternativesExpression<E, W>,
  written: readonly WrittenMember<E | PoolMemberExpression<E>>[],
  defaultWhenDown: W,
  path: Path,
  context: Compiling<E, P>,
  kinds: Kinds<E, P>,
): Members<P> {
  const { check, whenDown = defaultWhenDown } = expression
  const ownName = expression.name ?? context.position
  const name = ownName === undefined ? context.owner : `${context.owner}/${ownName}`
  const members: P[] = []
  const faults: Issue[] = []
  let sharing = 0
  const parts = written.map((one, i): PoolMember => {
    const [item, itemPath] = one
    const at = [...path, ...itemPath]
    const fields: Partial<PoolMemberExpression<E>> = isMember<E, PoolMemberExpression<E>>(item) ? item : {}
    const [answer, answerPath] = answerIn(one)
    const member = kinds.compile(answer, [...path, ...answerPath], { ...context, owner: name, position: i + 1 })
    members.push(member)
    const shares = check !== undefined && fields.check === undefined
    if (shares) sharing++
    const checking = shares ? { ...context, issues: faults } : context
    const condition = compileCondition(fields, check, kinds.fixedRecords(member), at, checking)
    const part: PoolMember = {
      condition,
      datacenter: fields.datacenter,
      weight: fields.weight ?? 1,
      group: fields.group,
      key: fields.key ?? (typeof answer === 'string' ? answer : ''),
      shed: fields.shed,
      ...compilePace(fields, expression, condition, condition !== undefined || kinds.hasHealth(member), at, context),
    }
    if (part.shed && part.pace?.load) {
      refuse(context, [...at, 'shed'], '"shed" and "load" both move clients by the load; expected one of them')
    }
    if (part.shed && !reports(part, 'load')) {
      refuse(context, [...at, 'shed'], NO_LOAD)
    }
    return part
  })
  context.issues.push(...reportedOnce(faults, sharing, [...path, 'check']))
  if (expression.failback !== undefined || expression.rampUp !== undefined) {
    const isProbed = parts.some(({ pace }) => pace?.failback !== undefined || pace?.rampUp !== undefined)
    if (!isProbed) refuse(context, path, `${NOT_PROBED}; expected a "check", or no "failback" and no "rampUp"`)
  }
  if (expression.load !== undefined && !parts.some(({ pace }) => pace?.load)) {
    refuse(context, [...path, 'load'], NO_LOAD)
  }
  const paced = whenDown === 'last-known' || parts.some(({ pace }) => pace) ? { pacing: kinds.pacing } : {}
  if (typeof whenDown === 'string') return { members, all: members, parts, name, whenDown, paced }
  const inside: Compiling<E, P> = { ...context, owner: name, position: 'whenDown' }
  const last = kinds.compile(whenDown.answer, [...path, 'whenDown', 'answer'], inside)
  return { members, all: [...members, last], parts, name, whenDown: 'last', paced }
}

const NOT_PROBED = 'nothing is probed here, so that nothing comes back'

const NO_LIMITS =
  'only applications report the limits of their load; expected a "check" of kind push, or { "target": 70, "capacity": 100 }'
const NO_LOAD = 'nothing reports a load here; expected a "check" of kind push, or one with "load"'

/** Returns the pace of a member: its own, or else that of the pool. */
function compilePace(
  own: Pace,
  common: Pace,
  condition: Condition | undefined,
  isProbed: boolean,
  path: Path,
  context: { readonly issues: Issue[] },
): Pick<PoolMember, 'pace'> {
  for (const field of ['failback', 'rampUp'] as const) {
    if (own[field] !== undefined && !isProbed) refuse(context, [...path, field], `${NOT_PROBED}; expected a "check"`)
  }
  const hasLoad = reports({ condition }, 'load')
  if (own.load !== undefined && !hasLoad) refuse(context, [...path, 'load'], NO_LOAD)
  if (hasLoad && (own.load ?? common.load) === 'reported' && !reports({ condition }, 'limits')) {
    refuse(context, [...path, 'load'], NO_LIMITS)
  }
  const { failback, rampUp, trickle, load } = { ...definedOf(common), ...definedOf(own) }
  const pace: Pace = {
    ...(isProbed && failback !== undefined && { failback }),
    ...(isProbed && rampUp !== undefined && { rampUp }),
    ...(trickle !== undefined && { trickle }),
    ...(hasLoad && load !== undefined && { load }),
  }
  return Object.keys(pace).length > 0 ? { pace } : {}
}

const definedOf = ({ failback, rampUp, trickle, load }: Pace): Pace => ({
  ...(failback !== undefined && { failback }),
  ...(rampUp !== undefined && { rampUp }),
  ...(trickle !== undefined && { trickle }),
  ...(load !== undefined && { load }),
})

/** Returns true if a target may report this: applications report all of it, pages a weight and a load. */
export const reports = ({ condition }: Pick<PoolMember, 'condition'>, value: 'weight' | 'load' | 'limits'): boolean =>
  condition !== undefined &&
  probesOf(condition).some(
    ({ probe: { action } }) =>
      action.kind === 'push' || (value !== 'limits' && 'status' in action && action[value] !== undefined),
  )

/** An error that a check has for all members that share it is reported once, at the check. */
function reportedOnce(faults: readonly Issue[], sharing: number, path: Path): readonly Issue[] {
  const distinct = new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()
  return [...Map.groupBy(distinct, ({ message }) => message)].flatMap(([message, alike]) =>
    sharing > 1 && alike.length === sharing ? [{ path, message }] : alike,
  )
}

/** Compiles the checks of a member: its own, or else the pool's. Of several all have to be up. */
function compileCondition<E, P>(
  member: Partial<FailoverMemberExpression<E>>,
  common: AlternativesExpression<E, string>['check'],
  records: ReturnType<Kinds<E, P>['fixedRecords']>,
  path: Path,
  context: Compiling<E, P>,
): Condition | undefined {
  const references = [member.check ?? common ?? []].flat() as CheckReference[]
  if (references.length === 0) {
    if (member.target === undefined) return undefined
    const message = 'a target without a check is not probed; expected a "check" here or in the pool'
    refuse(context, [...path, 'target'], message)
    return undefined
  }
  const own = records?.map((rdata) => context.target(rdata)) ?? []
  const targets: readonly (string | undefined)[] = member.target === undefined && own.length > 0 ? own : [undefined]
  const conditions: Condition[] = []
  for (const reference of references) {
    for (const target of targets) {
      const condition = context.check(reference, target, member.target)
      if (condition.ok) conditions.push(condition.value)
      else refuse(context, member.check === undefined ? path : [...path, 'check'], condition.error)
    }
  }
  return conditions.length === 1 ? conditions[0] : { kind: 'every', of: conditions }
}
