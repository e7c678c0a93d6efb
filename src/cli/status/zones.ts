import { zoneOfCheck } from '../../health/index.ts'
import { printable } from '../../printable.ts'
import { API, type PublishedZone } from '../../store/index.ts'
import { type CostedProbe, costsOf, type ZoneCosts } from '../costs/costs.ts'
import { probeNotes, zoneNotes } from '../costs/notes.ts'
import { costsText } from '../costs/text.ts'
import type { Paint } from '../paint.ts'
import type { StatusReport } from './status.ts'

/** A published zone. `costs`: missing if an earlier version published it. */
type ZoneStatus = PublishedZone & { readonly costs?: ZoneCosts }

/** Returns the published zones with what they cost. An older Worker does not report them. */
export function zoneStatuses({ zones = [], targets }: Pick<StatusReport, 'zones' | 'targets'>): ZoneStatus[] {
  const origins = new Set(zones.map(({ origin }) => origin))
  const probes = Map.groupBy(targets, ({ check }) => zoneOfCheck(check, origins))
  return zones.map((zone) => {
    const { size, parts, pieces } = zone
    if (!size) return zone
    const own = probesIn(probes.get(zone.origin) ?? [])
    // The checks of a zone are one value.
    const checks = zone.probes === undefined ? undefined : 'checks'
    return { ...zone, costs: costsOf({ entry: { size, parts, pieces, checks }, probes: own }) }
  })
}

const probesIn = (targets: StatusReport['targets']): CostedProbe[] =>
  targets.map(({ check, target, interval, kind }) => ({
    id: `${check} ${target}`,
    interval: kind === 'push' ? Number.POSITIVE_INFINITY : interval,
  }))

/** Returns the limits that zones pass which nobody pays away. */
export const costWarnings = (report: StatusReport): string[] =>
  notesOf(report).flatMap(({ severity, line }) => (severity === 'warning' ? [line] : []))

/** The maximum number of zones shown without `--all`. */
const MAX_SHOWN = 200

/** Formats what each zone costs. */
export function zoneLines(report: StatusReport, { all, paint }: { all: boolean; paint: Paint }): string[] {
  const zones = zoneStatuses(report)
  if (zones.length === 0) return []
  const shown = all ? zones : zones.slice(0, MAX_SHOWN)
  const hidden = zones.length - shown.length
  return [
    '',
    paint('bold', 'Zones'),
    ...shown.map(({ origin, serial, by, costs }) => {
      const text = costs
        ? costsText(costs)
        : 'an earlier version published it; what it costs is known when it is published'
      return `  ${printable(origin)}. serial ${serial}${by === API ? ', through the API' : ''}: ${text}`
    }),
    ...(hidden > 0 ? [`  and ${hidden} more; --all shows them`] : []),
    ...notesOf(report).flatMap(({ severity, line }) => (severity === 'advice' ? [paint('yellow', `  ${line}`)] : [])),
  ]
}

function notesOf(report: StatusReport): { readonly severity: 'warning' | 'advice'; readonly line: string }[] {
  const ofZones = zoneStatuses(report).flatMap(({ origin, costs }) =>
    (costs ? zoneNotes(costs) : []).map(({ severity, message }) => ({
      severity,
      line: `${printable(origin)}.: ${message}`,
    })),
  )
  const cron = report.targets.filter(({ from }) => from.includes('cron'))
  return [...ofZones, ...probeNotes(probesIn(cron)).map(({ severity, message }) => ({ severity, line: message }))]
}
