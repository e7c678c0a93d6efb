import { DAY_MS } from '../calendar.ts'
import { fieldsNotAhead, isAhead, SKEW_MS, stateNotAhead } from './not-ahead.ts'
import type { TargetState } from './target-state.ts'
import type { Vantage } from './vantage.ts'

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
