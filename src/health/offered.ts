import { LEAST_KEPT, LOAD_DAMP_SECONDS, LOAD_LAG_SECONDS, LOAD_STEP } from '../limits.ts'
import type { RoundResult } from './round.ts'
import type { Offered, TargetState } from './target-state.ts'
import type { Vantage } from './vantage.ts'

/**
 * The answers' part in the load of a target now: the share of its clients that it keeps, and the load of others'
 * clients.
 */
export type Applied = { readonly kept: number; readonly received: number }

/**
 * Adds the offered loads to the reports of a vantage point. Clients that a target passes on lower the load that it
 * reports, and must not come back for that: an answer uses the load that the target would have without passing any on.
 * Pure: a function of the last document, the reports, and the answers that count.
 * @param applied by the identity of the probe; targets outside of pools that follow loads are not in it
 */
export function withOffered(before: Vantage, after: Vantage, applied: ReadonlyMap<string, Applied>): Vantage {
  if (applied.size === 0) return after
  const targets = new Map(after.targets)
  for (const [id, shares] of applied) {
    const state = targets.get(id)
    if (state?.load === undefined) continue
    targets.set(id, { ...state, offered: nextOffered(before.targets.get(id), state.load, timeOf(state), shares) })
  }
  return { ...after, targets }
}

/** Does the same for a round of probes. */
export function roundWithOffered(
  { after, changed }: RoundResult,
  before: Vantage,
  applied: ReadonlyMap<string, Applied>,
): RoundResult {
  const whole = withOffered(before, after, applied)
  const isNews = changed === 'nothing' && hasLoadNews(before.targets, whole.targets)
  return { after: whole, changed: isNews ? 'progress' : changed }
}

/**
 * Returns the offered load after a report. Clients follow the answers by and by, so that the share that the target has
 * follows the one that answers keep; and while clients move, the offered load follows what is computed of it. Both
 * delays together keep it stable for delays of up to five minutes between an answer and the report of its effect.
 * @param now the time of the report, in seconds
 */
export function nextOffered(
  before: TargetState | undefined,
  load: number,
  now: number,
  { kept, received }: Applied,
): Offered {
  const known = before?.offered
  const last = before && timeOf(before)
  // The same report was told again.
  if (known && last === now && before.load === load) return known
  // Before the first report no clients were passed on.
  const seconds = before?.load !== undefined && last !== undefined ? Math.max(0, now - last) : Number.POSITIVE_INFINITY
  const has = toward(known?.kept ?? 1, kept, seconds, LOAD_LAG_SECONDS)
  const got = toward(known?.received ?? 0, received, seconds, LOAD_LAG_SECONDS)
  const own = Math.max(0, load - got) / Math.max(LEAST_KEPT, has)
  const hasOthers = got > NEARLY * load
  const isNatural = has > 1 - NEARLY && !hasOthers
  const damped = known && !isNatural ? toward(known.load, own, seconds, LOAD_DAMP_SECONDS) : own
  // A load without clients of others is no more than what is offered.
  return { load: hasOthers ? damped : Math.max(damped, load), kept: has, received: got }
}

/** A share that is so near to all, or to none, counts as that. */
const NEARLY = 0.001

/** Returns a value that has approached another one for some seconds. */
const toward = (from: number, to: number, seconds: number, pace: number): number =>
  from + (to - from) * (1 - Math.exp(-seconds / pace))

const timeOf = ({ at, loadAt = at }: TargetState): number => loadAt

/** Returns true if a target reports a load that is worth a write before the next heartbeat. */
export function hasLoadNews(
  written: ReadonlyMap<string, TargetState>,
  targets: ReadonlyMap<string, TargetState>,
): boolean {
  for (const [id, state] of targets) if (isLoadNews(written.get(id), state)) return true
  return false
}

function isLoadNews(written: TargetState | undefined, state: TargetState): boolean {
  const [before, now] = [written, state].map((one) => one?.offered?.load ?? one?.load)
  if (before === undefined || now === undefined) return before !== now
  const areLimits = (['target', 'capacity'] as const).every(
    (limit) => written?.limits?.[limit] === state.limits?.[limit],
  )
  return !areLimits || Math.abs(now - before) > LOAD_STEP * Math.max(now, before)
}
