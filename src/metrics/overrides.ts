import { type Override, subjectText } from '../health/index.ts'
import { MAX_METRIC_OVERRIDES } from '../limits.ts'
import { type Family, familyOf, type Labels, labelsOf } from './exposition.ts'
import type { MetricsInput } from './input.ts'

/** The metrics of overrides, and how many overrides are left out. */
export function overrideFamilies({ health }: MetricsInput) {
  // `resume` forces nothing: it ends a failback.
  const active = health.overrides.filter((one) => one.force !== 'resume' && one.at(health.now).isActive)
  const shown = active.slice(0, MAX_METRIC_OVERRIDES)
  const families: Family[] = [
    familyOf(
      {
        ...{ name: 'edge_gslb_override_active', kind: 'gauge' },
        help: 'Overrides that force a state or a weight now: 1 for each, so that the sum counts them.',
      },
      counted(shown),
    ),
    familyOf(
      {
        ...{ name: 'edge_gslb_override_until_timestamp_seconds', kind: 'gauge' },
        help: 'Time at which an override ends by itself; absent if it does not.',
      },
      ends(shown),
    ),
  ]
  return { families, leftOut: { overrides: active.length - shown.length } }
}

/** Overrides of the same subject and state are one series, whose value counts them. */
function counted(overrides: readonly Override[]): ReadonlyMap<Labels, number> {
  const counts = new Map<Labels, number>()
  for (const override of overrides) {
    const labels = labelsFor(override)
    counts.set(labels, (counts.get(labels) ?? 0) + 1)
  }
  return counts
}

/** Returns when each series ends: the last of equal overrides counts. */
const ends = (overrides: readonly Override[]): ReadonlyMap<Labels, number> =>
  new Map(overrides.flatMap((one) => (one.until === undefined ? [] : [[labelsFor(one), one.until / 1000] as const])))

const labelsFor = (override: Override): Labels => labelsOf({ pattern: subjectText(override), state: override.force })
