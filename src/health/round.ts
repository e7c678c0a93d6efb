import { tokensAt } from './budget.ts'
import { type ProbeResult, SETTLED_SECONDS, step, type TargetState, UNPROBED } from './machine.ts'
import type { Probe } from './probe.ts'
import type { Vantage } from './vantage.ts'

/** What a round needs from outside. */
export type RoundOptions = {
  /** All that this vantage point has to probe. */
  readonly probes: readonly Probe[]
  readonly before: Vantage
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** Makes one probe; within its timeout, and without rejecting. */
  readonly probe: (probe: Probe) => Promise<ProbeResult>
  /** Whether there is a connection left for another one; there may be again in the next round. */
  readonly canProbe?: () => boolean
  /** How many at once: the platform lets an invocation have six connections. */
  readonly connections: number
  /** How many in all: the platform counts subrequests. */
  readonly most: number
  /** No probe begins that could end later than so many milliseconds after the round began. */
  readonly deadlineMs: number
  /** How far apart rounds are, in milliseconds: a probe is not put off for being due a little later. */
  readonly everyMs: number
  /**
   * Whether `before` is what the last round left, and not an older copy: a Worker that starts anew knows only what was
   * written. Then what other rounds must have done since is reckoned with.
   */
  readonly continued: boolean
  /** The part of `probes` that queries asked for. Clients choose their targets, so that they come after the others. */
  readonly asked?: AskedShare
  /** Told once, of the first news of a round, with a way to what the round has found so far: others may hang for long. */
  readonly onNews?: (soFar: () => RoundResult) => void
}

/** The share of asked probes in a round. A target that never answers holds up neither the others nor the round. */
export type AskedShare = {
  readonly ids: ReadonlySet<string>
  /** The part of `most` that is theirs, if so many are due; 0: none is due in this round. */
  readonly most: number
  /** None begins later than so many milliseconds after the first of them. */
  readonly ms: number
}

export type RoundResult = {
  readonly after: Vantage
  /** `state`: a target went up or down. `progress`: a count towards that, a reason, a weight, or a part of the round. */
  readonly changed: 'state' | 'progress' | 'nothing'
}

/** Probes what is due, oldest first. What it does not come to is the next round's, oldest first again. */
export async function runRound(options: RoundOptions): Promise<RoundResult> {
  const { before, clock, canProbe = () => true, most, deadlineMs, asked, onNews } = options
  const began = clock()
  const { due, known } = dueProbes(options, began)
  const queue = due.slice(0, Math.max(0, most))
  const targets = new Map<string, TargetState>()
  for (const { id } of options.probes) {
    const state = known.get(id) ?? before.targets.get(id)
    if (state) targets.set(id, marked(state, asked?.ids.has(id)))
  }
  const begun = new Set<string>()
  let probed = 0
  let changed: RoundResult['changed'] = 'nothing'
  let urgent = before.urgent ?? false
  let told = false
  let askedUntil = Number.POSITIVE_INFINITY
  const take = (probe: Probe, result: ProbeResult): void => {
    const isAsked = asked?.ids.has(probe.id) ?? false
    const state = targets.get(probe.id) ?? marked(UNPROBED, isAsked)
    const now = clock() / 1000
    const after = step(state, result, now, probe)
    const ran = result.outcome !== 'not-run'
    // What cannot be made is not the oldest for ever: others would never come to be probed.
    targets.set(probe.id, ran ? after : { ...after, triedAt: now })
    if (ran) probed++
    // The writes that are kept for news are not for what clients choose.
    const news = !isAsked && isNews(state, after, now)
    urgent ||= news
    if (after.state !== state.state) changed = 'state'
    else if (changed === 'nothing' && !isAlike(state, after)) changed = 'progress'
    if (told || after.state === state.state || !news) return
    told = true
    onNews?.(soFar)
  }
  const soFar = (): RoundResult => {
    const round = { at: began, ms: clock() - began, due: due.length, probed, left: due.length - begun.size }
    return { after: { ...before, targets: new Map(targets), round, urgent }, changed }
  }
  const worker = async (): Promise<void> => {
    for (;;) {
      const now = clock()
      const left = deadlineMs - (now - began)
      // One that takes too long for what is left of the round keeps no shorter one waiting.
      const index = queue.findIndex(
        ({ id, timeout }) =>
          (timeout * 1000 <= left || timeout * 1000 > deadlineMs) && (now <= askedUntil || !asked?.ids.has(id)),
      )
      if (index < 0 || !canProbe()) return
      const [probe] = queue.splice(index, 1) as [Probe]
      if (asked?.ids.has(probe.id)) askedUntil = Math.min(askedUntil, now + asked.ms)
      begun.add(probe.id)
      take(probe, probe.timeout * 1000 > deadlineMs ? tooLong(probe, deadlineMs) : await attempt(options.probe, probe))
    }
  }
  await Promise.all(Array.from({ length: options.connections }, worker))
  // A round that starts from the written document has to find there how far this one came with the documents' checks.
  const isAnyLeft = due.some(({ id }) => !asked?.ids.has(id) && !begun.has(id))
  if (isAnyLeft && changed === 'nothing') changed = 'progress'
  return soFar()
}

/** Marks states of what queries asked for, so that other writers of the document know which they are. */
function marked(state: TargetState, isAsked = false): TargetState {
  if (isAsked === (state.asked ?? false)) return state
  const { asked: _, ...rest } = state
  return isAsked ? { ...rest, asked: true } : rest
}

const isAlike = (a: TargetState, b: TargetState): boolean =>
  a.count === b.count && a.why === b.why && a.weight === b.weight

/** Whether a target that was settled changes, or may be about to: that is written before what flaps. */
const isNews = (before: TargetState, after: TargetState, now: number): boolean =>
  now - before.since > SETTLED_SECONDS && (after.state !== before.state || after.count > before.count)

const tooLong = ({ timeout }: Probe, deadlineMs: number): ProbeResult => ({
  outcome: 'not-run',
  why: `a round has ${deadlineMs / 1000} s, and its timeout is ${timeout} s`,
})

/** A fault of our own does not count against the target. */
async function attempt(run: RoundOptions['probe'], probe: Probe): Promise<ProbeResult> {
  try {
    return await run(probe)
  } catch (error) {
    return { outcome: 'not-run', why: String(error) }
  }
}

/** What a round is to probe. */
type Due = {
  /** Oldest first; what was never probed is the oldest. */
  readonly due: readonly Probe[]
  /** Targets that rounds since `before` must have probed, as of then. What they found is not known here. */
  readonly known: ReadonlyMap<string, TargetState>
}

type DueOptions = Omit<RoundOptions, 'probe' | 'clock'>

export function dueProbes(options: DueOptions, now: number): Due {
  const { probes, most, asked } = options
  if (!asked || asked.ids.size === 0) return dueOf(options, now)
  const [theirs, own] = [true, false].map((isAsked) => probes.filter(({ id }) => asked.ids.has(id) === isAsked)) as [
    Probe[],
    Probe[],
  ]
  if (asked.most <= 0) return dueOf({ ...options, probes: own }, now)
  const second = dueOf({ ...options, probes: theirs, most: Math.min(most, asked.most) }, now)
  // The others have the part of the share that is not needed.
  const room = Math.max(0, most - Math.min(asked.most, second.due.length))
  const first = dueOf({ ...options, probes: own, most: room }, now)
  const due = [...first.due.slice(0, room), ...second.due, ...first.due.slice(room)]
  return { due, known: new Map([...first.known, ...second.known]) }
}

/** Returns the probes that are due. */
function dueOf(options: DueOptions, now: number): Due {
  const { probes, before, everyMs, continued } = options
  const found: { readonly probe: Probe; readonly at: number }[] = []
  for (const probe of probes) {
    const at = lastTry(before.targets.get(probe.id))
    if (now >= at + probe.interval * 1000 - Math.min(everyMs, probe.interval * 1000) / 6) found.push({ probe, at })
  }
  found.sort((a, b) => a.at - b.at)
  const due = found.map(({ probe }) => probe)
  return continued ? { due, known: new Map() } : reckoned(due, options, now)
}

/** In milliseconds since the epoch. */
const lastTry = (state: TargetState | undefined): number => Math.max(state?.at ?? 0, state?.triedAt ?? 0) * 1000

/** A vantage point that is at work writes its document more often than that. */
const MAX_SILENCE_MS = 600_000

/**
 * The rounds since `before` was written have each taken their share of the oldest, which it does not show: so this one
 * begins behind them, and takes down that they were. Without that, rounds that start from the same copy would all
 * probe the same targets, and never come to the others.
 */
function reckoned(due: readonly Probe[], options: DueOptions, now: number): Due {
  const { before, everyMs } = options
  const last = before.round && now - before.round.at < MAX_SILENCE_MS ? before.round : undefined
  const rounds = last ? Math.round((now - last.at) / everyMs) - 1 : Math.floor(now / everyMs)
  const known = new Map<string, TargetState>()
  const share = shareFrom(0, due, options)
  if (share >= due.length || rounds <= 0) return { due, known }
  let from = last ? 0 : (rounds * share) % due.length
  for (let round = 0; last && round < rounds; round++) {
    // What a round found is lost where there was no write to be had: it was as good as none.
    if (tokensAt(last.at + (round + 1) * everyMs, before.budget) < 1) continue
    const end = from + shareFrom(from, due, options)
    for (let i = from; i < end; i++) {
      const { id } = due[i % due.length] as Probe
      known.set(id, { ...(before.targets.get(id) ?? UNPROBED), at: (last.at + (round + 1) * everyMs) / 1000 })
    }
    from = end % due.length
  }
  return { due: [...due.slice(from), ...due.slice(0, from)], known }
}

/**
 * How many probes a round from there has made at least. Each connection is busy until a probe could last beyond the
 * deadline; a probe takes as long as it did the last time, and what was never probed its timeout.
 */
function shareFrom(from: number, due: readonly Probe[], options: DueOptions): number {
  const { before, most, connections, deadlineMs } = options
  const longest = due.reduce((max, { timeout }) => Math.max(max, timeout * 1000), 0)
  let left = connections * (deadlineMs - longest)
  let share = 0
  while (share < Math.min(most, due.length)) {
    const { id, timeout } = due[(from + share) % due.length] as Probe
    const state = before.targets.get(id)
    left -= state && state.state !== 'unknown' ? state.ms : timeout * 1000
    if (left < 0) break
    share++
  }
  return Math.max(1, share)
}

/** When the next probe is due, in milliseconds since the epoch. */
export function nextDue(probes: readonly Probe[], { targets }: Vantage): number {
  let least = Number.POSITIVE_INFINITY
  for (const { id, interval } of probes) least = Math.min(least, lastTry(targets.get(id)) + interval * 1000)
  return least
}
