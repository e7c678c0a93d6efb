import type { Standing, Standings } from '../api/compare-with-api.ts'
import type { ApiWritten } from '../api/zones.ts'
import { plural } from '../zones/compile-files.ts'
import { listOf } from './report.ts'

/** A zone that is written, or its tests. */
export type WrittenZone = {
  readonly origin: string
  /** The standing of the zone: one that is unchanged got other tests. */
  readonly kind: Standing['kind']
  /** The serial in the file: the Worker raises one that did not grow. */
  readonly fileSerial: number
  /** The version that was made; undefined if only tests were written, or nothing yet. */
  readonly zone: ApiWritten | undefined
  readonly tests: 'none' | 'same' | 'written' | 'removed'
}

/** The outcome of publishing through the API. Origins have the final dot. */
export type ApiOutcome = {
  readonly written: readonly WrittenZone[]
  readonly unchanged: readonly string[]
  readonly removed: readonly string[]
  readonly kept: readonly string[]
}

/** Returns what publishing would do. */
export function plannedOutcome({ files, others }: Standings, prune: boolean): ApiOutcome {
  const origins = others.map(({ origin }) => origin)
  return {
    written: files.filter(isWritten).map((standing) => writtenZone(standing, undefined)),
    unchanged: files.flatMap((standing) => (isWritten(standing) ? [] : [standing.file.origin])),
    removed: prune ? origins : [],
    kept: prune ? [] : origins,
  }
}

/** Returns true if something of a zone is to be written. */
export const isWritten = (standing: Standing): boolean =>
  standing.kind !== 'unchanged' || standing.tests.kind === 'changed'

/** @param zone the version that was made, if one was */
export function writtenZone(standing: Standing, zone: ApiWritten | undefined): WrittenZone {
  const { origin, serial, expectations } = standing.file
  const isOther = standing.kind === 'new' || standing.tests.kind === 'changed'
  const isNone = expectations === undefined && (standing.kind === 'new' || !isOther)
  const tests = isNone ? 'none' : !isOther ? 'same' : expectations === undefined ? 'removed' : 'written'
  return { origin, kind: standing.kind, fileSerial: serial, zone, tests }
}

/** Writes the outcome for people. */
export function apiReport({ written, unchanged, removed, kept }: ApiOutcome, where: string, dryRun: boolean): string[] {
  const line = (outcome: string, origins: readonly string[], note = ''): string[] =>
    origins.length === 0 ? [] : [`${outcome.padEnd(10)} ${listOf(origins.map((origin) => origin.slice(0, -1)))}${note}`]
  const counts = [
    ...(written.length > 0 || removed.length === 0 ? [`${plural(written.length, 'zone')} written`] : []),
    ...(removed.length > 0 ? [`${removed.length} removed`] : []),
  ]
  return [
    ...written.map(writtenText),
    ...line('unchanged', unchanged),
    ...line('removed', removed),
    ...line('kept', kept, ' (there, and not in this folder; --prune removes)'),
    `${dryRun ? 'would be ' : ''}published through ${where}: ${counts.join(', ')}`,
  ]
}

function writtenText({ origin, kind, fileSerial, zone, tests }: WrittenZone): string {
  const facts = [
    `serial ${zone?.serial ?? fileSerial}`,
    ...(zone && zone.serial !== fileSerial ? [`the file has ${fileSerial}`] : []),
    ...(tests === 'written' || tests === 'removed' ? [`expectations ${tests}`] : []),
    ...(zone && zone.published === undefined ? ['KV has it in a moment'] : []),
  ]
  return `${kind.padEnd(10)} ${origin} ${facts.join('; ')}`
}

/** Returns the outcome for programs. */
export function apiReportJson({ written, unchanged, removed, kept }: ApiOutcome, where: string, dryRun: boolean) {
  const list = (outcome: string, origins: readonly string[]) => origins.map((origin) => ({ origin, outcome }))
  return {
    where,
    dryRun,
    zones: [
      ...written.map(({ origin, kind, fileSerial, zone, tests }) => ({
        ...{ origin, outcome: kind, expectations: tests },
        ...{ serial: zone?.serial ?? fileSerial, hash: zone?.hash, published: zone?.published ?? null },
      })),
      ...list('unchanged', unchanged),
      ...list('removed', removed),
      ...list('kept', kept),
    ],
  }
}
