import type { TargetState } from './target-state.ts'
import type { Vantage, VantageView } from './vantage.ts'

/** Clocks of different machines differ by less. A time ahead by less than this stays unchanged, and is soon past. */
const SKEW_MS = 60_000

const DAY_MS = 86_400_000

/**
 * Replaces times that are ahead by now: a clock that ran ahead must not hide that a vantage point has become silent.
 * Returns the same object if no time is ahead.
 * @param now milliseconds since the epoch
 * @param reader for the `prober` a probe or a budget ahead of now counts as a day old, so that the target is due and
 *   the budget fills
 */
export function notAhead(vantage: Vantage, now: number, reader: 'prober' | 'other' = 'other'): Vantage {
  const limit = now + SKEW_MS
  const replacement = reader === 'prober' ? now - DAY_MS : now
  const targets = new Map<string, TargetState>()
  for (const [id, state] of vantage.targets) {
    if (isAhead(state, limit / 1000)) targets.set(id, stateNotAhead(state, now / 1000, replacement / 1000))
  }
  const { at, round, budget } = vantage
  const isDocumentAhead = [at, round?.at ?? 0, budget?.at ?? 0].some((time) => time > limit)
  if (!isDocumentAhead && targets.size === 0) return vantage
  return {
    ...vantage,
    ...fieldsNotAhead(vantage, now, replacement),
    targets: targets.size === 0 ? vantage.targets : new Map([...vantage.targets, ...targets]),
  }
}

/** The same for queries: the times of a target are replaced when it is asked for. */
export function viewNotAhead(view: VantageView, now: number): VantageView {
  const limit = now + SKEW_MS
  const get = (id: string): TargetState | undefined => {
    const state = view.targets.get(id)
    return state && isAhead(state, limit / 1000) ? stateNotAhead(state, now / 1000, now / 1000) : state
  }
  return { ...view, ...fieldsNotAhead(view, now, now), targets: { get } }
}

type Fields = Pick<Vantage, 'at' | 'round' | 'budget'>

function fieldsNotAhead({ at, round, budget }: Fields, now: number, replacement: number): Fields {
  const sound = (time: number, instead: number): number => (time > now + SKEW_MS ? instead : time)
  return {
    at: sound(at, now),
    ...(round && { round: { ...round, at: sound(round.at, now) } }),
    ...(budget && { budget: { ...budget, at: sound(budget.at, replacement) } }),
  }
}

const isAhead = ({ at, since, triedAt = 0, flaps }: TargetState, limit: number): boolean =>
  at > limit || since > limit || triedAt > limit || (flaps?.from ?? 0) > limit

/** Replaces the times of one state. Times are in seconds. */
function stateNotAhead(state: TargetState, now: number, probedAt: number): TargetState {
  const { triedAt, flaps } = state
  const probed = (at: number): number => (at > now ? probedAt : at)
  return {
    ...state,
    at: probed(state.at),
    since: Math.min(state.since, Math.floor(now)),
    ...(triedAt !== undefined && { triedAt: probed(triedAt) }),
    ...(flaps && { flaps: { ...flaps, from: Math.min(flaps.from, now) } }),
  }
}
