import { err, ok, type Result } from '../../result.ts'
import type { CompileOptions } from '../../zonefile/index.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { probeNotes } from '../costs/notes.ts'
import type { PublishKv } from '../kv/kv.ts'
import { isFolder, printDiagnostics, skippedFiles } from '../zones/check.ts'
import {
  type CompiledFile,
  duplicateZones,
  type FolderError,
  type OnFile,
  plural,
  startOf,
} from '../zones/compile-files.ts'
import { readZoneFolder, zoneFileOf } from '../zones/folder.ts'
import { Progress } from './progress.ts'
import { carryOut, type Published, planPublication } from './publish-plan.ts'
import { type ReadZone, readFiles, readFolder } from './read-zones.ts'
import { listOf, report, reportJson } from './report.ts'

export type PublishChoices = {
  /** True if published zones that are not in the folder are removed. */
  readonly prune: boolean
  /** True if they are removed without a question. */
  readonly yes?: boolean
  /** True if the plan is printed and nothing is written. */
  readonly dryRun?: boolean
  /** True if what each zone costs is printed below its line. */
  readonly costs?: boolean
  /** True if the outcome is one JSON object. */
  readonly json?: boolean
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
  const zones = await readZones(paths, isOneFolder, console, compiling)
  if (zones === undefined) return EXIT.FAILED
  if (isOneFolder) printSkipped(first, zones, console)
  const notes = probeNotes(zones.flatMap(({ probes }) => probes))
  printDiagnostics(
    notes.map((note) => ({ ...startOf(first), ...note })),
    console,
  )
  const kv = await openKv()
  if (!kv.ok) {
    console.err(`error: ${kv.error}`)
    return EXIT.FAILED
  }
  try {
    const planned = await planPublication(
      zones.map(({ publication }) => publication),
      kv.value,
      { prune: choices.prune },
    )
    if (!planned.ok) return failed(planned.error, console)
    const { older, removed } = planned.value.published
    for (const { origin, serial, published } of older) {
      console.err(`warning: ${origin}. has the serial ${serial}, and ${published} is published; expected a higher one`)
    }
    const show = (outcome: Published): void => showOutcome(outcome, zones, choices, console)
    if (choices.dryRun) {
      show(planned.value.published)
      return EXIT.OK
    }
    const refusal = removed.length > 0 ? await whyNotRemove(removed, choices) : undefined
    if (refusal !== undefined) return failed(refusal, console)
    const progress = new Progress('publishing zones', console)
    const published = await carryOut(planned.value, kv.value, progress.update)
    progress.end()
    if (!published.ok) return failed(published.error, console)
    show(published.value)
    return EXIT.OK
  } finally {
    await kv.value.close()
  }
}

function showOutcome(
  outcome: Published,
  zones: readonly ReadZone[],
  { where, json = false, dryRun = false, costs: showsCosts = false }: PublishChoices,
  console: Console,
): void {
  const targets = new Set(zones.flatMap(({ probes }) => probes.map(({ id }) => id))).size
  const costs = new Map(zones.map(({ publication, costs }) => [publication.origin, costs]))
  const context = { where, targets, dryRun, costs }
  if (json) console.out(JSON.stringify(reportJson(outcome, context), null, 2))
  else for (const line of report(outcome, context, showsCosts)) console.out(line)
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
export function printSkipped(folder: string, zones: readonly Pick<CompiledFile, 'included'>[], console: Console): void {
  const listed = readZoneFolder(folder)
  if (listed.ok) printDiagnostics(skippedFiles(listed.value, zones), console)
}

/** Reads the zones of a folder, or of files. Returns undefined, and says why, if one of them has an error. */
async function readZones(
  paths: readonly string[],
  isOneFolder: boolean,
  console: Console,
  compiling: CompileOptions,
): Promise<readonly ReadZone[] | undefined> {
  const progress = new Progress('checking files', console)
  const read = isOneFolder
    ? await readFolder(paths[0] as string, progress.update, compiling)
    : await readPaths(paths, progress.update, compiling)
  progress.end()
  const { diagnostics, message } = read.ok
    ? { diagnostics: read.value.flatMap(({ warnings }) => warnings), message: undefined }
    : read.error
  printDiagnostics(diagnostics, console)
  if (read.ok) return read.value
  console.err(`error: ${message}; nothing was published, and KV is as it was`)
  return undefined
}

async function readPaths(
  files: readonly string[],
  onFile: OnFile,
  compiling: CompileOptions,
): Promise<Result<readonly ReadZone[], FolderError>> {
  const { zones, errors: found } = await readFiles([...new Set(files.map(zoneFileOf))], onFile, compiling)
  const errors = [...found, ...duplicateZones(zones)]
  if (errors.length === 0) return ok(zones)
  return err({
    message: plural(errors.length, 'error'),
    diagnostics: [...errors, ...zones.flatMap(({ warnings }) => warnings)],
  })
}
