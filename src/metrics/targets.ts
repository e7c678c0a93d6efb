import { guardedBy, sinceOf } from '../health/index.ts'
import { MAX_METRIC_REPORTS, MAX_METRIC_TARGETS } from '../limits.ts'
import { escaped, type Family, Series } from './exposition.ts'
import type { MetricsInput } from './input.ts'
import type { TargetLabels } from './target-labels.ts'

/** The metrics of targets, and how many targets and reports of vantage points are left out. */
export function targetFamilies({ conditions, guards, health, zones }: MetricsInput, targetLabels: TargetLabels) {
  const healthOf = guardedBy(guards, health)
  const labelsOf = targetLabels.of(conditions, zones.keys())
  const up = new Series('edge_gslb_target_up')
  const effective = new Series('edge_gslb_target_effective_up')
  const latency = new Series('edge_gslb_target_latency_seconds')
  const since = new Series('edge_gslb_target_since_timestamp_seconds')
  const changes = new Series('edge_gslb_target_changes_total')
  const load = new Series('edge_gslb_target_load')
  const offered = new Series('edge_gslb_target_offered_load')
  const shown = conditions.slice(0, MAX_METRIC_TARGETS)
  const ends = new Map(health.vantages.map(({ name }) => [name, `",vantage="${escaped(name)}"} `]))
  let reports = 0
  for (const [i, condition] of shown.entries()) {
    const labels = labelsOf[i]
    if (labels === undefined) continue
    const { start, target } = labels
    const { probe, stale } = condition
    const { state, real, ...measured } = healthOf(condition).status(condition)
    const witnesses = health.witnesses(probe, stale)
    effective.addPieces(start, target, END, state === 'up' ? 1 : 0)
    if (measured.load !== undefined) load.addPieces(start, target, END, measured.load)
    if (measured.offered) offered.addPieces(start, target, END, measured.offered.load)
    const from = sinceOf(probe, real, witnesses)
    if (from !== undefined) since.addPieces(start, target, END, from)
    for (const { vantage, state: seen, silent } of witnesses) {
      if (++reports > MAX_METRIC_REPORTS) continue
      const end = ends.get(vantage) as string
      changes.addPieces(start, target, end, seen.changes ?? 0)
      // The report of a silent vantage point says nothing of now.
      if (silent || seen.state === 'unknown') continue
      up.addPieces(start, target, end, seen.state === 'up' ? 1 : 0)
      latency.addPieces(start, target, end, seen.ms / 1000)
    }
  }
  const families: Family[] = [
    {
      ...{ name: 'edge_gslb_target_up', kind: 'gauge', series: up },
      help: 'State of a target as a vantage point measures it: 1 up, 0 down; absent while it is unknown.',
    },
    {
      ...{ name: 'edge_gslb_target_effective_up', kind: 'gauge', series: effective },
      help: 'State of a target that answers go by, after quorum, guard and overrides: 1 up, 0 down or drained.',
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

/** The end of labels that need none of a vantage point. */
const END = '"} '
