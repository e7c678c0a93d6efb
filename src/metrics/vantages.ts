import { patienceOf, tokensAt, type VantageView, whyUnprobed } from '../health/index.ts'
import { type Family, familyOf, labelsOf } from './exposition.ts'
import type { MetricsInput } from './input.ts'

/** The metrics of vantage points: their age, their last round, and their budget of KV writes. */
export function vantageFamilies(input: MetricsInput): Family[] {
  const { health } = input
  const patience = patienceOf(input.conditions, health)
  const isSilent = ({ name, at }: VantageView): number | undefined => {
    const seconds = patience.get(name)
    return seconds === undefined ? undefined : health.now >= at + seconds * 1000 ? 1 : 0
  }
  const gauge = (
    name: string,
    help: string,
    value: (vantage: VantageView) => number | undefined,
    more = NONE,
  ): Family =>
    familyOf({ name, kind: 'gauge', help }, [
      ...health.vantages.flatMap((vantage) => {
        const number = value(vantage)
        return number === undefined ? [] : [[labelsOf({ vantage: vantage.name }), number] as const]
      }),
      ...more,
    ])
  return [
    gauge(
      'edge_gslb_vantage_age_seconds',
      'Time since a vantage point wrote its health document: after a change, and at least every five minutes.',
      ({ at }) => Math.max(0, health.now - at) / 1000,
    ),
    gauge(
      'edge_gslb_vantage_silent',
      '1 if a vantage point with targets has been silent for longer than zones allow, or never reported; else 0.',
      isSilent,
      Array.from(unheard(input), (vantage) => [labelsOf({ vantage }), 1] as const),
    ),
    gauge(
      'edge_gslb_vantage_round_timestamp_seconds',
      'Start of the last round of probes that was written.',
      ({ round }) => round && round.at / 1000,
    ),
    gauge(
      'edge_gslb_vantage_round_duration_seconds',
      'Duration of the last round of probes that was written.',
      ({ round }) => round && round.ms / 1000,
    ),
    gauge(
      'edge_gslb_vantage_round_due_probes',
      'Probes that were due in the last round that was written.',
      ({ round }) => round?.due,
    ),
    gauge(
      'edge_gslb_vantage_round_left_probes',
      'Due probes that the last round left over for the next one.',
      ({ round }) => round?.left,
    ),
    gauge('edge_gslb_kv_write_tokens', 'KV writes that a vantage point may make at once.', ({ budget }) =>
      budget?.perDay === undefined ? undefined : Math.floor(tokensAt(health.now, budget)),
    ),
    gauge(
      'edge_gslb_kv_writes_per_day_limit',
      'KV writes that a vantage point may make in a day.',
      ({ budget }) => budget?.perDay && Math.floor(budget.perDay),
    ),
  ]
}

const NONE: readonly (readonly [string, number])[] = []

/** Returns the vantage points that have to report a target, and have no document. */
function unheard({ conditions, health, deployment }: MetricsInput): ReadonlySet<string> {
  const unheard = new Set(deployment.vantages)
  for (const { name } of health.vantages) unheard.delete(name)
  const names = new Set<string>()
  if (unheard.size === 0) return names
  for (const { probe } of conditions) {
    const from = probe.from ?? deployment.defaultVantages
    // Most have been heard of: then it need not be known who can probe it.
    if (!from.some((name) => unheard.has(name) && !names.has(name))) continue
    if (probe.action.kind === 'push' || whyUnprobed(probe, deployment) !== undefined) continue
    for (const name of from) if (unheard.has(name)) names.add(name)
  }
  return names
}
