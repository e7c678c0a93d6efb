import { type OverrideReport, subjectText, type TargetReport } from '../../health/index.ts'
import type { PoolStatus } from '../../policy/index.ts'
import type { StateKind } from '../parts/index.ts'
import { overrideKey } from './overrides.ts'
import { type Status, shownState, targetPath, whyOf } from './report.ts'

/** Something that is wrong, or that somebody should know of. */
export type Finding = {
  readonly kind: StateKind
  /** The word beside the shape: "down", "no member". */
  readonly word: string
  readonly subject: string
  readonly why: string
  /** ISO 8601. */
  readonly since?: string | undefined
  /** The page that shows more. */
  readonly href?: string
}

/** Returns what is wrong now, the worst first. @param now milliseconds since the epoch */
export function findingsOf(status: Status, now: number): readonly Finding[] {
  const { pools } = status
  const isHidden = hiddenBy(status.targets)
  return [
    ...pools.filter(({ up }) => !up).map(emptyPool),
    ...status.guards.filter(({ holding }) => holding).map(holdingGuard),
    ...status.refused.map(refusedZone),
    ...status.vantages.filter(({ fineUntil }) => fineUntil !== undefined && Date.parse(fineUntil) < now).map(silent),
    ...status.targets.filter(({ state, forced, held }) => (state === 'down' || held) && !forced).map(downTarget),
    ...pools.filter(({ up, live, members, kind }) => up && live < members && kind === 'pool').map(degradedPool),
    ...status.dnssec.flatMap(signedZone),
    ...status.notifications.map(untold),
    ...status.problems.map(problem),
    ...(status.complete ? [] : [INCOMPLETE]),
    ...status.askedFull.map(full),
    ...status.targets.filter(({ unrunnable }) => unrunnable !== undefined).map(unprobed),
    ...status.targets.filter(({ stale }) => stale).map(staleTarget),
    ...status.aliases.map(unresolved),
    ...status.overrides.flatMap((override) => forgotten(override, isHidden)),
  ]
}

const emptyPool = ({ pool, members, forced, kind }: PoolStatus): Finding => ({
  ...{ kind: 'down', word: forced ? `forced ${forced.force}` : 'no member up', subject: pool },
  why: forced ? `${forced.by}: ${forced.why}` : `0 of ${members} ${kind === 'pool' ? 'members' : 'levels'} up`,
  href: '/console/health#pools',
})

const degradedPool = ({ pool, live, members }: PoolStatus): Finding => ({
  ...{ kind: 'warn', word: 'degraded', subject: pool },
  why: `${live} of ${members} members up`,
  href: '/console/health#pools',
})

const refusedZone = ({ origin, why, since }: Status['refused'][number]): Finding => ({
  ...{ kind: 'down', word: 'refused', subject: `zone ${origin}`, why, since },
})

const holdingGuard = ({ zone, since, fell, of, held }: Status['guards'][number]): Finding => ({
  ...{ kind: 'down', word: 'guard holds', subject: `zone ${zone}`, since, href: '/console/health' },
  why: `${fell ?? 'too many'} of ${of ?? 'its'} targets went down at once; ${held ?? 0} are held up`,
})

const signedZone = ({ zone, isBroken, warnings }: Status['dnssec'][number]): Finding[] =>
  warnings.map((why) => ({
    ...{ kind: isBroken ? 'down' : 'warn', word: isBroken ? 'bogus' : 'keys', subject: `signed zone ${zone}`, why },
  }))

const untold = ({ number, url, problem: why, last }: Status['notifications'][number]): Finding => ({
  ...{ kind: 'warn', word: 'not told', subject: `receiver ${number}: ${url}`, href: '/console/settings#notifications' },
  ...{ why: why ?? last?.why ?? 'the last message was not delivered', since: last?.at },
})

const silent = ({ name, at }: Status['vantages'][number]): Finding => ({
  ...{ kind: 'down', word: 'silent', subject: `vantage point ${name}`, since: at },
  why: 'its reports no longer count',
})

const downTarget = (target: TargetReport): Finding => ({
  ...{ ...shownState(target), subject: `${target.target} of ${target.check}` },
  ...{ why: whyOf(target), since: target.since ?? undefined, href: targetPath(target) },
})

const staleTarget = (target: TargetReport): Finding => ({
  ...{ kind: 'unknown', word: 'stale', subject: `${target.target} of ${target.check}` },
  ...{ why: 'no vantage point has reported it for too long', href: targetPath(target) },
})

const unprobed = (target: TargetReport): Finding => ({
  ...{ kind: 'warn', word: 'not probed', subject: `${target.target} of ${target.check}` },
  ...{ why: target.unrunnable ?? '', href: targetPath(target) },
})

const problem = (why: string): Finding => ({ kind: 'warn', word: 'setting', subject: 'deployment', why })

const full = ({ zone, since }: Status['askedFull'][number]): Finding => ({
  ...{ kind: 'warn', word: 'full', subject: zone === '' ? 'all zones' : `zone ${zone}`, since },
  why: 'queries ask for more checks than there is room for',
})

const unresolved = ({ name, why }: Status['aliases'][number]): Finding => ({
  ...{ kind: 'warn', word: 'unresolved', subject: `ALIAS target ${name}`, why: why ?? 'it has no known address' },
})

const INCOMPLETE: Finding = {
  ...{ kind: 'warn', word: 'incomplete', subject: 'this page' },
  why: 'not every zone could be read; what is missing here may be there',
}

/** An override may be forgotten if it has no end, or if it hides that its target is well again. */
function forgotten(override: OverrideReport, isHidden: ReadonlySet<string>): Finding[] {
  const { until, every, ended, force, by, why, active } = override
  if (ended || every || active === false || force === 'resume') return []
  const subject = subjectText(override)
  const href = '/console/health#overrides'
  if (until === undefined)
    return [{ kind: 'forced', word: 'no end', subject, why: `forced ${force} by ${by}: ${why}`, href }]
  if (force !== 'down' || !isHidden.has(overrideKey(override))) return []
  return [{ kind: 'forced', word: 'well again', subject, why: `forced down by ${by}, and measured up: ${why}`, href }]
}

/** Returns the keys of the overrides that force a target which is measured up: there may be thousands of both. */
const hiddenBy = (targets: readonly TargetReport[]): ReadonlySet<string> =>
  new Set(targets.flatMap(({ forced, real }) => (forced && real === 'up' ? [overrideKey(forced)] : [])))
