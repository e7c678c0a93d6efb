import { guardedIn } from '../health/index.ts'
import { MAX_METRIC_POOLS } from '../limits.ts'
import { type PoolReport, poolReports } from '../policy/index.ts'
import { type Family, familyOf, type Labels, labelsOf } from './exposition.ts'
import type { MetricsInput } from './input.ts'
import { zoneLabel } from './zones.ts'

/** The metrics of pools, and how many pools are left out. */
export function poolFamilies({ pools, guards, health: measured }: MetricsInput) {
  const reports = new Map<Labels, PoolReport>()
  let leftOut = 0
  for (const [zone, shapes] of pools) {
    const health = guardedIn(zone, guards, measured)
    for (const shape of shapes) {
      if (reports.size >= MAX_METRIC_POOLS) {
        leftOut++
        continue
      }
      for (const report of poolReports([shape], health)) {
        const labels = labelsOf({ zone: zoneLabel(zone), pool: report.pool })
        // The pools of a choice by chance may have one name: the first is told.
        if (!reports.has(labels)) reports.set(labels, report)
      }
    }
  }
  const values = (value: (report: PoolReport) => number | undefined) =>
    [...reports].flatMap(([labels, report]) => {
      const number = value(report)
      return number === undefined ? [] : [[labels, number] as const]
    })
  const families: Family[] = [
    familyOf(
      {
        ...{ name: 'edge_gslb_pool_members', kind: 'gauge' },
        help: 'Members of a pool, or levels of a failover.',
      },
      values(({ members }) => members),
    ),
    familyOf(
      {
        ...{ name: 'edge_gslb_pool_live_members', kind: 'gauge' },
        help: 'Members of a pool, or levels of a failover, that are up after quorum, guard and overrides.',
      },
      values(({ live }) => live),
    ),
    familyOf(
      {
        ...{ name: 'edge_gslb_pool_down', kind: 'gauge' },
        help: '1 for a pool that counts as down: too few members are up, or an override says so.',
      },
      values(({ isUp }) => (isUp ? undefined : 1)),
    ),
    familyOf(
      {
        ...{ name: 'edge_gslb_failover_active_level', kind: 'gauge' },
        help: 'Level of a failover that is answered, from 1; 0 if no level is up.',
      },
      values(({ level }) => level),
    ),
  ]
  return { families, leftOut: { pools: leftOut } }
}
