import type { AskedFull } from './asked-set.ts'
import { distinctNames, type ProbeCondition } from './condition.ts'
import { type Guards, guardedBy, NO_GUARDS } from './guard/guards.ts'
import type { GuardSettings } from './guard/settings.ts'
import type { ZoneGuard } from './guard/zone-guard.ts'
import type { Health, Status } from './health.ts'
import { KeptHealth } from './kept-health.ts'
import type { LiveOverride } from './overrides.ts'
import { type OverrideText, overrideText } from './overrides-document.ts'
import { type Deployment, whyUnprobed } from './platform.ts'
import type { Probe } from './probe.ts'
import { sinceOf } from './since.ts'
import { isHeld, type TargetState } from './target-state.ts'
import { PUSH } from './vantage.ts'

/** The body of `GET /api/v1/health`: all vantage points, overrides and targets. Times are ISO 8601. */
export type HealthReport = {
  readonly now: string
  readonly vantages: readonly VantageReport[]
  readonly overrides: readonly OverrideReport[]
  readonly targets: readonly TargetReport[]
  /** The guards of zones, each as it is now. */
  readonly guards: readonly GuardReport[]
  /** Zones whose queries ask for more checks than the limit; `zone` is empty for all zones together. */
  readonly askedFull: readonly { readonly zone: string; readonly since: string }[]
}

/** The guard of a zone: its rule, and the hold if it holds. Seconds; times are ISO 8601. */
export type GuardReport = GuardSettings & {
  readonly zone: string
  readonly holding: boolean
  readonly since?: string
  readonly until?: string
  /** The targets that went down, and those with a result. */
  readonly fell?: number
  readonly of?: number
  /** The targets that are held up now. */
  readonly held?: number
}

export type VantageReport = {
  readonly name: string
  /** The last write of its document: after a change, and at least every five minutes. */
  readonly at: string
  /** The time from which it counts as silent without another write; absent if it probes nothing. */
  readonly fineUntil?: string
  /** The last round of probes in the document. `left`: probes that were due and did not start. */
  readonly round?: {
    readonly at: string
    readonly ms: number
    readonly due: number
    readonly probed: number
    readonly left: number
  }
  /** The number of targets of published zones that it reports. Its document may still contain others. */
  readonly targets: number
}

/** `active`: it counts now; an earlier version leaves that out. `changesAt`: when that changes next by itself. */
export type OverrideReport = OverrideText & {
  readonly ended: boolean
  readonly active?: boolean
  readonly changesAt?: string
}

export type TargetReport = {
  readonly check: string
  readonly target: string
  readonly kind: string
  /** Set if no zone document contains the check, and queries asked for it within the last hour. */
  readonly asked?: true
  /** Seconds. */
  readonly interval: number
  /** The state that answers depend on. */
  readonly state: Status['state']
  /** The vantage points that have to report it. */
  readonly from: readonly string[]
  /** The measured state, without overrides. */
  readonly real: Status['real']
  readonly stale: boolean
  /** Since when the measured state is what it is; null while it is unknown. An earlier version leaves it out. */
  readonly since?: string | null
  readonly forced?: OverrideReport
  /** Set while the zone's guard holds it up, with the end of the hold as far as it is known. */
  readonly held?: { readonly since: string; readonly until: string }
  /** The override of its weight. */
  readonly weighed?: OverrideReport
  readonly weight?: number
  readonly load?: number
  /** The reason why the Worker does not probe it, with the fix. */
  readonly unrunnable?: string
  /** The report of each vantage point. */
  readonly reports: readonly {
    readonly vantage: string
    readonly state: 'up' | 'down' | 'unknown'
    readonly since: string | null
    readonly at: string | null
    /** Never in the past; null if no next probe is known. */
    readonly nextDue: string | null
    readonly ms: number
    /**
     * The number of times that it went down, or came up again, as seen from there. An earlier version leaves it out.
     */
    readonly changes?: number
    /** The number of consecutive results against the state. */
    readonly count: number
    /** The number of such results that change the state. */
    readonly needed: number
    readonly why: string
    readonly held: boolean
    /** True if the vantage point has been silent for so long that its report does not count. */
    readonly silent: boolean
  }[]
}

/** The ids of the asked probes, and the zones at their limit. */
type AskedReport = { readonly asked: ReadonlySet<string>; readonly full: readonly AskedFull[] }

/** @param guards of zones, by their origins */
export function healthReport(
  conditions: readonly ProbeCondition[],
  given: Health,
  deployment: Deployment,
  { asked, full }: AskedReport = { asked: new Set(), full: [] },
  guards: Guards = NO_GUARDS,
): HealthReport {
  const health = KeptHealth.of(given)
  const healthOf = guardedBy(guards, health)
  const nameOf = distinctNames(conditions)
  const ids = new Set(conditions.map(({ probe }) => probe.id))
  const patience = patienceOf(conditions, health)
  const fineUntil = (name: string, at: number) => {
    const seconds = patience.get(name)
    return seconds === undefined ? {} : { fineUntil: iso(at + seconds * 1000) }
  }
  return {
    now: new Date(health.now).toISOString(),
    vantages: health.vantages.map(({ name, at, round, targets }) => ({
      name,
      at: iso(at),
      ...fineUntil(name, at),
      ...(round && { round: { ...round, at: iso(round.at) } }),
      targets: [...ids].filter((id) => targets.get(id)).length,
    })),
    overrides: health.overrides.map((override) => overrideReport(override, health.now)),
    targets: conditions.map((condition) => ({
      ...targetReport(condition, nameOf(condition), healthOf(condition), deployment),
      ...(asked.has(condition.probe.id) && { asked: true as const }),
    })),
    guards: Array.from(guards.values(), (guard) => guardReport(guard, conditions, health)),
    askedFull: full.map(({ zone, since }) => ({ zone, since: iso(since) })),
  }
}

/** Returns the seconds after which each vantage point counts as silent: the minimum over its checks. */
export function patienceOf(conditions: readonly ProbeCondition[], health: Health): Map<string, number> {
  const patience = new Map<string, number>()
  for (const { probe, stale } of conditions) {
    if (probe.action.kind === 'push') continue
    for (const { vantage } of health.witnesses(probe, stale)) {
      patience.set(vantage, Math.min(stale.after, patience.get(vantage) ?? Number.POSITIVE_INFINITY))
    }
  }
  return patience
}

function targetReport(condition: ProbeCondition, check: string, health: Health, deployment: Deployment): TargetReport {
  const { target, probe, stale } = condition
  const { forced, weighed, held, validForSeconds: _, ...status } = health.status(condition)
  const witnesses = health.witnesses(probe, stale)
  const since = sinceOf(probe, status.real, witnesses)
  const unrunnable = whyUnprobed(probe, deployment)
  return {
    check,
    target,
    kind: probe.action.kind,
    interval: probe.interval,
    from: probe.action.kind === 'push' ? [PUSH] : (probe.from ?? deployment.defaultVantages),
    ...status,
    since: since === undefined ? null : iso(since * 1000),
    ...(forced && { forced: overrideReport(forced, health.now) }),
    ...(held && { held: { since: iso(held.since), until: iso(held.until) } }),
    ...(weighed && { weighed: overrideReport(weighed, health.now) }),
    ...(unrunnable !== undefined && { unrunnable }),
    reports: witnesses.map(({ vantage, state, silent }) => ({
      vantage,
      state: state.state,
      since: state.since === 0 ? null : iso(state.since * 1000),
      at: state.at === 0 ? null : iso(state.at * 1000),
      nextDue: probe.action.kind === 'push' || state.at === 0 || silent ? null : iso(nextAfter(state, probe, health)),
      ms: state.ms,
      changes: state.changes ?? 0,
      count: state.count,
      needed: state.state === 'down' ? probe.rise : probe.fall,
      why: state.why,
      held: isHeld(state, health.now / 1000, probe),
      silent,
    })),
  }
}

function guardReport(guard: ZoneGuard, conditions: readonly ProbeCondition[], health: Health): GuardReport {
  const { zone, settings } = guard
  const hold = guard.holding(health)
  if (!hold) return { zone, ...settings, holding: false }
  const healthOf = guardedBy(new Map([[zone, guard]]), health)
  const held = conditions.filter((condition) => healthOf(condition).status(condition).held)
  const { since, until, fell, of } = hold
  const times = { since: iso(since), until: iso(until) }
  return { zone, ...settings, holding: true, ...times, fell, of, held: new Set(held.map(({ probe }) => probe.id)).size }
}

/**
 * Returns the time of the next probe. The document has the last probe that was written; later probes that changed
 * nothing were not, so that the next one is the first multiple of the interval from now on.
 */
function nextAfter({ at }: TargetState, { interval }: Probe, { now }: Health): number {
  const late = Math.max(0, now / 1000 - at)
  return (at + (Math.floor(late / interval) + 1) * interval) * 1000
}

export function overrideReport(override: LiveOverride, now: number): OverrideReport {
  const { until } = override
  const { isActive, changesAt } = override.at(now)
  return {
    ...overrideText(override),
    ended: until !== undefined && until <= now,
    active: isActive,
    ...(Number.isFinite(changesAt) && { changesAt: iso(changesAt) }),
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()
