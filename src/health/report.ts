import type { AskedFull } from './asked-set.ts'
import { distinctNames, type ProbeCondition } from './condition.ts'
import type { Health, Status } from './health.ts'
import { isHeld, type TargetState } from './machine.ts'
import type { Override } from './overrides.ts'
import { type Places, unprobed } from './platform.ts'
import type { Probe } from './probe.ts'
import { PUSH } from './vantage.ts'

/** All that is known of health, for people: what `GET /api/v1/health` answers with. Times are ISO 8601. */
export type HealthReport = {
  readonly now: string
  readonly vantages: readonly VantageReport[]
  readonly overrides: readonly OverrideReport[]
  readonly targets: readonly TargetReport[]
  /** Zones for which queries ask for more checks than are kept; `zone` is empty for all zones together. */
  readonly askedFull: readonly { readonly zone: string; readonly since: string }[]
}

export type VantageReport = {
  readonly name: string
  /** When its document was last written: on a change, and else every five minutes. */
  readonly at: string
  /** When it counts as silent if nothing is written until then; absent where it probes nothing. */
  readonly fineUntil?: string
  /** The last round of probes that the document tells of. `left`: due, and not come to. */
  readonly round?: {
    readonly at: string
    readonly ms: number
    readonly due: number
    readonly probed: number
    readonly left: number
  }
  /** The targets of published zones that it knows of. Its document may still have others. */
  readonly targets: number
}

export type OverrideReport = Omit<Override, 'until'> & { readonly until?: string; readonly ended: boolean }

export type TargetReport = {
  readonly check: string
  readonly target: string
  readonly kind: string
  /** Set where no zone document has the check: queries asked for it within the last hour. */
  readonly asked?: true
  /** Seconds. */
  readonly interval: number
  /** What answers go by. */
  readonly state: Status['state']
  /** The vantage points that are to tell of it. */
  readonly from: readonly string[]
  /** What was measured. */
  readonly real: Status['real']
  readonly stale: boolean
  readonly forced?: OverrideReport
  readonly weight?: number
  readonly load?: number
  /** Why the Worker does not probe it, and what would help. */
  readonly unrunnable?: string
  /** What each vantage point says. */
  readonly reports: readonly {
    readonly vantage: string
    readonly state: 'up' | 'down' | 'unknown'
    readonly since: string | null
    readonly at: string | null
    /** Never in the past; null where nobody is known to probe. */
    readonly nextDue: string | null
    readonly ms: number
    /** Results in a row against the state, of those that it takes. */
    readonly count: number
    readonly needed: number
    readonly why: string
    readonly held: boolean
    /** Whether it has been silent for so long that it does not count. */
    readonly silent: boolean
  }[]
}

/** The ids of the asked probes, and the zones that are full. */
type AskedReport = { readonly asked: ReadonlySet<string>; readonly full: readonly AskedFull[] }

export function healthReport(
  conditions: readonly ProbeCondition[],
  health: Health,
  places: Places,
  { asked, full }: AskedReport = { asked: new Set(), full: [] },
): HealthReport {
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
      targets: [...targets.keys()].filter((id) => ids.has(id)).length,
    })),
    overrides: health.overrides.map((override) => overrideReport(override, health.now)),
    targets: conditions.map((condition) => ({
      ...targetReport(condition, nameOf(condition), health, places),
      ...(asked.has(condition.probe.id) && { asked: true as const }),
    })),
    askedFull: full.map(({ zone, since }) => ({ zone, since: iso(since) })),
  }
}

/** After how many seconds each vantage point counts as silent, by the most impatient of its checks. */
function patienceOf(conditions: readonly ProbeCondition[], health: Health): Map<string, number> {
  const patience = new Map<string, number>()
  for (const { probe, stale } of conditions) {
    if (probe.action.kind === 'push') continue
    for (const { vantage } of health.witnesses(probe, stale)) {
      patience.set(vantage, Math.min(stale.after, patience.get(vantage) ?? Number.POSITIVE_INFINITY))
    }
  }
  return patience
}

function targetReport(condition: ProbeCondition, check: string, health: Health, places: Places): TargetReport {
  const { target, probe, stale } = condition
  const { forced, holds: _, ...status } = health.status(condition)
  const barred = unprobed(probe, places)
  return {
    ...{ check, target, kind: probe.action.kind, interval: probe.interval },
    from: probe.action.kind === 'push' ? [PUSH] : (probe.from ?? places.own),
    ...status,
    ...(forced && { forced: overrideReport(forced, health.now) }),
    ...(barred !== undefined && { unrunnable: barred }),
    reports: health.witnesses(probe, stale).map(({ vantage, state, silent }) => ({
      vantage,
      state: state.state,
      since: state.since === 0 ? null : iso(state.since * 1000),
      at: state.at === 0 ? null : iso(state.at * 1000),
      nextDue: probe.action.kind === 'push' || state.at === 0 || silent ? null : iso(nextAfter(state, probe, health)),
      ms: state.ms,
      count: state.count,
      needed: state.state === 'down' ? probe.rise : probe.fall,
      why: state.why,
      held: isHeld(state, health.now / 1000, probe),
      silent,
    })),
  }
}

/**
 * The document tells of the last probe that was written. Where that would be over, the target was probed since without
 * any news, and the next one comes in its interval.
 */
function nextAfter({ at }: TargetState, { interval }: Probe, { now }: Health): number {
  const late = Math.max(0, now / 1000 - at)
  return (at + (Math.floor(late / interval) + 1) * interval) * 1000
}

const overrideReport = ({ until, ...rest }: Override, now: number): OverrideReport => ({
  ...rest,
  ...(until !== undefined && { until: iso(until) }),
  ended: until !== undefined && until <= now,
})

const iso = (ms: number): string => new Date(ms).toISOString()
