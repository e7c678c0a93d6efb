import { type CheckReference, type Condition, probesOf } from '../health/index.ts'
import { isDetermined } from './chosen.ts'
import { compileNearest } from './compile-nearest.ts'
import { compileRing } from './compile-ring.ts'
import type { Ring } from './consistent-hashed.ts'
import type { Compile, CompileContext, Issue, Path } from './context.ts'
import { type Expression, isMember } from './expression.ts'
import { membersOf } from './members.ts'
import type { FailoverExpression, PoolExpression, PoolMember } from './pool-expression.ts'
import { SELECT, selectsWith } from './selects.ts'
import type { WhenDown } from './trace.ts'
import type { Failover, Part, Policy } from './types.ts'

export function compilePool(
  expression: PoolExpression<Expression>,
  path: Path,
  context: CompileContext,
  compile: Compile,
): Policy {
  const { select = 'random', count = 1 } = expression
  const { members, all, parts, name, whenDown } = compileMembers(expression, path, context, compile)
  const refuse = (message: string, field: string) => context.issues.push({ path: [...path, field], message })
  const traits = SELECT[select]
  const hasWeights = expression.members.some((member) => isMember(member) && member.weight !== undefined)
  if (!traits.weights && hasWeights)
    refuse(`select "${select}" looks at no weights; expected one like "weighted"`, 'select')
  if (!traits.groups && parts.some((part) => part.group !== undefined)) {
    refuse(`select "${select}" looks at no groups; expected "grouped" or "grouped-multi"`, 'select')
  }
  if (count > 1 && traits.answers !== 'count') {
    refuse(
      `"count" has no effect with select "${select}"; expected no "count", or one of ${COUNTED.join(', ')}`,
      'count',
    )
  }
  if (!traits.weights && expression.weights)
    refuse(`select "${select}" looks at no weights; expected no "weights"`, 'weights')
  if (expression.weights && !parts.some((part) => reports(part, 'weight'))) {
    refuse('nothing reports a weight here; expected a "check" of kind push, or with "weight": "body"', 'weights')
  }
  if (expression.lost === 'next' && !traits.shares) {
    refuse(`select "${select}" gives out no shares; expected no "lost", or one of ${SHARED.join(', ')}`, 'lost')
  }
  parts.forEach(({ shed }, i) => {
    if (!shed || traits.sheds) return
    const message = `select "${select}" gives out no shares; expected no "shed", or one of ${SHEDDING.join(', ')}`
    context.issues.push({ path: [...path, 'members', i, 'shed'], message })
  })
  const ring = select === 'consistent-hashed' ? ringOf(expression, parts, path, context) : undefined
  const nearest = compileNearest(expression, members, parts, path, context)
  return {
    kind: 'pool',
    ...{ name, members: all, parts, select, whenDown },
    count: select === 'all' ? (expression.count ?? Number.POSITIVE_INFINITY) : count,
    reported: expression.weights === 'reported',
    lost: expression.lost ?? 'spread',
    minLive: expression.minLive ?? 0,
    ignoreHealth: expression.ignoreHealth ?? false,
    failUnknown: expression.whenUnknown === 'servfail',
    steered: traits.byClient || nearest !== undefined || all.some(isSteered),
    steeredInside: nearest !== undefined || all.some(isSteered),
    ...(nearest && { nearest }),
    ...(ring && { ring }),
  }
}

const COUNTED = selectsWith(({ answers }) => answers === 'count')
const SHARED = selectsWith(({ shares }) => shares)
const SHEDDING = selectsWith(({ sheds }) => sheds)

/** Whether a target may say something of itself: applications anything, pages their weight. */
const reports = ({ condition }: Pick<Part, 'condition'>, what: 'weight' | 'load'): boolean =>
  condition !== undefined &&
  probesOf(condition).some(
    ({ probe: { action } }) =>
      action.kind === 'push' || (what === 'weight' && 'weight' in action && action.weight !== undefined),
  )

export function compileFailover(
  expression: FailoverExpression<Expression>,
  path: Path,
  context: CompileContext,
  compile: Compile,
): Failover {
  const { all, parts, name, whenDown } = compileMembers(expression, path, context, compile)
  const failUnknown = expression.whenUnknown === 'servfail'
  const steered = all.some(isSteered)
  return { kind: 'failover', name, members: all, parts, whenDown, failUnknown, steered, steeredInside: steered }
}

/** Whether the client, or the queried name, decides something in it: which branch, and so whether it is alive. */
function isSteered(policy: Policy): boolean {
  if (policy.kind === 'pool' || policy.kind === 'failover') return policy.steered
  return policy.kind === 'script' || isDetermined(policy) || membersOf(policy).some(isSteered)
}

/** What pools and failovers have in common. `all`: the members, and what is answered when all of them are down. */
type Members = {
  readonly members: readonly Policy[]
  readonly all: readonly Policy[]
  readonly parts: readonly Part[]
  readonly name: string
  readonly whenDown: WhenDown
}

function compileMembers(
  expression: PoolExpression<Expression> | FailoverExpression<Expression>,
  path: Path,
  context: CompileContext,
  compile: Compile,
): Members {
  const { name, check } = expression
  const own = name ?? context.place
  const fullName = own === undefined ? context.owner : `${context.owner}/${own}`
  const members: Policy[] = []
  const field = expression.kind === 'pool' ? 'members' : 'pools'
  const list: readonly (Expression | PoolMember<Expression>)[] =
    expression.kind === 'pool' ? expression.members : expression.pools
  const faults: Issue[] = []
  let sharing = 0
  const parts = list.map((item, i): Part => {
    const at = [...path, field, i]
    const given: PoolMember<Expression> = isMember(item) ? item : { answer: item }
    const inside = { ...context, owner: fullName, place: i + 1 }
    const member = compile(given.answer, isMember(item) ? [...at, 'answer'] : at, inside)
    members.push(member)
    const shed = given.shed
    const shares = check !== undefined && given.check === undefined
    if (shares) sharing++
    const part = {
      condition: conditionOf(given, check, member, at, shares ? { ...context, issues: faults } : context),
      datacenter: given.datacenter,
      weight: given.weight ?? 1,
      group: given.group,
      key: given.key ?? (typeof given.answer === 'string' ? given.answer : ''),
      shed,
    }
    if (shed && !reports(part, 'load')) {
      context.issues.push({
        path: [...at, 'shed'],
        message: 'nothing reports a load here; expected a "check" of kind push',
      })
    }
    return part
  })
  context.issues.push(...saidOnce(faults, sharing, [...path, 'check']))
  const { whenDown = expression.kind === 'pool' ? 'all' : 'first' } = expression
  if (typeof whenDown === 'string') return { members, all: members, parts, name: fullName, whenDown }
  const inside: CompileContext = { ...context, owner: fullName, place: 'whenDown' }
  const last = compile(whenDown.answer, [...path, 'whenDown', 'answer'], inside)
  return { members, all: [...members, last], parts, name: fullName, whenDown: 'last' }
}

/** What is wrong with a check for all members that share it is told once, where the check is. */
function saidOnce(faults: readonly Issue[], sharing: number, path: Path): readonly Issue[] {
  const distinct = new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()
  return [...Map.groupBy(distinct, ({ message }) => message)].flatMap(([message, told]) =>
    sharing > 1 && told.length === sharing ? [{ path, message }] : told,
  )
}

/** What decides whether a member is up: its own checks, else the pool's; several have to be up all. */
function conditionOf(
  given: PoolMember<Expression>,
  common: PoolExpression<Expression>['check'],
  member: Policy,
  path: Path,
  context: CompileContext,
): Condition | undefined {
  const references = [given.check ?? common ?? []].flat() as CheckReference[]
  if (references.length === 0) {
    if (given.target !== undefined) {
      const message = 'a target without a check is not probed; expected a "check" here or in the pool'
      context.issues.push({ path: [...path, 'target'], message })
    }
    return undefined
  }
  const own = member.kind === 'values' ? member.rdatas.map((rdata) => context.target(rdata)) : []
  const targets: (string | undefined)[] = given.target === undefined && own.length > 0 ? own : [undefined]
  const conditions: Condition[] = []
  for (const reference of references) {
    for (const target of targets) {
      const condition = context.check(reference, target, given.target)
      if (condition.ok) conditions.push(condition.value)
      else
        context.issues.push({ path: given.check === undefined ? path : [...path, 'check'], message: condition.error })
    }
  }
  return conditions.length === 1 ? conditions[0] : { kind: 'every', of: conditions }
}

/** The ring of all members, of which health leaves some. */
function ringOf(
  expression: PoolExpression<Expression>,
  parts: readonly Part[],
  path: Path,
  context: CompileContext,
): Ring | undefined {
  const { issues } = context
  parts.forEach(({ key }, i) => {
    if (key !== '') return
    const message = 'a member that is not a single text needs a "key"; expected the text to hash'
    issues.push({ path: [...path, 'members', i], message })
  })
  if (expression.weights === 'reported') {
    const message = 'a ring is made once, from the members\' own weights; expected no "weights", or another "select"'
    issues.push({ path: [...path, 'weights'], message })
  }
  const keys = parts.map(({ key }) => key)
  const weights = parts.map(({ weight }) => weight)
  return compileRing(keys, weights, [...path, 'members'], context)
}
