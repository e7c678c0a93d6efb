import { tokensAt } from './budget.ts'
import { nextState, type ProbeResult, SETTLED_SECONDS, UNPROBED } from './machine.ts'
import type { Probe } from './probe.ts'
import type { TargetState } from './target-state.ts'
import type { Vantage } from './vantage.ts'

/** The inputs of a round. */
export type RoundOptions = {
  /** All probes of this vantage point. */
  readonly probes: readonly Probe[]
  readonly before: Vantage
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** Makes one probe, within its timeout. It never rejects. */
  readonly probe: (probe: Probe) => Promise<ProbeResult>
  /** Returns false if no connection is left for another probe in this round. */
  readonly canProbe?: () => boolean
  /** The number of probes at once: the platform allows an invocation six connections. */
  readonly connections: number
  /** The number of probes in all: the platform limits subrequests. */
  readonly maxProbes: number
  /** No probe starts that could end later than so many milliseconds after the start of the round. */
  readonly deadlineMs: number
  /** The interval of rounds in milliseconds. A probe that is due slightly later runs in this round. */
  readonly everyMs: number
  /**
   * True if `before` is the result of the last round, false if it is an older copy: a Worker that has just started has
   * only the written document. Then the round estimates what the rounds in between have probed.
   */
  readonly continued: boolean
  /** The probes that queries asked for. Clients choose their targets, so that these come after the others. */
  readonly asked?: AskedShare
  /** Called once, at the first urgent change, with a function for the results so far: other probes may hang. */
  readonly onNews?: (soFar: () => RoundResult) => void
}

/** The share of asked probes in a round. A target that never answers delays neither the others nor the round. */
export type AskedShare = {
  readonly ids: ReadonlySet<string>
  /** The part of the round's `maxProbes` for asked probes, if so many are due; with 0 none runs in this round. */
  readonly maxProbes: number
  /** No asked probe starts later than so many milliseconds after the first. */
  readonly ms: number
}

export type RoundResult = {
  readonly after: Vantage
  /** `state`: a target went up or down. `progress`: a counter, reason or weight changed, or probes are left. */
  readonly changed: 'state' | 'progress' | 'nothing'
}

/** Makes the due probes, oldest first. Probes that do not fit wait for the next round. */
export const runRound = (options: RoundOptions): Promise<RoundResult> => new Round(options).run()

/** A round under way. */
class Round {
  private readonly options: RoundOptions
  private readonly startedAt: number
  private readonly due: readonly Probe[]
  /** The probes that are still to start. */
  private readonly queue: Probe[]
  private readonly targets = new Map<string, TargetState>()
  private readonly started = new Set<string>()
  private probed = 0
  private changed: RoundResult['changed'] = 'nothing'
  private urgent: boolean
  private reported = false
  /** No asked probe starts later, in milliseconds since the epoch. */
  private askedUntil = Number.POSITIVE_INFINITY

  constructor(options: RoundOptions) {
    const { before, clock, maxProbes } = options
    this.options = options
    this.startedAt = clock()
    this.urgent = before.urgent ?? false
    const { due, estimated } = dueProbes(options, this.startedAt)
    this.due = due
    this.queue = due.slice(0, Math.max(0, maxProbes))
    for (const { id } of options.probes) {
      const state = estimated.get(id) ?? before.targets.get(id)
      if (state) this.targets.set(id, withAskedMark(state, this.isAsked(id)))
    }
  }

  async run(): Promise<RoundResult> {
    await Promise.all(Array.from({ length: this.options.connections }, () => this.work()))
    // The written document must show how far this round came, for a next round that starts from it.
    const isAnyLeft = this.due.some(({ id }) => !this.isAsked(id) && !this.started.has(id))
    if (isAnyLeft && this.changed === 'nothing') this.changed = 'progress'
    return this.soFar()
  }

  /** Makes one probe after the other, over one connection. */
  private async work(): Promise<void> {
    const { clock, deadlineMs, asked, canProbe = () => true } = this.options
    for (;;) {
      const now = clock()
      const index = this.nextAt(now)
      if (index < 0 || !canProbe()) return
      const [probe] = this.queue.splice(index, 1) as [Probe]
      if (asked && this.isAsked(probe.id)) this.askedUntil = Math.min(this.askedUntil, now + asked.ms)
      this.started.add(probe.id)
      const isTooLong = probe.timeout * 1000 > deadlineMs
      this.record(probe, isTooLong ? tooLong(probe, deadlineMs) : await attempt(this.options.probe, probe))
    }
  }

  /** Returns the index of the next probe in the queue; -1 if none may start any more. */
  private nextAt(now: number): number {
    const { deadlineMs } = this.options
    const left = deadlineMs - (now - this.startedAt)
    // A probe whose timeout is too long for the rest of the round does not delay a shorter one.
    return this.queue.findIndex(
      ({ id, timeout }) =>
        (timeout * 1000 <= left || timeout * 1000 > deadlineMs) && (now <= this.askedUntil || !this.isAsked(id)),
    )
  }

  private record(probe: Probe, result: ProbeResult): void {
    const isAsked = this.isAsked(probe.id)
    const state = this.targets.get(probe.id) ?? withAskedMark(UNPROBED, isAsked)
    const now = this.options.clock() / 1000
    const after = nextState(state, result, now, probe)
    const ran = result.outcome !== 'not-run'
    // A probe that cannot run must not stay the oldest: others would never run.
    this.targets.set(probe.id, ran ? after : { ...after, triedAt: now })
    if (ran) this.probed++
    // The reserve of writes is not for targets that clients choose.
    const isNews = !isAsked && isUrgent(state, after, now)
    this.urgent ||= isNews
    if (after.state !== state.state) this.changed = 'state'
    else if (this.changed === 'nothing' && !sameCounters(state, after)) this.changed = 'progress'
    if (this.reported || after.state === state.state || !isNews) return
    this.reported = true
    this.options.onNews?.(() => this.soFar())
  }

  private isAsked(id: string): boolean {
    return this.options.asked?.ids.has(id) ?? false
  }

  private soFar(): RoundResult {
    const { due, started, startedAt, probed, urgent, changed } = this
    const { before, clock } = this.options
    const left = due.length - started.size
    const round = { at: startedAt, ms: clock() - startedAt, due: due.length, probed, left }
    return { after: { ...before, targets: new Map(this.targets), round, urgent }, changed }
  }
}

/** Marks the states of asked probes, so that other writers of the document recognise them. */
function withAskedMark(state: TargetState, isAsked: boolean): TargetState {
  if (isAsked === (state.asked ?? false)) return state
  const { asked: _, ...rest } = state
  return isAsked ? { ...rest, asked: true } : rest
}

const sameCounters = (a: TargetState, b: TargetState): boolean =>
  a.count === b.count && a.why === b.why && a.weight === b.weight

/** Returns true if a settled target changes or may be about to: such changes are written before those that flap. */
const isUrgent = (before: TargetState, after: TargetState, now: number): boolean =>
  now - before.since > SETTLED_SECONDS && (after.state !== before.state || after.count > before.count)

const tooLong = ({ timeout }: Probe, deadlineMs: number): ProbeResult => ({
  outcome: 'not-run',
  why: `a round has ${deadlineMs / 1000} s, and its timeout is ${timeout} s`,
})

/** An internal error does not count against the target. */
async function attempt(run: RoundOptions['probe'], probe: Probe): Promise<ProbeResult> {
  try {
    return await run(probe)
  } catch (error) {
    return { outcome: 'not-run', why: String(error) }
  }
}

/** The probes of a round. */
type Due = {
  /** Due probes, oldest first. A target without a result is the oldest. */
  readonly due: readonly Probe[]
  /** States with the estimated time of a probe by rounds since `before`. The results of those rounds are unknown. */
  readonly estimated: ReadonlyMap<string, TargetState>
}

type DueOptions = Omit<RoundOptions, 'probe' | 'clock'>

export function dueProbes(options: DueOptions, now: number): Due {
  const { probes, maxProbes, asked } = options
  if (!asked || asked.ids.size === 0) return dueOf(options, now)
  const askedProbes = probes.filter(({ id }) => asked.ids.has(id))
  const zoneProbes = probes.filter(({ id }) => !asked.ids.has(id))
  if (asked.maxProbes <= 0) return dueOf({ ...options, probes: zoneProbes }, now)
  const second = dueOf({ ...options, probes: askedProbes, maxProbes: Math.min(maxProbes, asked.maxProbes) }, now)
  // Probes of zone documents may use what asked probes leave of their share.
  const room = Math.max(0, maxProbes - Math.min(asked.maxProbes, second.due.length))
  const first = dueOf({ ...options, probes: zoneProbes, maxProbes: room }, now)
  const due = [...first.due.slice(0, room), ...second.due, ...first.due.slice(room)]
  return { due, estimated: new Map([...first.estimated, ...second.estimated]) }
}

function dueOf(options: DueOptions, now: number): Due {
  const { probes, before, everyMs, continued } = options
  const found: { readonly probe: Probe; readonly at: number }[] = []
  for (const probe of probes) {
    const at = lastTry(before.targets.get(probe.id))
    if (now >= at + probe.interval * 1000 - Math.min(everyMs, probe.interval * 1000) / 6) found.push({ probe, at })
  }
  found.sort((a, b) => a.at - b.at)
  const due = found.map(({ probe }) => probe)
  return continued ? { due, estimated: new Map() } : estimateSkippedRounds(due, options, now)
}

/** Returns the time of the last attempt, in milliseconds since the epoch. */
const lastTry = (state: TargetState | undefined): number => Math.max(state?.at ?? 0, state?.triedAt ?? 0) * 1000

/** The longest silence of a vantage point that is at work: it writes its document more often. */
const MAX_SILENCE_MS = 600_000

/**
 * Estimates which of the oldest probes the rounds since `before` have made, marks those targets as probed, and starts
 * this round after them. Otherwise rounds that start from the same copy would all probe the same targets, and never
 * reach the others.
 */
function estimateSkippedRounds(due: readonly Probe[], options: DueOptions, now: number): Due {
  const { before, everyMs } = options
  const last = before.round && now - before.round.at < MAX_SILENCE_MS ? before.round : undefined
  const rounds = last ? Math.round((now - last.at) / everyMs) - 1 : Math.floor(now / everyMs)
  const estimated = new Map<string, TargetState>()
  const share = shareFrom(0, due, options)
  if (share >= due.length || rounds <= 0) return { due, estimated }
  let from = last ? 0 : (rounds * share) % due.length
  for (let round = 0; last && round < rounds; round++) {
    // A round without a write left no results: it does not count.
    if (tokensAt(last.at + (round + 1) * everyMs, before.budget) < 1) continue
    const end = from + shareFrom(from, due, options)
    for (let i = from; i < end; i++) {
      const { id } = due[i % due.length] as Probe
      estimated.set(id, { ...(before.targets.get(id) ?? UNPROBED), at: (last.at + (round + 1) * everyMs) / 1000 })
    }
    from = end % due.length
  }
  return { due: [...due.slice(from), ...due.slice(0, from)], estimated }
}

/**
 * Estimates the minimum number of probes in a round that starts at index `from`. It assumes that each connection works
 * until the longest probe would pass the deadline, that a probe takes as long as the last time, and a first probe takes
 * its timeout.
 */
function shareFrom(from: number, due: readonly Probe[], options: DueOptions): number {
  const { before, maxProbes, connections, deadlineMs } = options
  const longest = due.reduce((max, { timeout }) => Math.max(max, timeout * 1000), 0)
  let left = connections * (deadlineMs - longest)
  let share = 0
  while (share < Math.min(maxProbes, due.length)) {
    const { id, timeout } = due[(from + share) % due.length] as Probe
    const state = before.targets.get(id)
    left -= state && state.state !== 'unknown' ? state.ms : timeout * 1000
    if (left < 0) break
    share++
  }
  return Math.max(1, share)
}

/** Returns the time when the next probe is due, in milliseconds since the epoch. */
export function nextDue(probes: readonly Probe[], { targets }: Vantage): number {
  let next = Number.POSITIVE_INFINITY
  for (const { id, interval } of probes) next = Math.min(next, lastTry(targets.get(id)) + interval * 1000)
  return next
}
