import type { TargetState } from './target-state.ts'
import type { Vantage, VantageView } from './vantage.ts'

/** Clocks of different machines differ by less. A time ahead by less than this stays unchanged, and is soon past. */
export const SKEW_MS = 60_000

/** Does for queries what `notAhead` does: the times of a target are replaced when it is asked for. */
export function viewNotAhead(view: VantageView, now: number): VantageView {
  const limit = now + SKEW_MS
  const get = (id: string): TargetState | undefined => {
    const state = view.targets.get(id)
    return state && isAhead(state, limit / 1000) ? stateNotAhead(state, now / 1000, now / 1000) : state
  }
  return { ...view, ...fieldsNotAhead(view, now, now), targets: { get } }
}

type Fields = Pick<Vantage, 'at' | 'round' | 'budget'>

/** Replaces the times of a document, in milliseconds. */
export function fieldsNotAhead({ at, round, budget }: Fields, now: number, replacement: number): Fields {
  const sound = (time: number, instead: number): number => (time > now + SKEW_MS ? instead : time)
  return {
    at: sound(at, now),
    ...(round && { round: { ...round, at: sound(round.at, now) } }),
    ...(budget && { budget: { ...budget, at: sound(budget.at, replacement) } }),
  }
}

/** Returns true if a time of a state is later than `limit`, in seconds. */
export const isAhead = ({ at, since, triedAt = 0, loadAt = 0, flaps }: TargetState, limit: number): boolean =>
  at > limit || since > limit || triedAt > limit || loadAt > limit || (flaps?.from ?? 0) > limit

/** Replaces the times of one state. Times are in seconds. */
export function stateNotAhead(state: TargetState, now: number, probedAt: number): TargetState {
  const { triedAt, loadAt, flaps } = state
  const probed = (at: number): number => (at > now ? probedAt : at)
  return {
    ...state,
    at: probed(state.at),
    since: Math.min(state.since, Math.floor(now)),
    ...(triedAt !== undefined && { triedAt: probed(triedAt) }),
    ...(loadAt !== undefined && { loadAt: Math.min(loadAt, now) }),
    ...(flaps && { flaps: { ...flaps, from: Math.min(flaps.from, now) } }),
  }
}
