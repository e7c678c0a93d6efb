import { guardedIn } from '../health/index.ts'
import { MAX_METRIC_POOLS } from '../limits.ts'
import { type PoolReport, reportsOfZones } from '../policy/index.ts'
import { type Family, familyOf, labelsOf } from './exposition.ts'
import type { MetricsInput } from './input.ts'
import { zoneLabel } from './zones.ts'

/** The metrics of pools, and how many pools are left out. */
export function poolFamilies({ pools, guards, health }: MetricsInput) {
  const { zones, leftOut } = reportsOfZones(pools, (zone) => guardedIn(zone, guards, health), MAX_METRIC_POOLS)
  const reports = [...zones].flatMap(([zone, reports]) =>
    Array.from(reports.values(), (report) => [labelsOf({ zone: zoneLabel(zone), pool: report.pool }), report] as const),
  )
  const values = (value: (report: PoolReport) => number | undefined) =>
    reports.flatMap(([labels, report]) => {
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
        help: 'Members of a pool, or levels of a failover, that are up after quorum, guard and overrides, and do not wait.',
      },
      values(({ live }) => live),
    ),
    familyOf(
      {
        ...{ name: 'edge_gslb_pool_waiting_members', kind: 'gauge' },
        help: 'Members that are up again, and wait for their time or for a person (failback).',
      },
      values(({ waiting }) => (waiting === 0 ? undefined : waiting)),
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
