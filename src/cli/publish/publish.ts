import { formatName } from '../../dns/index.ts'
import type { Result } from '../../result.ts'
import { compiledOf, type Publication } from '../../store/index.ts'
import { countProbes, type Zone } from '../../zone/index.ts'
import type { CompileOptions } from '../../zonefile/index.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import type { PublishKv } from '../kv/kv.ts'
import { isFolder, printDiagnostics, skippedFiles } from '../zones/check.ts'
import {
  type CompiledFile,
  compileFile,
  compileFolder,
  countTargets,
  duplicateZones,
  plural,
} from '../zones/compile-files.ts'
import { readZoneFolder } from '../zones/folder.ts'
import { Progress } from './progress.ts'
import { carryOut, type Published, planPublication } from './publish-plan.ts'

export type PublishChoices = {
  /** True if published zones that are not in the folder are removed. */
  readonly prune: boolean
  /** True if they are removed without a question. */
  readonly yes?: boolean
  /** True if the plan is printed and nothing is written. */
  readonly dryRun?: boolean
  readonly where: string
  /** Asks the user; undefined without a terminal. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined
}

/**
 * `edge-gslb publish [DIR|FILE…]`: publishes all zones of the folder, or those of the files. It publishes none if one
 * has an error.
 * @param openKv is called after all zones are found valid
 */
export async function publishCommand(
  paths: readonly string[],
  choices: PublishChoices,
  openKv: () => Promise<Result<PublishKv>>,
  console: Console,
  compiling: CompileOptions = {},
): Promise<ExitStatus> {
  const [first = '', ...others] = paths
  const isOneFolder = others.length === 0 && isFolder(first)
  if (choices.prune && !isOneFolder) {
    console.err('error: --prune removes the zones that are not in a folder; expected one folder')
    return EXIT.USAGE
  }
  const zones = isOneFolder ? compileWithProgress(first, console, compiling) : compileFiles(paths, console, compiling)
  if (zones === undefined) return EXIT.FAILED
  if (isOneFolder) printSkipped(first, zones, console)
  const kv = await openKv()
  if (!kv.ok) {
    console.err(`error: ${kv.error}`)
    return EXIT.FAILED
  }
  try {
    const planned = await planPublication(zones.map(toPublication), kv.value, {
      prune: choices.prune,
    })
    if (!planned.ok) return failed(planned.error, console)
    const { older, removed } = planned.value.published
    for (const { origin, serial, published } of older) {
      console.err(`warning: ${origin}. has the serial ${serial}, and ${published} is published; expected a higher one`)
    }
    const lines = (outcome: Published) => report(outcome, choices.where, countTargets(zones), choices.dryRun)
    if (choices.dryRun) {
      for (const line of lines(planned.value.published)) console.out(line)
      return EXIT.OK
    }
    const refusal = removed.length > 0 ? await whyNotRemove(removed, choices) : undefined
    if (refusal !== undefined) return failed(refusal, console)
    const progress = new Progress('publishing zones', console)
    const published = await carryOut(planned.value, kv.value, progress.update)
    progress.end()
    if (!published.ok) return failed(published.error, console)
    for (const line of lines(published.value)) console.out(line)
    return EXIT.OK
  } finally {
    await kv.value.close()
  }
}

function failed(error: string, console: Console): ExitStatus {
  console.err(`error: ${error}`)
  return EXIT.FAILED
}

/** Returns the reason not to remove zones. A renamed file looks like a removed zone, so the user has to confirm. */
async function whyNotRemove(
  removed: readonly string[],
  { yes = false, confirm, where }: PublishChoices,
): Promise<string | undefined> {
  if (yes) return undefined
  const question = `--prune removes from ${where}: ${listOf(removed)}`
  if (!confirm) return `${question}; expected --yes too. Nothing was written`
  return (await confirm(question)) ? undefined : 'nothing was written'
}

/** Prints advice about files of a folder that are not zones. */
export function printSkipped(folder: string, zones: readonly CompiledFile[], console: Console): void {
  const listed = readZoneFolder(folder)
  if (listed.ok) printDiagnostics(skippedFiles(listed.value, zones), console)
}

function compileFiles(
  files: readonly string[],
  console: Console,
  compiling: CompileOptions,
): readonly CompiledFile[] | undefined {
  const results = files.map((file) => compileFile(file, compiling))
  const zones = results.flatMap((result) => (result.ok ? [result.value] : []))
  const errors = [...results.flatMap((result) => (result.ok ? [] : result.error)), ...duplicateZones(zones)]
  printDiagnostics([...errors, ...zones.flatMap(({ warnings }) => warnings)], console)
  if (errors.length === 0) return zones
  console.err(`error: ${plural(errors.length, 'error')}; nothing was published, and KV is as it was`)
  return undefined
}

function compileWithProgress(
  folder: string,
  console: Console,
  compiling: CompileOptions,
): readonly CompiledFile[] | undefined {
  const progress = new Progress('checking files', console)
  const compiled = compileFolder(folder, progress.update, compiling)
  progress.end()
  if (compiled.ok) {
    for (const { warnings } of compiled.value) printDiagnostics(warnings, console)
    return compiled.value
  }
  printDiagnostics(compiled.error.diagnostics, console)
  console.err(`error: ${compiled.error.message}; nothing was published, and KV is as it was`)
  return undefined
}

/**
 * Returns a zone in the form of KV: the origin in lower case without the last dot, the document as compact JSON, and the
 * compiled zone.
 */
export const toPublication = ({ zone, document }: CompiledFile): Publication => ({
  origin: originOf(zone),
  serial: zone.serial,
  text: JSON.stringify(document),
  probes: countProbes(zone),
  asks: zone.asksTargets,
  compiled: () => compiledOf(zone),
})

/** Returns the origin of a zone as keys have it. */
export const originOf = ({ origin }: Zone): string => formatName(origin.key).slice(0, -1)

/** Returns the outcome, one line for each kind; long lists are cut. */
export function report(published: Published, where: string, targets = 0, isDry = false): string[] {
  const { changed, repaired, unchanged, removed, kept, writes, deletes } = published
  const line = (outcome: string, origins: readonly string[]): string[] =>
    origins.length === 0 ? [] : [`${outcome.padEnd(10)} ${listOf(origins)}`]
  const cost = `${plural(writes, 'KV write')}, ${plural(deletes, 'KV delete')}`
  return [
    ...line('changed', changed),
    ...line('repaired', repaired).map((text) => `${text} (KV did not have what was published)`),
    ...line('unchanged', unchanged),
    ...line('removed', removed),
    ...line('kept', kept).map((text) => `${text} (published before, not in this folder; --prune removes)`),
    `${isDry ? 'would be ' : ''}published to ${where}: ${cost}${targets > 0 ? `; ${plural(targets, 'target')} to probe` : ''}`,
  ]
}

const LISTED = 20

/** Lists origins as names; a long list is cut. */
export function listOf(origins: readonly string[]): string {
  const names = origins.slice(0, LISTED).map((origin) => `${origin}.`)
  const more = origins.length - names.length
  return names.join(' ') + (more > 0 ? ` and ${more} more` : '')
}
