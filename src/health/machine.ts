import { truncateReason } from './format-vantage.ts'
import { isHeld, type LoadLimits, type TargetState, type Thresholds } from './target-state.ts'

/** The result of a probe. `not-run`: it could not run, and the target is not the reason. */
export type ProbeResult =
  | {
      readonly outcome: 'ok'
      readonly ms: number
      readonly weight?: number
      readonly load?: number
      readonly limits?: LoadLimits
    }
  | { readonly outcome: 'failed'; readonly ms: number; readonly why: string }
  | { readonly outcome: 'not-run'; readonly why: string }

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
  const hasLoad = measured.load !== undefined
  const next = { ...withoutReport(state, hasLoad), ...measured, ...(hasLoad && { loadAt: now }), at: now, why: '' }
  switch (state.state) {
    case 'up':
      return { ...next, count: 0 }
    case 'unknown':
      return { ...next, state: 'up', since: Math.floor(now), count: 0 }
    case 'down':
      if (isHeld(state, now, thresholds)) return { ...next, count: 0 }
      if (state.count + 1 < thresholds.rise) return { ...next, count: state.count + 1 }
      return { ...next, ...cameUp(state), state: 'up', since: Math.floor(now), count: 0 }
  }
}

/** A report without a load ends the one before. The offered load goes on with the next report. */
function withoutReport(state: TargetState, hasLoad: boolean): TargetState {
  const { weight: _weight, load: _load, limits: _limits, loadAt: _loadAt, offered, ...rest } = state
  return hasLoad && offered ? { ...rest, offered } : rest
}

/** A target that was down when it was first known did not go down. */
const cameUp = ({ changes = 0, since }: TargetState): Pick<TargetState, 'changes' | 'fell'> => ({
  changes: changes + 1,
  ...(changes > 0 && { fell: since }),
})

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
      return wentDown({ ...next, changes: (state.changes ?? 0) + 1 }, now, thresholds)
  }
}

function wentDown(state: TargetState, now: number, { damping }: Thresholds): TargetState {
  const { flaps: before, fell: _, ...rest } = state
  const down = { ...rest, state: 'down', since: Math.floor(now), count: 0 } as const
  if (!damping) return down
  const fresh = before && now - before.from <= damping.within
  return { ...down, flaps: fresh ? { count: before.count + 1, from: before.from } : { count: 1, from: now } }
}
