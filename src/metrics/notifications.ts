import { type Family, familyOf, labelsOf } from './exposition.ts'
import type { MetricsInput } from './input.ts'

/** The metrics of notifications. They are there while there are receivers. */
export function notificationFamilies({ notifications }: MetricsInput): Family[] {
  const { totals = {}, waiting } = notifications ?? {}
  return [
    familyOf(
      {
        ...{ name: 'edge_gslb_notifications_total', kind: 'counter' },
        help: 'Messages that were delivered, or given up, by the format of the receiver.',
      },
      Object.entries(totals).flatMap(([format, counts]) =>
        Object.entries(counts).map(([result, count]) => [labelsOf({ format, result }), count] as const),
      ),
    ),
    familyOf(
      { name: 'edge_gslb_notifications_waiting', kind: 'gauge', help: 'Messages that are still to be sent.' },
      waiting === undefined ? [] : [['', waiting]],
    ),
  ]
}
