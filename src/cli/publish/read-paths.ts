import { err, ok, type Result } from '../../result.ts'
import type { CompileOptions } from '../../zonefile/index.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { isFolder, printDiagnostics, skippedFiles } from '../zones/check.ts'
import { type CompiledFile, duplicateZones, type FolderError, type OnFile, plural } from '../zones/compile-files.ts'
import { readZoneFolder, zoneFileOf } from '../zones/folder.ts'
import { Progress } from './progress.ts'
import { readFiles, readFolder, type ZoneRead } from './read-zones.ts'

export type Reading<Z> = {
  /** Keeps of a zone what is needed later. */
  readonly ready: (file: CompiledFile) => Promise<Z>
  /** True if only a folder says which zones there are. */
  readonly prune: boolean
  /** Ends the error of a zone that is not valid: `nothing was published`. */
  readonly outcome: string
}

/**
 * Reads the zones of a folder, or of files, with the expectations beside them. It prints warnings, and advice about
 * files that are no zones. The error is the exit status; its reason is printed.
 */
export async function readZones<Z extends ZoneRead>(
  paths: readonly string[],
  { ready, prune, outcome }: Reading<Z>,
  console: Console,
  compiling: CompileOptions,
): Promise<Result<readonly Z[], ExitStatus>> {
  const [first = '', ...others] = paths
  const isOneFolder = others.length === 0 && isFolder(first)
  if (prune && !isOneFolder) {
    console.err('error: --prune removes the zones that are not in a folder; expected one folder')
    return err(EXIT.USAGE)
  }
  const progress = new Progress('checking files', console)
  const read = isOneFolder
    ? await readFolder(first, progress.update, compiling, ready)
    : await readPaths(paths, progress.update, compiling, ready)
  progress.end()
  const { diagnostics, message } = read.ok
    ? { diagnostics: read.value.flatMap(({ warnings }) => warnings), message: undefined }
    : read.error
  printDiagnostics(diagnostics, console)
  if (!read.ok) {
    console.err(`error: ${message}; ${outcome}`)
    return err(EXIT.FAILED)
  }
  if (isOneFolder) printSkipped(first, read.value, console)
  return read
}

/** Prints advice about files of a folder that are not zones. */
export function printSkipped(folder: string, zones: readonly Pick<CompiledFile, 'included'>[], console: Console): void {
  const listed = readZoneFolder(folder)
  if (listed.ok) printDiagnostics(skippedFiles(listed.value, zones), console)
}

async function readPaths<Z extends ZoneRead>(
  files: readonly string[],
  onFile: OnFile,
  compiling: CompileOptions,
  ready: (file: CompiledFile) => Promise<Z>,
): Promise<Result<readonly Z[], FolderError>> {
  const { zones, errors: found } = await readFiles([...new Set(files.map(zoneFileOf))], onFile, compiling, ready)
  const errors = [...found, ...duplicateZones(zones)]
  if (errors.length === 0) return ok(zones)
  return err({
    message: plural(errors.length, 'error'),
    diagnostics: [...errors, ...zones.flatMap(({ warnings }) => warnings)],
  })
}
