import type { ZoneWrites } from '../../store/index.ts'
import { dateText } from '../../time.ts'
import type { ZoneCosts } from '../costs/costs.ts'
import { costsText } from '../costs/text.ts'
import { octetsText } from '../octets-text.ts'
import { plural } from '../zones/compile-files.ts'
import type { ApiZone, Published } from './publish-plan.ts'

type ReportContext = {
  readonly where: string
  /** The targets of all checks. */
  readonly targets: number
  /** The costs of zones, by origin. */
  readonly costs: ReadonlyMap<string, ZoneCosts>
  /** True if nothing was written. */
  readonly dryRun: boolean
}

/**
 * Returns the outcome: a line for each zone that is written, and one for each other kind. Long lists are cut.
 * @param showsCosts true for a second line of what each of these zones costs
 */
export function report(
  published: Published,
  { where, targets, dryRun, costs }: ReportContext,
  showsCosts = false,
): string[] {
  const { changed, repaired, unchanged, removed, kept, writes, deletes } = published
  const line = (outcome: string, origins: readonly string[], note = ''): string[] =>
    origins.length === 0 ? [] : [`${outcome.padEnd(10)} ${listOf(origins)}${note}`]
  const cost = `${plural(writes, 'KV write')}, ${plural(deletes, 'KV delete')}`
  const probed = targets > 0 ? `; ${plural(targets, 'target')} to probe` : ''
  return [
    ...zoneLines('changed', changed, { published, costs: showsCosts ? costs : new Map() }),
    ...zoneLines('repaired', repaired, { published, costs: new Map() }, ' (KV did not have what was published)'),
    ...line('unchanged', unchanged),
    ...line('removed', removed),
    ...line('kept', kept, ' (published before, not in this folder; --prune removes)'),
    `${dryRun ? 'would be ' : ''}published to ${where}: ${cost}${probed}`,
  ]
}

/** Returns the outcome for programs. Zones are in the order of their kinds. */
export function reportJson(published: Published, { where, targets, dryRun, costs }: ReportContext) {
  const { zoneWrites, writes, deletes, older, overApi } = published
  const zones = (['changed', 'repaired', 'unchanged', 'removed', 'kept'] as const).flatMap((outcome) =>
    published[outcome].map((origin) => ({
      origin: `${origin}.`,
      outcome,
      writes: zoneWrites.get(origin)?.values ?? 0,
      octets: zoneWrites.get(origin)?.octets ?? 0,
      parts: zoneWrites.get(origin)?.parts,
      pieces: zoneWrites.get(origin)?.pieces,
      costs: costs.get(origin),
    })),
  )
  const olderSerials = older.map(({ origin, ...serials }) => ({ origin: `${origin}.`, ...serials }))
  const replacesApi = overApi.map(({ origin, since }) => ({ origin: `${origin}.`, changed: dateText(since) }))
  return { where, dryRun, zones, writes, deletes, targets, olderSerials, replacesApi }
}

/** Returns a line for each zone that the API wrote, and that this publishing replaces or removes. */
export const overApiLines = ({ overApi, removed }: Pick<Published, 'overApi' | 'removed'>): string[] =>
  overApi.map((zone) => {
    const what = removed.includes(zone.origin) ? 'removes the zone' : 'replaces that'
    return `${changedByApi(zone)}, and this ${what}; the version of the API stays in the history of the zone`
  })

/** Formats `example.com. was changed through the API at 2026-12-01T10:00:00.000Z`. */
export function changedByApi({ origin, since }: ApiZone): string {
  const time = dateText(since)
  return `${origin}. was changed through the API${time === undefined ? '' : ` at ${time}`}`
}

function zoneLines(
  outcome: string,
  origins: readonly string[],
  { published, costs }: { readonly published: Published; readonly costs: ReportContext['costs'] },
  note = '',
): string[] {
  const listed = origins.slice(0, LISTED)
  const shown = listed.flatMap((origin) => {
    const writes = published.zoneWrites.get(origin)
    const cost = costs.get(origin)
    const line = `${outcome.padEnd(10)} ${origin}.${writes ? ` ${writesText(writes)}` : ''}${note}`
    return [line, ...(cost ? [`  ${costsText(cost)}`] : [])]
  })
  const more = origins.length - listed.length
  return more > 0 ? [...shown, `${outcome.padEnd(10)} and ${more} more`] : shown
}

/** Formats `1 of 245 parts and 1 of 243 pieces of the document, 182 kB; 4 KV writes`. */
function writesText({ parts, pieces, values, octets }: ZoneWrites): string {
  const shares = [
    ...(parts.of > 0 ? [`${parts.written} of ${plural(parts.of, 'part')}`] : []),
    ...(pieces.of > 0 ? [`${pieces.written} of ${plural(pieces.of, 'piece')} of the document`] : []),
  ]
  const written = shares.length > 0 ? `${shares.join(' and ')}, ` : ''
  return `${written}${octetsText(octets)}; ${plural(values, 'KV write')}`
}

const LISTED = 20

/** Lists origins as names; a long list is cut. */
export function listOf(origins: readonly string[]): string {
  const names = origins.slice(0, LISTED).map((origin) => `${origin}.`)
  const more = origins.length - names.length
  return names.join(' ') + (more > 0 ? ` and ${more} more` : '')
}
