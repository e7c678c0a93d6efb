import type { TargetState } from './machine.ts'
import type { Vantage } from './vantage.ts'

/** Clocks of different machines differ by so much: such times are left as they are, and are over in a moment. */
const SKEW_MS = 10_000

const DAY_MS = 86_400_000

/**
 * Takes times that are ahead for now: a clock that ran ahead must not hide for a day that nobody looks any more.
 * Returns the same object where there are none.
 * @param now milliseconds since the epoch
 * @param reader `prober`: a probe that was made ahead of now counts as a day old, so that the target is due
 */
export function notAhead(vantage: Vantage, now: number, reader: 'prober' | 'other' = 'other'): Vantage {
  const limit = now + SKEW_MS
  const probedAt = (reader === 'prober' ? now - DAY_MS : now) / 1000
  const { at, round, budget } = vantage
  const targets = new Map<string, TargetState>()
  for (const [id, state] of vantage.targets) {
    if (isAhead(state, limit / 1000)) targets.set(id, stateNotAhead(state, now / 1000, probedAt))
  }
  const isDocumentAhead = [at, round?.at ?? 0, budget?.at ?? 0].some((time) => time > limit)
  if (!isDocumentAhead && targets.size === 0) return vantage
  return {
    ...vantage,
    at: Math.min(at, now),
    ...(round && { round: { ...round, at: Math.min(round.at, now) } }),
    ...(budget && { budget: { ...budget, at: Math.min(budget.at, now) } }),
    targets: targets.size === 0 ? vantage.targets : new Map([...vantage.targets, ...targets]),
  }
}

const isAhead = ({ at, since, triedAt = 0, flaps }: TargetState, limit: number): boolean =>
  at > limit || since > limit || triedAt > limit || (flaps?.from ?? 0) > limit

/** Times in seconds. */
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
