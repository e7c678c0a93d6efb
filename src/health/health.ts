import type { Quorum } from './check-fields.ts'
import type { CalculatedCondition, Condition, ProbeCondition, StalePolicy } from './condition.ts'
import type { Forced, LiveOverride, Override, Subject } from './overrides.ts'
import { type Platform, probeBlockerWithoutAgent } from './platform.ts'
import type { Probe } from './probe.ts'
import { isHeld, resultsToChange, type TargetState } from './target-state.ts'
import type { VantageView } from './vantage.ts'

/** The state that answers depend on, and its reasons. */
export type Status = {
  readonly state: 'up' | 'down' | 'drained'
  /** The measured state, without overrides. */
  readonly real: 'up' | 'down' | 'unknown'
  readonly forced?: Forced
  /** The override of its weight. */
  readonly weighed?: LiveOverride
  /** True if no vantage point has confirmed the state for longer than the zone allows. */
  readonly stale: boolean
  /** The seconds until the state can change at the earliest; Infinity if nothing changes it. */
  readonly validForSeconds: number
  readonly weight?: number
} & LoadReport

/** The last load that was reported, unless it is stale. */
type LoadReport = Pick<TargetState, 'load' | 'offered' | 'limits'>

/** The report of one vantage point on a target. A silent one does not count. */
export type Witness = { readonly vantage: string; readonly state: TargetState; readonly silent: boolean }

/**
 * The health of all targets at one moment, from the vantage points' reports and the overrides. It is valid until
 * `until`; then a new one has to be made from the same documents.
 */
export class Health {
  readonly vantages: readonly VantageView[]
  readonly overrides: readonly LiveOverride[]
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly platform: Platform
  /** A cache of results that callers compute from this health, by the object that they compute them for. */
  readonly memo = new WeakMap<object, unknown>()
  private changesAt = Number.POSITIVE_INFINITY

  /** @param platform the platform of the Worker, which decides what it can probe */
  constructor(
    vantages: readonly VantageView[],
    overrides: readonly LiveOverride[],
    now: number,
    platform: Platform = 'agent',
  ) {
    this.platform = platform
    this.vantages = vantages
    this.overrides = overrides
    this.now = now
    for (const override of overrides) this.changesAt = Math.min(this.changesAt, override.at(now).changesAt)
  }

  /** The time when a state or override that was read so far expires, in milliseconds since the epoch. */
  get until(): number {
    return this.changesAt
  }

  status(condition: Condition): Status {
    const status = this.measured(condition, true)
    if (condition.kind === 'every') return status
    return this.withOverride(status, condition)
  }

  /** Returns the override of the state of a check, a pool, or a datacenter of a pool: the last one that counts. */
  forced(subject: Subject): Forced | undefined {
    return this.last(subject, ({ force }) => force !== 'weight' && force !== 'resume') as Forced | undefined
  }

  /** Returns the override of the weight of a check or a datacenter. */
  weighed(subject: Subject): LiveOverride | undefined {
    return this.last(subject, ({ force }) => force === 'weight')
  }

  private last(subject: Subject, is: (override: Override) => boolean): LiveOverride | undefined {
    return this.overrides.findLast((one) => is(one) && one.at(this.now).isActive && one.names(subject))
  }

  /** Returns the seconds until an override of a subject begins or ends. */
  overrideSeconds(subject: Subject): number {
    let at = Number.POSITIVE_INFINITY
    for (const one of this.overrides) if (one.names(subject)) at = Math.min(at, one.at(this.now).changesAt)
    return Math.max(0, Math.floor((at - this.now) / 1000))
  }

  /** Returns the report of each vantage point that has probed the target. */
  witnesses(probe: Probe, { after }: StalePolicy): Witness[] {
    const witnesses: Witness[] = []
    for (const { name, at, targets } of this.vantages) {
      if (probe.from && !probe.from.includes(name)) continue
      const state = targets.get(probe.id)
      if (!state) continue
      // A vantage point confirms all of its targets at once; applications confirm each target separately.
      const confirmedAt = probe.action.kind === 'push' ? state.at * 1000 : at
      const silentFrom = confirmedAt + after * 1000
      const silent = this.now >= silentFrom
      if (!silent) this.changesAt = Math.min(this.changesAt, silentFrom)
      witnesses.push({ vantage: name, state, silent })
    }
    return witnesses
  }

  /** @param withOverrides true if overrides of parts count in `state`; they never count in `real` */
  private measured(condition: Condition, withOverrides: boolean): Status {
    if (condition.kind === 'probe') return this.probed(condition)
    const { need } = condition.kind === 'every' ? ({ need: 'all' } as const) : condition
    const measured = condition.of.map((part) => this.measured(part, false))
    const real = measured.every((part) => part.real === 'unknown') ? 'unknown' : verdict(need, measured)
    const of = withOverrides && this.overrides.length > 0 ? condition.of.map((part) => this.status(part)) : measured
    return { ...calculated(need, of), real }
  }

  private probed({ probe, initially, stale }: ProbeCondition): Status {
    const all = this.witnesses(probe, stale)
    const fresh = all.filter((witness) => !witness.silent)
    // A vantage point that could not probe the target confirms nothing.
    const isStale = !fresh.some(hasResult) && all.some(hasResult)
    if (isStale && stale.policy === 'up')
      return { state: 'up', real: 'unknown', stale: true, validForSeconds: untilNextResult(probe) }
    const states = (isStale ? all : fresh).map((witness) => witness.state)
    const votes = states.filter(({ state }) => state !== 'unknown')
    const validForSeconds = isStale ? untilNextResult(probe) : untilChange(states, probe, this.now)
    if (votes.length === 0)
      return { state: this.initialState(probe, initially), real: 'unknown', stale: isStale, validForSeconds }
    const ups = votes.filter(({ state }) => state === 'up').length
    const real = ups >= neededVotes(probe.quorum, votes.length) ? 'up' : 'down'
    const latest = votes.reduce((a, b) => (b.at > a.at ? b : a))
    const { weight } = latest
    return {
      state: real,
      real,
      stale: isStale,
      validForSeconds,
      ...(weight !== undefined && { weight }),
      ...this.loadOf(latest, stale),
    }
  }

  private loadOf(
    { at, load, loadAt = at, offered, limits }: TargetState,
    { after }: StalePolicy,
  ): LoadReport | undefined {
    const staleAt = (loadAt + after) * 1000
    if (load === undefined || staleAt <= this.now) return undefined
    this.changesAt = Math.min(this.changesAt, staleAt)
    return { load, ...(offered && { offered }), ...(limits && { limits }) }
  }

  /** A target that cannot be probed here counts as up, whatever `initially` says. */
  private initialState(probe: Probe, initially: 'up' | 'down'): 'up' | 'down' {
    return probeBlockerWithoutAgent(probe, this.platform) === undefined ? initially : 'up'
  }

  private withOverride(status: Status, subject: Subject): Status {
    if (this.overrides.length === 0) return status
    const forced = this.forced(subject)
    const weighed = this.weighed(subject)
    const seconds = this.overrideSeconds(subject)
    return {
      ...status,
      ...(forced && { state: forced.force, forced }),
      ...(weighed && { weighed }),
      // Only overrides can change a forced state.
      validForSeconds: forced ? seconds : Math.min(seconds, status.validForSeconds),
    }
  }
}

/** Health without any report or override. */
export const NO_HEALTH = new Health([], [], 0)

const hasResult = ({ state }: Witness): boolean => state.state !== 'unknown'

/** Returns the number of up votes that make a target up. Half is a majority, so that a tie takes no target out. */
export function neededVotes(quorum: Quorum, votes: number): number {
  if (quorum === 'any') return 1
  if (quorum === 'all') return votes
  return quorum === 'majority' ? Math.ceil(votes / 2) : Math.min(quorum, votes)
}

/** Returns the seconds until the next result may come. Pushed results do not come at intervals. */
const untilNextResult = ({ action, interval }: Probe): number =>
  action.kind === 'push' ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(interval))

/**
 * Returns the seconds until any of the states can change, by gdnsd's rule: the number of results that a change needs,
 * times the interval. A target without a probe so far needs one result.
 */
function untilChange(states: readonly TargetState[], probe: Probe, now: number): number {
  if (probe.action.kind === 'push') return Number.POSITIVE_INFINITY
  let min = states.length === 0 ? 1 : Number.POSITIVE_INFINITY
  for (const state of states) {
    const results = resultsToChange(state, probe)
    // Results during a hold do not count; the first result after it does.
    const held = isHeld(state, now / 1000, probe) ? state.since + (probe.damping?.hold ?? 0) - now / 1000 : 0
    min = Math.min(min, results - 1 + Math.max(1, held / probe.interval))
  }
  return Math.max(1, Math.floor(min * probe.interval))
}

type Need = CalculatedCondition['need']

/** Evaluates `need`. Drained parts do not count. */
function verdict(need: Need, of: readonly Status[]): 'up' | 'down' {
  const counted = of.filter(({ state }) => state !== 'drained')
  const ups = counted.filter(({ state }) => state === 'up').length
  const up =
    need === 'any' ? ups > 0 : need === 'all' ? ups === counted.length : need === 'none' ? ups === 0 : ups >= need
  return up ? 'up' : 'down'
}

function calculated(need: Need, of: readonly Status[]): Omit<Status, 'real'> {
  const state = of.every((part) => part.state === 'drained') ? 'drained' : verdict(need, of)
  const forced = of.find((part) => part.forced && part.state === state)?.forced
  const weight = of.find((part) => part.weight !== undefined)?.weight
  const { load, offered, limits } = of.find((part) => part.load !== undefined) ?? {}
  const weighed = of.find((part) => part.weighed)?.weighed
  return {
    state,
    validForSeconds: Math.min(...of.map(({ validForSeconds }) => validForSeconds)),
    stale: of.some(({ stale }) => stale),
    ...(forced && { forced }),
    ...(weighed && { weighed }),
    ...(weight !== undefined && { weight }),
    ...(load !== undefined && { load, ...(offered && { offered }), ...(limits && { limits }) }),
  }
}
