import { KeptHealth } from '../health/index.ts'
import { type Family, familyOf, labelsOf } from './exposition.ts'
import type { MetricsInput } from './input.ts'
import { keyFamilies } from './keys.ts'
import { notificationFamilies } from './notifications.ts'
import { overrideFamilies } from './overrides.ts'
import { poolFamilies } from './pools.ts'
import { TargetLabels } from './target-labels.ts'
import { targetFamilies } from './targets.ts'
import { vantageFamilies } from './vantages.ts'
import { workerFamilies } from './worker.ts'
import { zoneFamilies } from './zones.ts'

/**
 * Returns all metrics, a pure function of its input. Each list is bounded (limits.ts), and `edge_gslb_left_out` counts
 * what did not fit. docs/observability.md describes them; a test compares the two.
 *
 * @param targetLabels whoever scrapes again keeps them
 */
export function metricsOf(given: MetricsInput, targetLabels = new TargetLabels()): Family[] {
  const input = { ...given, health: KeptHealth.of(given.health) }
  const targets = targetFamilies(input, targetLabels)
  const pools = poolFamilies(input)
  const zones = zoneFamilies(input)
  const overrides = overrideFamilies(input)
  const keys = keyFamilies(input)
  const leftOut = { ...targets.leftOut, ...pools.leftOut, ...zones.leftOut, ...overrides.leftOut, ...keys.leftOut }
  return [
    ...workerFamilies(input),
    familyOf(
      {
        ...{ name: 'edge_gslb_left_out', kind: 'gauge' },
        help: 'Targets, reports of vantage points, pools, members, zones, guards, keys and overrides that are too many to be told.',
      },
      Object.entries(leftOut).map(([what, value]) => [labelsOf({ what }), value] as const),
    ),
    ...zones.families,
    ...keys.families,
    ...vantageFamilies(input),
    ...overrides.families,
    ...notificationFamilies(input),
    ...pools.families,
    ...targets.families,
  ]
}
