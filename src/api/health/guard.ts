import { confirmedAt } from '../../explain/index.ts'
import {
  type Guards,
  guardedIn,
  type Health,
  type LiveOverride,
  overrideText,
  type PoolShape,
} from '../../health/index.ts'
import { MAX_GUARDED_MOMENTS } from '../../limits.ts'
import { poolReports } from '../../policy/index.ts'

/**
 * Returns the names of the pools that have members which are up with the overrides as they are, and none with those
 * that are to be written: at the moments at which new overrides begin to count, with the states that are measured now.
 * A state that the guard of a zone holds then is as it holds it.
 */
export function emptiedPools(
  pools: ReadonlyMap<string, readonly PoolShape[]>,
  guards: Guards,
  health: Health,
  before: readonly LiveOverride[],
  after: readonly LiveOverride[],
): readonly string[] {
  const stateOf = (then: Health): ReadonlyMap<string, boolean> => {
    const states = [...pools].flatMap(([zone, shapes]) => poolReports(shapes, guardedIn(zone, guards, then)))
    return new Map(states.map(({ pool, isUp }) => [pool, isUp]))
  }
  const emptied = new Set<string>()
  for (const at of momentsOf(before, after, health.now)) {
    const was = stateOf(confirmedAt(health, at, before))
    for (const [pool, isUp] of stateOf(confirmedAt(health, at, after))) {
      if (!isUp && was.get(pool)) emptied.add(pool)
    }
  }
  return [...emptied]
}

/** Returns the first moment of each override that was not there before. */
function momentsOf(before: readonly LiveOverride[], after: readonly LiveOverride[], now: number): readonly number[] {
  const known = new Set(before.map((override) => JSON.stringify(overrideText(override))))
  const added = after.filter((override) => !known.has(JSON.stringify(overrideText(override))))
  const moments = added.flatMap((override) => {
    const { isActive, changesAt } = override.at(now)
    if (isActive) return [now]
    return Number.isFinite(changesAt) ? [changesAt] : []
  })
  return [...new Set(moments)].sort((a, b) => a - b).slice(0, MAX_GUARDED_MOMENTS)
}

/** Says what would be left without a member, and what to do. */
export function emptiedText(pools: readonly string[]): string {
  const some =
    pools.slice(0, MAX_NAMED).join(', ') + (pools.length > MAX_NAMED ? `, and ${pools.length - MAX_NAMED} more` : '')
  return `the overrides would leave ${some} without a member that is up; nothing was changed: expected others, or ?force=true`
}

const MAX_NAMED = 10
