import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { formatName } from '../dns/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { Zone, ZoneDocument } from '../zone/index.ts'
import { type CompileOptions, compileSource, type Diagnostic } from '../zonefile/index.ts'
import { includeBelow } from './include.ts'
import { readText } from './read-text.ts'

export type CompiledFile = {
  readonly file: string
  readonly zone: Zone
  readonly document: ZoneDocument
  readonly warnings: readonly Diagnostic[]
}

/** A zone file, or a zone document where the name ends in `.json`. */
export function compileFile(file: string, options: CompileOptions = {}): Result<CompiledFile, readonly Diagnostic[]> {
  const text = readText(file)
  if (!text.ok) return err([{ file, line: 1, column: 1, message: text.error }])
  const compiled = compileSource({ file, text: text.value }, includeBelow(file), options)
  return compiled.ok ? ok({ file, ...compiled.value }) : compiled
}

/** What is wrong with a folder: of itself, or in its files. */
export type FolderError = { readonly message: string; readonly diagnostics: readonly Diagnostic[] }

/**
 * Every `*.zone` and `*.json` in a folder, in order of name; folders in it hold what they include. All of them compile
 * and no two define the same zone, or none is of use.
 * @param onFile is told before each file, for progress
 */
export function compileFolder(
  folder: string,
  onFile: (index: number, of: number) => void = () => {},
  options: CompileOptions = {},
): Result<readonly CompiledFile[], FolderError> {
  const files = zoneFiles(folder)
  if (!files.ok) return err({ message: files.error, diagnostics: [] })
  const compiled: CompiledFile[] = []
  const diagnostics: Diagnostic[] = []
  files.value.forEach((file, index) => {
    onFile(index, files.value.length)
    const result = compileFile(file, options)
    if (result.ok) compiled.push(result.value)
    else diagnostics.push(...result.error)
  })
  diagnostics.push(...duplicates(compiled))
  if (diagnostics.length === 0) return ok(compiled)
  const bad = new Set(diagnostics.map((diagnostic) => diagnostic.file)).size
  return err({ message: `${plural(bad, 'file')} of ${folder} with errors`, diagnostics })
}

/** What is probed for all of the zones together: a target that several ask about is probed once. */
export const countTargets = (files: readonly CompiledFile[]): number =>
  new Set(files.flatMap(({ zone }) => zone.conditions.map(({ probe }) => probe.id))).size

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

function zoneFiles(folder: string): Result<readonly string[]> {
  try {
    const files = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.') && /\.(zone|json)$/.test(entry.name))
      .map((entry) => join(folder, entry.name))
      .sort()
    return files.length > 0 ? ok(files) : err(`${folder} holds no zones; expected files like example.com.zone or .json`)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return err(`there is no folder ${folder}; expected one with files like example.com.zone`)
    if (code === 'ENOTDIR') return err(`${folder} is no folder; expected one with files like example.com.zone`)
    return err(`the folder ${folder} cannot be read: ${message}`)
  }
}

function duplicates(compiled: readonly CompiledFile[]): Diagnostic[] {
  const first = new Map<string, string>()
  return compiled.flatMap(({ file, zone }) => {
    const other = first.get(zone.origin.key)
    if (other === undefined) {
      first.set(zone.origin.key, file)
      return []
    }
    const message = `${formatName(zone.origin)} is defined by ${other} already; expected one file a zone`
    return [{ file, line: 1, column: 1, message }]
  })
}
