import { MAX_WATCHED_ZONES } from '../limits.ts'
import { type Family, familyOf, type Labels, labelsOf } from './exposition.ts'
import type { KeyState, MetricsInput } from './input.ts'
import { zoneLabel } from './zones.ts'

/** The metrics of the keys of signed zones, and how many signed zones are left out: nobody watches their keys. */
export function keyFamilies({ keys = [], zones }: MetricsInput) {
  const labels = new Map(keys.map(({ zone }) => [zone, labelsOf({ zone: zoneLabel(zone) })]))
  const gauge = (name: string, help: string, measure: (state: KeyState) => number | undefined): Family =>
    familyOf(
      { name, kind: 'gauge', help },
      keys.flatMap((state) => {
        const value = measure(state)
        return value === undefined ? [] : [[labels.get(state.zone) as Labels, value] as const]
      }),
    )
  const signed = [...zones.values()].filter(({ dnssec }) => dnssec !== undefined).length
  const families: Family[] = [
    gauge(
      'edge_gslb_dnssec_keys_usable',
      '1 if the keys of a signed zone can be read and opened; else 0: who wants signatures gets SERVFAIL.',
      ({ usable }) => (usable ? 1 : 0),
    ),
    gauge(
      'edge_gslb_dnssec_parent_ds_records',
      'DS records at the parent, asked through the upstreams once an hour; absent while it is not known.',
      ({ parentDs }) => parentDs,
    ),
    gauge(
      'edge_gslb_dnssec_ds_matches',
      '1 if a DS at the parent is of a key that signs, 0 if none is: then answers are bogus. Absent without DS.',
      ({ dsMatches }) => (dsMatches === undefined ? undefined : dsMatches ? 1 : 0),
    ),
    familyOf(
      {
        ...{ name: 'edge_gslb_dnssec_key_stage_end_timestamp_seconds', kind: 'gauge' },
        help: 'Time from which the next step of a change of keys is safe, as far as it does not wait for the parent.',
      },
      keys.flatMap(({ zone, stage }) =>
        stage ? [[labelsOf({ zone: zoneLabel(zone), stage: stage.name }), stage.notBefore / 1000] as const] : [],
      ),
    ),
    gauge(
      'edge_gslb_dnssec_key_stage_waits_for_parent',
      '1 while a change of keys waits for the DS records at the parent; absent without a change.',
      ({ stage }) => stage && (stage.waitsForParent ? 1 : 0),
    ),
    gauge(
      'edge_gslb_dnssec_warnings',
      'Warnings about the keys of a signed zone, which the status and "dnssec status" have in words.',
      ({ warnings }) => warnings.length,
    ),
  ]
  return { families, leftOut: { keys: Math.max(0, signed - MAX_WATCHED_ZONES) } }
}
