import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { checkExpectations } from '../../expectations/index.ts'
import { err, type Result } from '../../result.ts'
import type { CompileOptions, Diagnostic } from '../../zonefile/index.ts'
import { type CompiledFile, compileFolder, type FolderError, folderOf, startOf } from './compile-files.ts'
import { filesWithoutZone } from './files-without-zone.ts'
import { expectationsOf, readZoneFolder } from './folder.ts'
import { readText } from './read-text.ts'
import { zonesAround } from './zones-around.ts'

/** The file of expectations beside a zone: the number of its rows, all of which are met, or its errors. */
type CheckedExpectations = { readonly file: string; readonly result: Result<number, readonly Diagnostic[]> }

/**
 * Checks the expectations beside a zone file; undefined if there are none. Files of its folder are compiled if needed.
 */
export function expectationsBeside(compiled: CompiledFile, compiling: CompileOptions): CheckedExpectations | undefined {
  const file = expectationsOf(compiled.file)
  if (!existsSync(file)) return undefined
  const text = readText(file)
  if (!text.ok) return { file, result: err([{ ...startOf(file), severity: 'error', message: text.error }]) }
  const context = { zone: compiled.zone, zones: zonesAround(compiled, compiling), now: Date.now() }
  return { file, result: checkExpectations({ file, text: text.value }, { ...context, folder: dirname(compiled.file) }) }
}

export function expectationErrors(compiled: CompiledFile, compiling: CompileOptions): readonly Diagnostic[] {
  const checked = expectationsBeside(compiled, compiling)
  return checked && !checked.result.ok ? checked.result.error : []
}

/** As `compileFolder`. It fails if an expectation is not met, too: zones are published only when all of them are. */
export function compileCheckedFolder(
  path: string,
  options: CompileOptions = {},
): Result<readonly CompiledFile[], FolderError> {
  const compiled = compileFolder(path, undefined, options)
  if (!compiled.ok) return compiled
  const folder = readZoneFolder(path)
  const alone = folder.ok ? filesWithoutZone(folder.value) : []
  return folderOf(path, compiled.value, [
    ...compiled.value.flatMap((file) => expectationErrors(file, options)),
    ...alone,
  ])
}
