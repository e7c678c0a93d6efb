import { type CheckDocument, type CheckReference, CRON, effectiveTimes, REGIONS } from '../health/index.ts'
import {
  type AlternativesExpression,
  type Expression,
  hasHealth,
  inside,
  isMember,
  type Path,
  SELECT,
  type Warning,
  writtenMembers,
} from '../policy/index.ts'
import type { ZoneDocument } from '../zone/index.ts'
import type { LocatedExpression } from './expressions.ts'

/** Returns warnings about the named checks of a document. */
export function lintNamedChecks({ checks = {} }: ZoneDocument, agents: readonly string[]): Warning[] {
  return Object.entries(checks).flatMap(([name, check]) => lintCheck(check, ['checks', name], agents))
}

/** Returns warnings about an expression with health: that it has no check, and those about its checks in full. */
export function lintPool({ expression, path }: LocatedExpression, agents: readonly string[]): Warning[] {
  if (!hasHealth(expression)) return []
  const references = referencesOf(expression, path)
  if (references.length === 0 && !isByPlace(expression) && !hasInnerPool(expression)) {
    const message = `no member of the ${expression.kind} has a check, so that all count as up; expected a "check"`
    return [{ path, message }]
  }
  return references.flatMap(({ reference, path: at }) =>
    typeof reference === 'string' ? [] : lintCheck(reference, at, agents),
  )
}

type Reference = { readonly reference: CheckReference; readonly path: Path }

function referencesOf(expression: AlternativesExpression, path: Path): Reference[] {
  return [
    ...several(expression.check, [...path, 'check']),
    ...writtenMembers(expression).flatMap(([member, at]) =>
      isMember(member) ? several(member.check, [...path, ...at, 'check']) : [],
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

/** Returns true for a pool by distance and a map of datacenters, which make sense without health too. */
const isByPlace = (expression: AlternativesExpression): boolean =>
  'map' in expression || ('select' in expression && SELECT[expression.select ?? 'random'].byDistance)

/** Returns true for a failover among pools or scripts: they may have checks themselves. */
const hasInnerPool = (expression: AlternativesExpression): boolean =>
  inside(expression).some(([answer]) => hasHealth(answer) || isScript(answer))

const isScript = (expression: Expression): boolean =>
  typeof expression === 'object' && 'kind' in expression && expression.kind === 'lua'

function lintCheck(check: CheckDocument, path: Path, agents: readonly string[]): Warning[] {
  if (check.kind === 'push' || check.kind === 'calculated') return []
  const { interval, timeout } = effectiveTimes(check)
  const { from, quorum, maxLatency } = check
  const warnings: Warning[] = []
  if (timeout > interval) {
    const fact =
      `the timeout, ${timeout} s, is above the interval, ${interval} s, ` +
      'so that probes of a target that hangs come late'
    warnings.push({ path: [...path, 'timeout'], message: `${fact}; expected at most ${interval} s` })
  }
  if (maxLatency !== undefined && maxLatency >= timeout) {
    const fact = `the latency allowed, ${maxLatency} s, is not below the timeout, ${timeout} s, so that it decides nothing`
    warnings.push({ path: [...path, 'maxLatency'], message: `${fact}; expected less` })
  }
  const votes = from ? new Set(from).size : 1
  if (typeof quorum === 'number' && quorum > votes) {
    const whose = from ? `of the ${votes} in "from"` : 'of the cron, which alone probes unless "from" names others'
    const fact = `the quorum of ${quorum} is more than there are votes, ${whose}, and counts as "all"`
    const message = `${fact}; expected at most ${votes}`
    warnings.push({ path: [...path, 'quorum'], message, ...(!from && { severity: 'advice' }) })
  }
  for (const [i, name] of (from ?? []).entries()) {
    if (name === CRON || REGIONS.includes(name) || agents.includes(name)) continue
    const fact = `"${name}" is not the cron, not a region, and not an agent in AGENT_KEYS here`
    const message = `${fact}; expected an agent of that name at the Worker`
    warnings.push({ path: [...path, 'from', i], message, severity: 'advice' })
  }
  return warnings
}
