import { type Applied, type Health, type PoolShape, probesOf } from '../health/index.ts'
import { poolsIn } from './pool-shapes.ts'
import { poolReports } from './pool-states.ts'

/** Returns true if answers of these pools follow the loads of targets. */
export const followsLoads = (pools: ReadonlyMap<string, readonly PoolShape[]>): boolean =>
  [...pools.values()].some((shapes) => shapes.some(hasLoads))

const hasLoads = (shape: PoolShape): boolean => poolsIn(shape).some(({ way }) => way !== undefined)

/**
 * Returns what answers do to the load of each target that they follow, by the identity of its probe: the mean over the
 * pools that it is in, since nobody knows how many of its clients come from each.
 * @param pools by the origin of their zone
 */
export function appliedShares(
  pools: ReadonlyMap<string, readonly PoolShape[]>,
  health: Health,
): ReadonlyMap<string, Applied> {
  const sums = new Map<string, { kept: number; received: number; count: number }>()
  for (const shape of [...pools.values()].flat().filter(hasLoads)) {
    for (const { followed } of poolReports([shape], health)) {
      for (const { condition, spill } of followed) {
        for (const { probe } of probesOf(condition)) {
          const sum = sums.get(probe.id) ?? { kept: 0, received: 0, count: 0 }
          sum.kept += spill?.kept ?? 1
          sum.received += spill?.received ?? 0
          sum.count++
          sums.set(probe.id, sum)
        }
      }
    }
  }
  return new Map(
    Array.from(sums, ([id, { kept, received, count }]) => [id, { kept: kept / count, received: received / count }]),
  )
}
