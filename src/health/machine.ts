/** The state of one target at one vantage point. Times are seconds since the epoch; `at` may have a fraction. */
export type TargetState = {
  readonly state: 'up' | 'down' | 'unknown'
  /** The start of the state; 0 while it is unknown. */
  readonly since: number
  /** The time of the last probe that ran; 0 before the first. */
  readonly at: number
  /** The time of the last probe that could not run. It is not stored. */
  readonly triedAt?: number
  /** The duration of the last probe, in milliseconds. */
  readonly ms: number
  /** The number of consecutive results against the state: failures while up or unknown, successes while down. */
  readonly count: number
  /** The reason why the last probe failed or could not run; empty after a success. */
  readonly why: string
  /** The weight and load that the target or the application reports. */
  readonly weight?: number
  readonly load?: number
  /** The number of times that it went down since `from`, for flap damping. */
  readonly flaps?: { readonly count: number; readonly from: number }
  /** Set if a query asked for the check, and no document contains it: such a state expires soon. */
  readonly asked?: true
}

/** The result of a probe. `not-run`: it could not run, and the target is not the reason. */
export type ProbeResult =
  | { readonly outcome: 'ok'; readonly ms: number; readonly weight?: number; readonly load?: number }
  | { readonly outcome: 'failed'; readonly ms: number; readonly why: string }
  | { readonly outcome: 'not-run'; readonly why: string }

export type Thresholds = {
  /** The number of consecutive failures that take a target down. */
  readonly fall: number
  /** The number of consecutive successes that bring a target up. */
  readonly rise: number
  /** The first result alone `decides` (gdnsd), or a first failure only `counts` towards `fall` (PowerDNS). */
  readonly first: 'decides' | 'counts'
  /** A target that goes down `changes` times `within` seconds stays down for `hold` seconds, whatever it answers. */
  readonly damping?: { readonly changes: number; readonly within: number; readonly hold: number } | undefined
}

/** The seconds after which an unchanged state counts as settled. Its change is written before those that flap. */
export const SETTLED_SECONDS = 600

export const UNPROBED: TargetState = { state: 'unknown', since: 0, at: 0, ms: 0, count: 0, why: '' }

/**
 * Returns the state after one more result. Pure.
 * @param now seconds since the epoch
 */
export function nextState(state: TargetState, result: ProbeResult, now: number, thresholds: Thresholds): TargetState {
  switch (result.outcome) {
    case 'not-run': {
      const why = truncateReason(result.why)
      return state.why === why ? state : { ...state, why }
    }
    case 'ok':
      return succeeded(state, result, now, thresholds)
    case 'failed':
      return failed(state, result, now, thresholds)
  }
}

type Ok = Extract<ProbeResult, { outcome: 'ok' }>
type Failed = Extract<ProbeResult, { outcome: 'failed' }>

function succeeded(state: TargetState, result: Ok, now: number, thresholds: Thresholds): TargetState {
  const { outcome: _, ...measured } = result
  const { weight: _weight, load: _load, ...rest } = state
  const next = { ...rest, ...measured, at: now, why: '' }
  switch (state.state) {
    case 'up':
      return { ...next, count: 0 }
    case 'unknown':
      return { ...next, state: 'up', since: Math.floor(now), count: 0 }
    case 'down':
      if (isHeld(state, now, thresholds)) return { ...next, count: 0 }
      if (state.count + 1 < thresholds.rise) return { ...next, count: state.count + 1 }
      return { ...next, state: 'up', since: Math.floor(now), count: 0 }
  }
}

function failed(state: TargetState, { ms, why }: Failed, now: number, thresholds: Thresholds): TargetState {
  const next = { ...state, at: now, ms, why: truncateReason(why) }
  switch (state.state) {
    case 'down':
      return { ...next, count: 0 }
    case 'unknown':
      if (thresholds.first === 'decides' || thresholds.fall === 1) return wentDown(next, now, thresholds)
      return { ...next, state: 'up', since: Math.floor(now), count: 1 }
    case 'up':
      if (state.count + 1 < thresholds.fall) return { ...next, count: state.count + 1 }
      return wentDown(next, now, thresholds)
  }
}

function wentDown(state: TargetState, now: number, { damping }: Thresholds): TargetState {
  const { flaps: before, ...rest } = state
  const down = { ...rest, state: 'down', since: Math.floor(now), count: 0 } as const
  if (!damping) return down
  const fresh = before && now - before.from <= damping.within
  return { ...down, flaps: fresh ? { count: before.count + 1, from: before.from } : { count: 1, from: now } }
}

/** The limit on a reason as JSON: a vantage point stores one for each of thousands of targets. */
const MAX_WHY_OCTETS = 80

/** Truncates a reason as it is stored. In memory it must be the same, or it would count as changed in each round. */
export function truncateReason(why: string): string {
  if (/^[ !#-[\]-~]*$/.test(why) && why.length <= MAX_WHY_OCTETS) return why
  let octets = 0
  let text = ''
  for (const character of why.toWellFormed()) {
    octets += new TextEncoder().encode(JSON.stringify(character)).length - 2
    if (octets > MAX_WHY_OCTETS) break
    text += character
  }
  return text
}

/** Returns true if flap damping keeps a target down. */
export function isHeld(state: TargetState, now: number, { damping }: Thresholds): boolean {
  if (!damping || state.state !== 'down') return false
  return (state.flaps?.count ?? 0) >= damping.changes && now < state.since + damping.hold
}

/**
 * Returns the number of results until the state can change at the earliest, the next one included. gdnsd's dynamic TTL
 * is this many intervals.
 */
export function resultsToChange(state: TargetState, { fall, rise }: Thresholds): number {
  switch (state.state) {
    case 'up':
      return fall - state.count
    case 'down':
      return rise - state.count
    case 'unknown':
      return 1
  }
}
