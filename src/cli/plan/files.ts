import type { CompileOptions } from '../../zonefile/index.ts'
import type { Console } from '../console.ts'
import { Progress } from '../publish/progress.ts'
import { isFolder, printDiagnostics } from '../zones/check.ts'
import { type CompiledFile, compileFile, compileFolder, duplicateZones, plural } from '../zones/compile-files.ts'

/**
 * Compiles the zones of a folder, or those of files. Prints the reasons and returns undefined if one has an error; its
 * warnings are those of `check`.
 * @param wantsFolder true if only a folder says which zones there are
 */
export function compilePaths(
  paths: readonly string[],
  wantsFolder: boolean,
  console: Console,
  compiling: CompileOptions,
): readonly CompiledFile[] | undefined {
  const [first = '', ...others] = paths
  const isOneFolder = others.length === 0 && isFolder(first)
  if (isOneFolder) return compiledFolder(first, console, compiling)
  if (!wantsFolder) return compiledFiles(paths, console, compiling)
  console.err('error: --prune removes the zones that are not in a folder; expected one folder')
  return undefined
}

function compiledFolder(
  folder: string,
  console: Console,
  compiling: CompileOptions,
): readonly CompiledFile[] | undefined {
  const progress = new Progress('checking files', console)
  const compiled = compileFolder(folder, progress.update, compiling)
  progress.end()
  if (compiled.ok) return compiled.value
  printDiagnostics(compiled.error.diagnostics, console)
  console.err(`error: ${compiled.error.message}; nothing was compared`)
  return undefined
}

function compiledFiles(
  files: readonly string[],
  console: Console,
  compiling: CompileOptions,
): readonly CompiledFile[] | undefined {
  const results = files.map((file) => compileFile(file, compiling))
  const zones = results.flatMap((result) => (result.ok ? [result.value] : []))
  const errors = [...results.flatMap((result) => (result.ok ? [] : result.error)), ...duplicateZones(zones)]
  if (errors.length === 0) return zones
  printDiagnostics(errors, console)
  console.err(`error: ${plural(errors.length, 'error')}; nothing was compared`)
  return undefined
}
