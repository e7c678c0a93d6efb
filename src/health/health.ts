import { HEARTBEAT_SECONDS } from '../limits.ts'
import type { Quorum } from './check-fields.ts'
import type { CalculatedCondition, Condition, ProbeCondition, StalePolicy } from './condition.ts'
import type { Hold } from './guard.ts'
import type { Forced, LiveOverride, Subject } from './overrides.ts'
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
  /** Set if the zone's guard holds a target up that is measured as down, and no override says otherwise. */
  readonly held?: Hold | undefined
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

/** The fields of a probe by which its reports are found. */
export type Witnessed = Pick<Probe, 'id' | 'from'> & { readonly action: Pick<Probe['action'], 'kind'> }

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
    for (const override of overrides) this.changesBy(override.at(now).changesAt)
  }

  /** The time when a state or override that was read so far expires, in milliseconds since the epoch. */
  get until(): number {
    return this.changesAt
  }

  /** Takes note that something changes at a time. */
  changesBy(at: number): void {
    this.changesAt = Math.min(this.changesAt, at)
  }

  /** True if the zone's guard has a say in states. */
  get isGuarded(): boolean {
    return false
  }

  /** Returns the end of the hold of the zone's guard in which a target went down last, in seconds since the epoch. */
  heldUntil(_: ProbeCondition): number | undefined {
    return undefined
  }

  status(condition: Condition): Status {
    const status = this.measured(condition, true)
    if (condition.kind === 'every') return status
    return this.withOverride(status, condition)
  }

  /** Returns the override of the state of a check, a pool, or a datacenter of a pool: the last one that counts. */
  forced(subject: Subject): Forced | undefined {
    return forcedIn(this.naming(subject), this.now)
  }

  /** Returns the override of the weight of a check or a datacenter. */
  weighed(subject: Subject): LiveOverride | undefined {
    return weighedIn(this.naming(subject), this.now)
  }

  /** Returns the overrides that name a subject, in their order. */
  naming(subject: Subject): readonly LiveOverride[] {
    return this.overrides[0]?.among(this.overrides, subject) ?? this.overrides
  }

  /** Returns the seconds until an override of a subject begins or ends. */
  overrideSeconds(subject: Subject): number {
    return secondsIn(this.naming(subject), this.now)
  }

  /** Returns the report of each vantage point that has probed the target. */
  witnesses(probe: Witnessed, { after }: StalePolicy): Witness[] {
    const witnesses: Witness[] = []
    for (const { name, at, targets } of this.vantages) {
      if (probe.from && !probe.from.includes(name)) continue
      const state = targets.get(probe.id)
      if (!state) continue
      // A vantage point confirms all of its targets at once; applications confirm each target separately.
      const confirmedAt = probe.action.kind === 'push' ? state.at * 1000 : at
      const silentFrom = confirmedAt + after * 1000
      const silent = this.now >= silentFrom
      if (!silent) this.changesBy(silentFrom)
      witnesses.push({ vantage: name, state, silent })
    }
    return witnesses
  }

  /** @param isEffective true if guard and overrides of parts count in `state`; they never count in `real` */
  private measured(condition: Condition, isEffective: boolean): Status {
    if (condition.kind === 'probe') {
      const status = this.probed(condition)
      return isEffective ? this.effective(condition, status) : status
    }
    const { need } = condition.kind === 'every' ? ({ need: 'all' } as const) : condition
    const measured = condition.of.map((part) => this.measured(part, false))
    const real = measured.every((part) => part.real === 'unknown') ? 'unknown' : verdict(need, measured)
    const isSame = !isEffective || (this.overrides.length === 0 && !this.isGuarded)
    const of = isSame ? measured : condition.of.map((part) => this.status(part))
    return { ...calculated(need, of), real }
  }

  /** Returns what the guard makes of a measured state. */
  protected effective(_: ProbeCondition, status: Status): Status {
    return status
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
      ...(!isStale && this.loadOf(latest, lastingOf(probe, stale))),
    }
  }

  /** @param lasting the seconds for which a report counts */
  private loadOf({ at, load, loadAt = at, offered, limits }: TargetState, lasting: number): LoadReport | undefined {
    const staleAt = (loadAt + lasting) * 1000
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
    const naming = this.naming(subject)
    if (naming.length === 0) return status
    const forced = forcedIn(naming, this.now)
    const weighed = weighedIn(naming, this.now)
    const seconds = secondsIn(naming, this.now)
    return {
      ...status,
      ...(forced && { state: forced.force, forced, held: undefined }),
      ...(weighed && { weighed }),
      // Only overrides can change a forced state.
      validForSeconds: forced ? seconds : Math.min(seconds, status.validForSeconds),
    }
  }
}

const forcedIn = (naming: readonly LiveOverride[], now: number) =>
  naming.findLast((one) => one.force !== 'weight' && one.force !== 'resume' && one.at(now).isActive) as
    | Forced
    | undefined

const weighedIn = (naming: readonly LiveOverride[], now: number): LiveOverride | undefined =>
  naming.findLast((one) => one.force === 'weight' && one.at(now).isActive)

const secondsIn = (naming: readonly LiveOverride[], now: number): number =>
  naming.reduce((min, one) => Math.min(min, Math.max(0, Math.floor((one.at(now).changesAt - now) / 1000))), NEVER)

const NEVER = Number.POSITIVE_INFINITY

/** Health without any report or override. */
export const NO_HEALTH = new Health([], [], 0)

const hasResult = ({ state }: Witness): boolean => state.state !== 'unknown'

/** Returns the number of up votes that make a target up. Half is a majority, so that a tie takes no target out. */
export function neededVotes(quorum: Quorum, votes: number): number {
  if (quorum === 'any') return 1
  if (quorum === 'all') return votes
  return quorum === 'majority' ? Math.ceil(votes / 2) : Math.min(quorum, votes)
}

/** Returns the seconds for which a load counts: at a long interval until the probe after the next one can be in KV. */
const lastingOf = ({ action, interval }: Probe, { after }: StalePolicy): number =>
  action.kind === 'push' ? after : Math.max(after, 2 * interval + HEARTBEAT_SECONDS)

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
  const held = of.find((part) => part.held)?.held
  return {
    state,
    validForSeconds: Math.min(...of.map(({ validForSeconds }) => validForSeconds)),
    stale: of.some(({ stale }) => stale),
    ...(forced && { forced }),
    ...(held && { held }),
    ...(weighed && { weighed }),
    ...(weight !== undefined && { weight }),
    ...(load !== undefined && { load, ...(offered && { offered }), ...(limits && { limits }) }),
  }
}
