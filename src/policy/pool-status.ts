import {
  type Guards,
  guardedIn,
  type Health,
  type OverrideReport,
  overrideReport,
  type PoolShape,
} from '../health/index.ts'
import { type PoolReport, poolReports } from './pool-states.ts'

/** The reports of the pools of zones, each pool once, by the zone's origin. */
type ZonePools = ReadonlyMap<string, ReadonlyMap<string, PoolReport>>

/**
 * Returns the state of the pools of all zones, inner ones included: the pools of a choice by chance may have one name,
 * and the first is listed.
 * @param healthIn returns health as the answers of a zone use it
 * @param max the number of pools from which on outer ones are left out
 */
export function reportsOfZones(
  pools: ReadonlyMap<string, readonly PoolShape[]>,
  healthIn: (zone: string) => Health,
  max: number,
): { readonly zones: ZonePools; readonly leftOut: number } {
  const zones = new Map<string, Map<string, PoolReport>>()
  let told = 0
  let leftOut = 0
  for (const [zone, shapes] of pools) {
    const reports = new Map<string, PoolReport>()
    zones.set(zone, reports)
    const health = healthIn(zone)
    for (const shape of shapes) {
      if (told >= max) {
        leftOut++
        continue
      }
      for (const report of poolReports([shape], health)) {
        if (reports.has(report.pool)) continue
        reports.set(report.pool, report)
        told++
      }
    }
  }
  return { zones, leftOut }
}

/** A pool in `GET /api/v1/health`. */
export type PoolStatus = {
  readonly zone: string
  readonly pool: string
  readonly kind: 'pool' | 'failover'
  readonly members: number
  readonly live: number
  readonly up: boolean
  /** Members that are up again, and wait for their time or for a person. */
  readonly waiting?: number
  /** The level of a failover that is answered, from 1; 0 for none. */
  readonly level?: number
  readonly forced?: OverrideReport
}

/** Returns the state of the pools of all zones as data, by the code that answers queries. */
export function poolStatuses(
  pools: ReadonlyMap<string, readonly PoolShape[]>,
  guards: Guards,
  health: Health,
  max: number,
): readonly PoolStatus[] {
  const { zones } = reportsOfZones(pools, (zone) => guardedIn(zone, guards, health), max)
  return [...zones].flatMap(([zone, reports]) =>
    [...reports.values()].map(({ pool, kind, members, live, isUp, waiting, level, forced }) => ({
      ...{ zone, pool, kind, members, live, up: isUp },
      ...(waiting > 0 && { waiting }),
      ...(level !== undefined && { level }),
      ...(forced && { forced: overrideReport(forced, health.now) }),
    })),
  )
}
