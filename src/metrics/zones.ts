import { MAX_METRIC_ZONES } from '../limits.ts'
import { type Family, familyOf, labelsOf } from './exposition.ts'
import type { MetricsInput } from './input.ts'

/** The metrics of zones, and how many zones and guards are left out. */
export function zoneFamilies({ zones, refused, askedFull, guards, health }: MetricsInput) {
  const shown = [...zones].slice(0, MAX_METRIC_ZONES)
  const bad = new Set(refused.map(({ origin }) => origin))
  const unserved = [...bad].filter((origin) => !zones.has(origin))
  const others = unserved.slice(0, MAX_METRIC_ZONES)
  const labelsFor = (origin: string) => labelsOf({ zone: zoneLabel(origin) })
  const families: Family[] = [
    familyOf(
      { name: 'edge_gslb_zone_serial', kind: 'gauge', help: 'Serial of the version of a zone that is published.' },
      shown.map(([origin, { serial }]) => [labelsFor(origin), serial] as const),
    ),
    familyOf(
      {
        ...{ name: 'edge_gslb_zone_published_timestamp_seconds', kind: 'gauge' },
        help: 'Time since when the version of a zone counts that is published.',
      },
      shown.flatMap(([origin, { since }]) => (since === undefined ? [] : [[labelsFor(origin), since / 1000] as const])),
    ),
    familyOf(
      { name: 'edge_gslb_zone_signed', kind: 'gauge', help: '1 if a zone is signed (DNSSEC); else 0.' },
      shown.map(([origin, { dnssec }]) => [labelsFor(origin), dnssec === undefined ? 0 : 1] as const),
    ),
    familyOf(
      {
        ...{ name: 'edge_gslb_zone_refused', kind: 'gauge' },
        help: '1 if what stands in KV for a zone, or for the catalog, is not served as it is; else 0.',
      },
      [...shown.map(([origin]) => origin), ...others].map(
        (origin) => [labelsFor(origin), bad.has(origin) ? 1 : 0] as const,
      ),
    ),
    familyOf(
      {
        ...{ name: 'edge_gslb_guard_active', kind: 'gauge' },
        help: '1 while the guard of a zone holds states, because too many targets went down at once; else 0.',
      },
      Array.from(guards.values())
        .slice(0, MAX_METRIC_ZONES)
        .map((guard) => [labelsOf({ zone: guard.zone }), guard.holding(health) ? 1 : 0] as const),
    ),
    familyOf(
      {
        ...{ name: 'edge_gslb_zone_asked_full', kind: 'gauge' },
        help: 'Zones whose queries ask for more checks than are kept; an empty zone stands for all together.',
      },
      new Map(askedFull.map(({ zone }) => [labelsOf({ zone }), 1])),
    ),
  ]
  const leftOut = {
    zones: zones.size - shown.length + unserved.length - others.length,
    guards: Math.max(0, guards.size - MAX_METRIC_ZONES),
  }
  return { families, leftOut }
}

/** The root zone has no name without its dot. */
export const zoneLabel = (origin: string): string => (origin === '' ? '.' : origin)
