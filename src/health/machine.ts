/** What one vantage point makes of one target. Times are seconds since the epoch; `at` may have a fraction. */
export type TargetState = {
  readonly state: 'up' | 'down' | 'unknown'
  /** When the state began; 0 while it is unknown. */
  readonly since: number
  /** The last probe that ran; 0 before the first. */
  readonly at: number
  /** The last probe that could not be made; not written down. */
  readonly triedAt?: number
  /** How long the last probe took, in milliseconds. */
  readonly ms: number
  /** Results in a row that speak against the state: failures while up or unknown, successes while down. */
  readonly count: number
  /** Why the last probe failed, or why none could be made; empty after a success. */
  readonly why: string
  /** What the target, or the application, says of itself: its share, and its load. */
  readonly weight?: number
  readonly load?: number
  /** How often it went down since `from`, for flap damping. */
  readonly flaps?: { readonly count: number; readonly from: number }
  /** Set where no document has the check, and a query asked for it: such a state is not kept for long. */
  readonly asked?: true
}

/** What a probe found. `not-run`: it could not be made, by no fault of the target. */
export type ProbeResult =
  | { readonly outcome: 'ok'; readonly ms: number; readonly weight?: number; readonly load?: number }
  | { readonly outcome: 'failed'; readonly ms: number; readonly why: string }
  | { readonly outcome: 'not-run'; readonly why: string }

export type Thresholds = {
  /** Failures in a row that take an up target down. */
  readonly fall: number
  /** Successes in a row that bring a down target up. */
  readonly rise: number
  /** Whether the first result alone decides (gdnsd), or a first failure counts towards `fall` (PowerDNS). */
  readonly first: 'decides' | 'counts'
  /** A target that went down `changes` times `within` seconds stays down for `hold` seconds, whatever it answers. */
  readonly damping?: { readonly changes: number; readonly within: number; readonly hold: number } | undefined
}

/** What was as it is for so long does not flap: a change is written before what does. */
export const SETTLED_SECONDS = 600

export const UNPROBED: TargetState = { state: 'unknown', since: 0, at: 0, ms: 0, count: 0, why: '' }

/**
 * The state after one more result. Pure.
 * @param now seconds since the epoch
 */
export function step(state: TargetState, result: ProbeResult, now: number, thresholds: Thresholds): TargetState {
  switch (result.outcome) {
    case 'not-run': {
      const why = brief(result.why)
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
  const { weight: _weight, load: _load, ...kept } = state
  const next = { ...kept, ...measured, at: now, why: '' }
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
  const next = { ...state, at: now, ms, why: brief(why) }
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

/** Octets of a reason, as JSON: a vantage point keeps one for each of thousands of targets. */
const MAX_WHY_OCTETS = 80

/** A reason as it is kept: what is remembered has to equal what is written, or it would be written again and again. */
export function brief(why: string): string {
  if (/^[ !#-[\]-~]*$/.test(why) && why.length <= MAX_WHY_OCTETS) return why
  let octets = 0
  let kept = ''
  for (const character of why.toWellFormed()) {
    octets += new TextEncoder().encode(JSON.stringify(character)).length - 2
    if (octets > MAX_WHY_OCTETS) break
    kept += character
  }
  return kept
}

/** Whether flap damping keeps a down target from coming up. */
export function isHeld(state: TargetState, now: number, { damping }: Thresholds): boolean {
  if (!damping || state.state !== 'down') return false
  return (state.flaps?.count ?? 0) >= damping.changes && now < state.since + damping.hold
}

/**
 * Results until the state can change at the earliest, the next one included: gdnsd's dynamic TTL is this many
 * intervals.
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
