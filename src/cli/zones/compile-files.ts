import { formatName } from '../../dns/index.ts'
import { err, ok, type Result } from '../../result.ts'
import type { Zone, ZoneDocument } from '../../zone/index.ts'
import { type CompileOptions, compileSource, type Diagnostic, type Position } from '../../zonefile/index.ts'
import { readZoneFolder } from './folder.ts'
import { includeBelow } from './include.ts'
import { besideFile } from './neighbours.ts'
import { readText } from './read-text.ts'

export type CompiledFile = {
  readonly file: string
  readonly zone: Zone
  readonly document: ZoneDocument
  /** Warnings and advice. */
  readonly warnings: readonly Diagnostic[]
  /** The files that it includes. */
  readonly included: readonly string[]
}

/** A zone file, or a zone document where the name ends in `.json`. */
export function compileFile(file: string, options: CompileOptions = {}): Result<CompiledFile, readonly Diagnostic[]> {
  const text = readText(file)
  if (!text.ok) return err([{ ...startOf(file), severity: 'error', message: text.error }])
  const included: string[] = []
  const read = includeBelow(file)
  const include: typeof read = (path, from) => {
    const found = read(path, from)
    if (found.ok) included.push(found.value.file)
    return found
  }
  const compiled = compileSource({ file, text: text.value }, include, { ...options, isServed: besideFile(file) })
  return compiled.ok ? ok({ file, ...compiled.value, included }) : compiled
}

export const startOf = (file: string): Position => ({ file, line: 1, column: 1 })

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
  const files = readZoneFolder(folder)
  if (!files.ok) return err({ message: files.error, diagnostics: [] })
  const compiled: CompiledFile[] = []
  const diagnostics: Diagnostic[] = []
  files.value.zones.forEach((file, index, { length }) => {
    onFile(index, length)
    const result = compileFile(file, options)
    if (result.ok) compiled.push(result.value)
    else diagnostics.push(...result.error)
  })
  diagnostics.push(...duplicateZones(compiled))
  if (diagnostics.length === 0) return ok(compiled)
  const bad = new Set(diagnostics.map((diagnostic) => diagnostic.file)).size
  return err({ message: `${plural(bad, 'file')} of ${folder} with errors`, diagnostics })
}

/** What is probed for all of the zones together: a target that several ask about is probed once. */
export const countTargets = (files: readonly CompiledFile[]): number =>
  new Set(files.flatMap(({ zone }) => zone.conditions.map(({ probe }) => probe.id))).size

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** Zones that two files define: an error in the second one. */
export function duplicateZones(compiled: readonly CompiledFile[]): Diagnostic[] {
  const first = new Map<string, string>()
  return compiled.flatMap(({ file, zone }) => {
    const other = first.get(zone.origin.key)
    if (other === undefined) {
      first.set(zone.origin.key, file)
      return []
    }
    const message = `${formatName(zone.origin)} is defined by ${other} already; expected one file a zone`
    return [{ ...startOf(file), severity: 'error', message }]
  })
}
