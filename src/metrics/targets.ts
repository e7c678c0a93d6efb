import { distinctNames, sinceOf, zoneOfCheck } from '../health/index.ts'
import { MAX_METRIC_REPORTS, MAX_METRIC_TARGETS } from '../limits.ts'
import { type Family, labelsOf, Series, withLabel } from './exposition.ts'
import type { MetricsInput } from './input.ts'

/** The metrics of targets, and how many targets and reports of vantage points are left out. */
export function targetFamilies({ conditions, health, zones }: MetricsInput) {
  const nameOf = distinctNames(conditions)
  const origins = new Set(zones.keys())
  const up = new Series('edge_gslb_target_up')
  const effective = new Series('edge_gslb_target_effective_up')
  const latency = new Series('edge_gslb_target_latency_seconds')
  const since = new Series('edge_gslb_target_since_timestamp_seconds')
  const changes = new Series('edge_gslb_target_changes_total')
  const load = new Series('edge_gslb_target_load')
  const offered = new Series('edge_gslb_target_offered_load')
  const shown = conditions.slice(0, MAX_METRIC_TARGETS)
  const told = new Set<string>()
  let reports = 0
  for (const condition of shown) {
    const { check, target, probe, stale } = condition
    const labels = labelsOf({ zone: zoneOfCheck(check, origins), check: nameOf(condition), target })
    // Two targets of one name would be one series.
    if (told.has(labels)) continue
    told.add(labels)
    const { state, real, ...measured } = health.status(condition)
    const witnesses = health.witnesses(probe, stale)
    effective.add(labels, state === 'up' ? 1 : 0)
    if (measured.load !== undefined) load.add(labels, measured.load)
    if (measured.offered) offered.add(labels, measured.offered.load)
    const from = sinceOf(probe, real, witnesses)
    if (from !== undefined) since.add(labels, from)
    for (const { vantage, state: seen, silent } of witnesses) {
      if (++reports > MAX_METRIC_REPORTS) continue
      const own = withLabel(labels, 'vantage', vantage)
      changes.add(own, seen.changes ?? 0)
      // The report of a silent vantage point says nothing of now.
      if (silent || seen.state === 'unknown') continue
      up.add(own, seen.state === 'up' ? 1 : 0)
      latency.add(own, seen.ms / 1000)
    }
  }
  const families: Family[] = [
    {
      ...{ name: 'edge_gslb_target_up', kind: 'gauge', series: up },
      help: 'State of a target as a vantage point measures it: 1 up, 0 down; absent while it is unknown.',
    },
    {
      ...{ name: 'edge_gslb_target_effective_up', kind: 'gauge', series: effective },
      help: 'State of a target that answers go by, after quorum and overrides: 1 up, 0 down or drained.',
    },
    {
      ...{ name: 'edge_gslb_target_latency_seconds', kind: 'gauge', series: latency },
      help: 'Duration of the last probe that was written.',
    },
    {
      ...{ name: 'edge_gslb_target_since_timestamp_seconds', kind: 'gauge', series: since },
      help: 'Time of the last change of the measured state.',
    },
    {
      ...{ name: 'edge_gslb_target_changes_total', kind: 'counter', series: changes },
      help: 'Changes between up and down as a vantage point measures them.',
    },
    {
      ...{ name: 'edge_gslb_target_load', kind: 'gauge', series: load },
      help: 'Load that was reported last, in the unit of the reporter; absent if it is stale.',
    },
    {
      ...{ name: 'edge_gslb_target_offered_load', kind: 'gauge', series: offered },
      help: 'Load that a target would have with all of its own clients and no others; absent if no pool goes by it.',
    },
  ]
  return {
    families,
    leftOut: {
      targets: conditions.length - shown.length,
      reports: Math.max(0, reports - MAX_METRIC_REPORTS),
    },
  }
}
