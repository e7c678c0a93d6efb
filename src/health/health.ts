import type { Quorum } from './check.ts'
import type { CalculatedCondition, Condition, ProbeCondition, StalePolicy } from './condition.ts'
import { isHeld, resultsToChange, type TargetState } from './machine.ts'
import { findOverride, type Override, type Subject } from './overrides.ts'
import { type Platform, unrunnableByItsOwn } from './platform.ts'
import type { Probe } from './probe.ts'
import type { Vantage } from './vantage.ts'

/** What an answer goes by, and how it came about. */
export type Status = {
  readonly state: 'up' | 'down' | 'drained'
  /** What was measured, whatever is forced. */
  readonly real: 'up' | 'down' | 'unknown'
  readonly forced?: Override
  /** Whether nobody has confirmed it for longer than the zone allows. */
  readonly stale: boolean
  /** Seconds until the state can change at the earliest; Infinity where nothing changes it. */
  readonly holds: number
  readonly weight?: number
  readonly load?: number
}

/** What one vantage point says of a target, and whether it counts. */
type Witness = { readonly vantage: string; readonly state: TargetState; readonly silent: boolean }

/**
 * All that is known of the health of targets at one moment: what the vantage points say, and what people force.
 * Immutable but for its memo. It holds until `until`; then it has to be made anew from the same documents.
 */
export class Health {
  readonly vantages: readonly Vantage[]
  readonly overrides: readonly Override[]
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly platform: Platform
  /** What others computed from this health, by what they computed it for. */
  readonly memo = new WeakMap<object, unknown>()
  private changesAt = Number.POSITIVE_INFINITY

  /** @param platform where the Worker runs, and so which targets it cannot probe */
  constructor(vantages: readonly Vantage[], overrides: readonly Override[], now: number, platform: Platform = 'agent') {
    this.platform = platform
    this.vantages = vantages
    this.overrides = overrides
    this.now = now
    for (const { until } of overrides)
      if (until !== undefined && until > now) this.changesAt = Math.min(this.changesAt, until)
  }

  /** When something expires that was looked at, in milliseconds since the epoch. */
  get until(): number {
    return this.changesAt
  }

  status(condition: Condition): Status {
    const status = this.measured(condition, true)
    if (condition.kind === 'every') return status
    return this.withOverride(status, condition)
  }

  /** What is forced upon a pool, or a datacenter of one. */
  forced(subject: Subject): Override | undefined {
    return this.overrides.length === 0 ? undefined : findOverride(this.overrides, subject, this.now)
  }

  /** What each vantage point that has probed it says. */
  witnesses(probe: Probe, { after }: StalePolicy): Witness[] {
    const witnesses: Witness[] = []
    for (const { name, at, targets } of this.vantages) {
      const state = targets.get(probe.id)
      if (!state || (probe.from && !probe.from.includes(name))) continue
      // A vantage point speaks for all that it probes; applications report each for itself.
      const saidAt = probe.action.kind === 'push' ? state.at * 1000 : at
      const silentFrom = saidAt + after * 1000
      const silent = this.now >= silentFrom
      if (!silent) this.changesAt = Math.min(this.changesAt, silentFrom)
      witnesses.push({ vantage: name, state, silent })
    }
    return witnesses
  }

  /** @param forces whether what is forced upon parts counts: what was measured is what would be without */
  private measured(condition: Condition, forces: boolean): Status {
    if (condition.kind === 'probe') return this.probed(condition)
    const { need } = condition.kind === 'every' ? ({ need: 'all' } as const) : condition
    const bare = condition.of.map((part) => this.measured(part, false))
    const real = bare.every((part) => part.real === 'unknown') ? 'unknown' : verdict(need, bare)
    const of = forces && this.overrides.length > 0 ? condition.of.map((part) => this.status(part)) : bare
    return { ...calculated(need, of), real }
  }

  private probed({ probe, initially, stale }: ProbeCondition): Status {
    const all = this.witnesses(probe, stale)
    const fresh = all.filter((witness) => !witness.silent)
    // A vantage point that could not probe it confirms nothing.
    const isStale = !fresh.some(knows) && all.some(knows)
    if (isStale && stale.policy === 'up')
      return { state: 'up', real: 'unknown', stale: true, holds: holdsUnknown(probe) }
    const states = (isStale ? all : fresh).map((witness) => witness.state)
    const known = states.filter(({ state }) => state !== 'unknown')
    const holds = isStale ? holdsUnknown(probe) : holdsFor(states, probe, this.now)
    if (known.length === 0) return { state: this.unknown(probe, initially), real: 'unknown', stale: isStale, holds }
    const ups = known.filter(({ state }) => state === 'up').length
    const real = ups >= needed(probe.quorum, known.length) ? 'up' : 'down'
    const latest = known.reduce((a, b) => (b.at > a.at ? b : a))
    const { weight, load } = latest
    return {
      ...{ state: real, real, stale: isStale, holds },
      ...(weight !== undefined && { weight }),
      ...(load !== undefined && { load }),
    }
  }

  /** That nobody can probe it here tells nothing against a target, whatever its check says of the time before a result. */
  private unknown(probe: Probe, initially: 'up' | 'down'): 'up' | 'down' {
    return unrunnableByItsOwn(probe, this.platform) === undefined ? initially : 'up'
  }

  private withOverride(status: Status, subject: Subject): Status {
    const forced = this.forced(subject)
    if (!forced) return status
    return { ...status, state: forced.force, forced, holds: this.holdsUntil(forced) }
  }

  /** A forced state has no say in the TTL, but for its end. */
  holdsUntil({ until }: Override): number {
    return until === undefined ? Number.POSITIVE_INFINITY : Math.max(0, Math.floor((until - this.now) / 1000))
  }
}

/** Nothing is known, and nothing forced. */
export const NO_HEALTH = new Health([], [], 0)

const knows = ({ state }: Witness): boolean => state.state !== 'unknown'

/** Up votes that make up: half is a majority, so that a tie takes nothing out. */
function needed(quorum: Quorum, known: number): number {
  if (quorum === 'any') return 1
  if (quorum === 'all') return known
  return quorum === 'majority' ? Math.ceil(known / 2) : Math.min(quorum, known)
}

/** Who has been silent may probe again at any time, and who pushes does so without being asked. */
const holdsUnknown = ({ action, interval }: Probe): number =>
  action.kind === 'push' ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(interval))

/** gdnsd's rule: as many intervals as it takes results to change any of the states. A target that nobody probed: one. */
function holdsFor(states: readonly TargetState[], probe: Probe, now: number): number {
  if (probe.action.kind === 'push') return Number.POSITIVE_INFINITY
  let least = states.length === 0 ? 1 : Number.POSITIVE_INFINITY
  for (const state of states) {
    const results = resultsToChange(state, probe)
    // What comes in while it is held does not count; the first result after that does.
    const held = isHeld(state, now / 1000, probe) ? state.since + (probe.damping?.hold ?? 0) - now / 1000 : 0
    least = Math.min(least, results - 1 + Math.max(1, held / probe.interval))
  }
  return Math.max(1, Math.floor(least * probe.interval))
}

type Need = CalculatedCondition['need']

/** Parts that are drained take no part. */
function verdict(need: Need, of: readonly Status[]): 'up' | 'down' {
  const parts = of.filter(({ state }) => state !== 'drained')
  const ups = parts.filter(({ state }) => state === 'up').length
  const up =
    need === 'any' ? ups > 0 : need === 'all' ? ups === parts.length : need === 'none' ? ups === 0 : ups >= need
  return up ? 'up' : 'down'
}

function calculated(need: Need, of: readonly Status[]): Omit<Status, 'real'> {
  const state = of.every((part) => part.state === 'drained') ? 'drained' : verdict(need, of)
  const forced = of.find((part) => part.forced && part.state === state)?.forced
  const weight = of.find((part) => part.weight !== undefined)?.weight
  const load = of.find((part) => part.load !== undefined)?.load
  return {
    ...{ state, holds: Math.min(...of.map(({ holds }) => holds)), stale: of.some(({ stale }) => stale) },
    ...(forced && { forced }),
    ...(weight !== undefined && { weight }),
    ...(load !== undefined && { load }),
  }
}
