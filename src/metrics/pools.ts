import { guardedIn, probesOf } from '../health/index.ts'
import { MAX_METRIC_POOLS, MAX_METRIC_TARGETS } from '../limits.ts'
import { type PoolReport, reportsOfZones, type SpillStep } from '../policy/index.ts'
import { type Family, familyOf, type Labels, labelsOf } from './exposition.ts'
import type { MetricsInput } from './input.ts'
import { zoneLabel } from './zones.ts'

/** The metrics of pools, and how many pools and members are left out. */
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
  const { spills, leftOut: members } = spillsOf(zones)
  const ofMembers = (value: (spill: SpillStep) => number) =>
    Array.from(spills, ([labels, spill]) => [labels, value(spill)] as const)
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
    familyOf(
      {
        ...{ name: 'edge_gslb_member_kept_ratio', kind: 'gauge' },
        help: 'Share of its own clients that a member keeps: below 1 while it passes load on.',
      },
      ofMembers(({ kept }) => kept),
    ),
    familyOf(
      {
        ...{ name: 'edge_gslb_member_received_load', kind: 'gauge' },
        help: 'Load of clients that other members pass on to a member.',
      },
      ofMembers(({ received }) => received),
    ),
  ]
  return { families, leftOut: { pools: leftOut, members } }
}

/** Returns what is known of members whose loads answers follow. Two members of one target in a pool are one. */
function spillsOf(reports: ReadonlyMap<string, ReadonlyMap<string, PoolReport>>) {
  const spills = new Map<Labels, SpillStep>()
  let leftOut = 0
  for (const [zone, pools] of reports) {
    for (const { pool, followed } of pools.values()) {
      for (const [target, spill] of spillsByTarget(followed)) {
        if (spills.size < MAX_METRIC_TARGETS) spills.set(labelsOf({ zone: zoneLabel(zone), pool, target }), spill)
        else leftOut++
      }
    }
  }
  return { spills, leftOut }
}

function spillsByTarget(followed: PoolReport['followed']): ReadonlyMap<string, SpillStep> {
  const spills = new Map<string, SpillStep>()
  for (const { condition, spill } of followed) {
    const [first] = probesOf(condition)
    if (spill && first) spills.set(first.target, spill)
  }
  return spills
}
