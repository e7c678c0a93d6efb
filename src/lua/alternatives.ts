import { TYPE } from '../dns/index.ts'
import type { CheckDocument } from '../health/index.ts'
import type { Expression, PoolExpression } from '../policy/index.ts'
import { type Candidate, type Group, targetOf } from './addresses.ts'
import type { Call } from './call.ts'
import type { Options, Selector } from './check-options.ts'
import type { Value } from './value.ts'

type Pool = PoolExpression<Expression>
type Checked = Candidate & { readonly check?: CheckDocument; readonly target?: string }

/**
 * Answers from the first group with a member that is up; if all are down, by the backup selector over the first group:
 * a failover of pools, which returns to its first pool when all are down. Before PowerDNS 5.1 the backup selector is
 * over all groups.
 * @param common the check of members without a check of their own
 */
export function alternatives(
  groups: readonly Group<Checked>[],
  common: CheckDocument | undefined,
  options: Options,
  call: Call,
): Value {
  const { selector, backupSelector } = options
  const { context } = call
  const isOverAll = context.backup === 'all lists' && groups.length > 1
  const pools = groups.map((group, i) => poolOf(group, i === 0, common, options, isOverAll, call))
  const [first] = pools as [Pool]
  const all = groups.flatMap(({ of }) => of)
  const whenDown = isOverAll ? { whenDown: backupOf(all, backupSelector, call.at, call) } : {}
  const expression = pools.length === 1 ? first : { kind: 'failover' as const, pools, ...whenDown }
  const sizes = groups.map(({ of }) => of.length)
  return {
    is: 'sample',
    expression: call.context.marked(call.at, expression),
    by: call.name,
    at: call.at,
    least: selector === 'empty' || backupSelector === 'empty' ? 0 : 1,
    most: Math.max(
      mostOf(selector, Math.max(...sizes)),
      mostOf(backupSelector, isOverAll ? all.length : (sizes[0] as number)),
    ),
  }
}

const mostOf = (selector: Selector, size: number): number => (selector === 'empty' ? 0 : selector === 'all' ? size : 1)

/** The pool of one group. `whenDown` and `whenUnknown` of the first group apply if all groups are down, or unknown. */
function poolOf(
  { of, at }: Group<Checked>,
  isFirst: boolean,
  common: CheckDocument | undefined,
  { selector, backupSelector, failUnknown }: Options,
  isOverAll: boolean,
  call: Call,
): Pool {
  // With `empty` it only matters that a member is up: the first one that is up gives no records.
  const members = of.map((one) => memberOf(one, selector === 'empty' ? [] : one.answer, call))
  return call.context.marked(at, {
    kind: 'pool',
    ...(common && { check: common }),
    ...(selector !== 'random' && { select: selector === 'empty' ? ('first' as const) : selector }),
    members,
    // A pool that is down selects among its members as if they were up, which is what a backup of that name does.
    ...(isFirst && !isOverAll && backupSelector !== selector && { whenDown: backupOf(of, backupSelector, at, call) }),
    ...(isFirst && failUnknown && { whenUnknown: 'servfail' as const }),
  })
}

function backupOf(
  of: readonly Candidate[],
  selector: Selector,
  at: number,
  { context }: Call,
): 'nodata' | { answer: Expression } {
  const answers = of.map(({ answer }) => answer)
  if (selector === 'empty') return 'nodata'
  if (selector === 'all') return { answer: answers }
  const [only] = answers
  if (answers.length === 1 && only !== undefined) return { answer: only }
  if (selector !== 'pickclosest') return { answer: context.marked(at, { kind: selector, of: answers }) }
  return { answer: context.marked(at, { kind: 'pool', select: selector, members: answers }) }
}

/** A member has a target of its own if its record does not lead to the probed address. */
export function memberOf(candidate: Checked, answer: Expression, { context }: Call): Pool['members'][number] {
  const { check, port, target = targetOf(candidate) } = candidate
  const leadsThere = answer === candidate.answer && (context.type === TYPE.A || context.type === TYPE.AAAA)
  if (!check && port === undefined && leadsThere) return answer
  return context.marked(candidate.at, { answer, target, ...(check && { check }) })
}
