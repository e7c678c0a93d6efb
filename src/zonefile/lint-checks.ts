import { type CheckDocument, type CheckReference, CRON, effectiveTimes, REGIONS } from '../health/index.ts'
import type { Expression, Path, Warning } from '../policy/index.ts'
import type { ZoneDocument } from '../zone/index.ts'
import type { LocatedExpression } from './expressions.ts'

/** Warnings of the checks that the document has by name. */
export function lintNamedChecks({ checks = {} }: ZoneDocument, agents: readonly string[]): Warning[] {
  return Object.entries(checks).flatMap(([name, check]) => lintCheck(check, ['checks', name], agents))
}

/** Warnings of a pool or failover: no check at all, and those of checks that are written out in it. */
export function lintPool({ expression, path }: LocatedExpression, agents: readonly string[]): Warning[] {
  if (typeof expression === 'string' || !('kind' in expression)) return []
  const { kind } = expression
  if (kind !== 'pool' && kind !== 'failover' && kind !== 'datacenters') return []
  const references = referencesOf(expression, path)
  if (references.length === 0 && !isByPlace(expression) && !hasInnerPool(expression)) {
    const message = `no member of the ${kind} has a check, so that all count as up; expected a "check"`
    return [{ path, message }]
  }
  return references.flatMap(({ reference, path: at }) =>
    typeof reference === 'string' ? [] : lintCheck(reference, at, agents),
  )
}

type Alternatives = Extract<Expression, { kind: 'pool' | 'failover' | 'datacenters' }>
type Reference = { readonly reference: CheckReference; readonly path: Path }

function referencesOf(expression: Alternatives, path: Path): Reference[] {
  return [
    ...several(expression.check, [...path, 'check']),
    ...membersOf(expression, path).flatMap(([member, at]) =>
      typeof member === 'object' && member !== null && 'check' in member && !('kind' in member)
        ? several(member.check as CheckReference, [...at, 'check'])
        : [],
    ),
  ]
}

const several = (check: CheckReference | readonly CheckReference[] | undefined, path: Path): Reference[] => {
  if (check === undefined) return []
  const list = Array.isArray(check) ? (check as readonly CheckReference[]) : undefined
  return list
    ? list.map((reference, i) => ({ reference, path: [...path, i] }))
    : [{ reference: check as CheckReference, path }]
}

function membersOf(expression: Alternatives, path: Path): (readonly [unknown, Path])[] {
  switch (expression.kind) {
    case 'pool':
      return expression.members.map((member, i) => [member, [...path, 'members', i]])
    case 'failover':
      return expression.pools.map((member, i) => [member, [...path, 'pools', i]])
    case 'datacenters':
      return Object.entries(expression.datacenters).map(([name, member]) => [member, [...path, 'datacenters', name]])
  }
}

/** A pool by distance, and a map of datacenters, choose without health too. */
const isByPlace = (expression: Alternatives): boolean =>
  expression.kind === 'datacenters' ||
  (expression.kind === 'pool' && ['nearest', 'pickclosest'].includes(expression.select ?? ''))

/** A failover among pools with checks of their own needs none. */
function hasInnerPool(expression: Alternatives): boolean {
  return membersOf(expression, []).some(([member]) => {
    const answer = typeof member === 'object' && member !== null && 'answer' in member ? member.answer : member
    return typeof answer === 'object' && answer !== null && 'kind' in answer && HEALTHY.has(String(answer.kind))
  })
}

const HEALTHY: ReadonlySet<string> = new Set(['pool', 'failover', 'datacenters', 'lua'])

function lintCheck(check: CheckDocument, path: Path, agents: readonly string[]): Warning[] {
  if (check.kind === 'push' || check.kind === 'calculated') return []
  const { interval, timeout } = effectiveTimes(check)
  const { from, quorum } = check
  const warnings: Warning[] = []
  if (timeout > interval) {
    const message = `the timeout, ${timeout} s, is above the interval, ${interval} s, so that probes of a target that hangs come late; expected at most ${interval} s`
    warnings.push({ path: [...path, 'timeout'], message })
  }
  const votes = from ? new Set(from).size : 1
  if (typeof quorum === 'number' && quorum > votes) {
    const whom = from ? `of the ${votes} in "from"` : 'of the cron, which alone probes unless "from" names others'
    const message = `the quorum of ${quorum} is more than there are votes, ${whom}, and counts as "all"; expected at most ${votes}`
    warnings.push({ path: [...path, 'quorum'], message, ...(!from && { severity: 'advice' }) })
  }
  for (const [i, name] of (from ?? []).entries()) {
    if (name === CRON || REGIONS.includes(name) || agents.includes(name)) continue
    const message = `"${name}" is not the cron, not a region, and not an agent in AGENT_KEYS here; expected an agent of that name at the Worker`
    warnings.push({ path: [...path, 'from', i], message, severity: 'advice' })
  }
  return warnings
}
