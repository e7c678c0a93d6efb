import { type Applied, type Guards, guardedIn, type Health, type PoolShape, probesOf } from '../health/index.ts'
import { poolsIn } from './pool-shapes.ts'
import { type FollowedMember, poolReports } from './pool-states.ts'

/** Returns true if answers of these pools follow the loads of targets. */
export const followsLoads = (pools: ReadonlyMap<string, readonly PoolShape[]>): boolean =>
  [...pools.values()].some((shapes) => shapes.some(hasLoads))

const hasLoads = (shape: PoolShape): boolean => poolsIn(shape).some(({ way }) => way !== undefined)

/**
 * Returns what answers do to the load of each target that they follow, by the identity of its probe: the mean over the
 * pools that it is in, since nobody knows how many of its clients come from each. The guard of a zone has its say, as
 * in answers.
 * @param pools by the origin of their zone
 */
export function appliedShares(
  pools: ReadonlyMap<string, readonly PoolShape[]>,
  guards: Guards,
  health: Health,
): ReadonlyMap<string, Applied> {
  const sums = new Map<string, { kept: number; received: number; count: number }>()
  const add = ({ condition, spill }: FollowedMember): void => {
    for (const { probe } of probesOf(condition)) {
      const sum = sums.get(probe.id) ?? { kept: 0, received: 0, count: 0 }
      sum.kept += spill?.kept ?? 1
      sum.received += spill?.received ?? 0
      sum.count++
      sums.set(probe.id, sum)
    }
  }
  for (const [zone, shapes] of pools) {
    const guarded = guardedIn(zone, guards, health)
    for (const { followed } of poolReports(shapes.filter(hasLoads), guarded)) followed.forEach(add)
  }
  return new Map(
    Array.from(sums, ([id, { kept, received, count }]) => [id, { kept: kept / count, received: received / count }]),
  )
}
