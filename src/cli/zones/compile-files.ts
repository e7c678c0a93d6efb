import { existsSync } from 'node:fs'
import { formatName, type Name } from '../../dns/index.ts'
import { err, ok, type Result } from '../../result.ts'
import type { LocalZone, ZoneDocument } from '../../zone/index.ts'
import {
  type CompileOptions,
  compileSource,
  type Diagnostic,
  type Position,
  type SourceText,
} from '../../zonefile/index.ts'
import { readZoneFolder, receiversOf, settingsOf } from './folder.ts'
import { includeBelow } from './include.ts'
import { besideFile } from './neighbours.ts'
import { readText } from './read-text.ts'

export type CompiledFile = {
  readonly file: string
  readonly zone: LocalZone
  readonly document: ZoneDocument
  /** Warnings and advice. */
  readonly warnings: readonly Diagnostic[]
  /** The files that the zone file includes, and those beside it that it is made of. */
  readonly included: readonly string[]
}

/** Compiles a zone file, or a zone document if the name ends in `.json`. */
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
  const settings = textBeside(file, settingsOf(file))
  const notify = textBeside(file, receiversOf(file))
  for (const beside of [settings, notify]) {
    if (!beside) continue
    if (!beside.ok) return beside
    included.push(beside.value.file)
  }
  const compiled = compileSource({ file, text: text.value }, include, {
    ...options,
    ...{ isServed: besideFile(file), settings: valueIn(settings), notify: valueIn(notify) },
  })
  return compiled.ok ? ok({ file, ...compiled.value, included }) : compiled
}

const valueIn = <T, E>(result: Result<T, E> | undefined): T | undefined => (result?.ok ? result.value : undefined)

/** Reads a file beside a zone file; undefined if there is none. A document says itself what would be in it. */
function textBeside(file: string, beside: string): Result<SourceText, readonly Diagnostic[]> | undefined {
  if (!file.endsWith('.zone') || !existsSync(beside)) return undefined
  const text = readText(beside)
  return text.ok
    ? ok({ file: beside, text: text.value })
    : err([{ ...startOf(beside), severity: 'error', message: text.error }])
}

export const startOf = (file: string): Position => ({ file, line: 1, column: 1 })

/** The errors of a folder, or of its files. */
export type FolderError = { readonly message: string; readonly diagnostics: readonly Diagnostic[] }

/**
 * Compiles every `*.zone` and `*.json` of a folder, in order of name. Folders in it contain included files. It fails if
 * a file has an error, or if two define the same zone.
 * @param onFile is called before each file, for progress
 */
export function compileFolder(
  folder: string,
  onFile: OnFile = () => {},
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
    else for (const diagnostic of result.error) diagnostics.push(diagnostic)
  })
  return folderOf(folder, compiled, diagnostics)
}

export type OnFile = (index: number, of: number) => void

/** Returns the zones of a folder, or its errors. */
export function folderOf<Zone extends NamedZone>(
  folder: string,
  zones: readonly Zone[],
  errors: readonly Diagnostic[],
): Result<readonly Zone[], FolderError> {
  const diagnostics = [...errors, ...duplicateZones(zones)]
  if (diagnostics.length === 0) return ok(zones)
  const bad = new Set(diagnostics.map((diagnostic) => diagnostic.file)).size
  return err({ message: `${plural(bad, 'file')} of ${folder} with errors`, diagnostics })
}

/** Counts the probed targets of all zones: a target that several zones check is probed once. */
export const countTargets = (files: readonly CompiledFile[]): number =>
  new Set(files.flatMap(({ zone }) => zone.conditions.map(({ probe }) => probe.id))).size

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** A zone and the file that it is from. */
export type NamedZone = { readonly file: string; readonly zone: { readonly origin: Name } }

/** Returns an error at the second file of each zone that two files define. */
export function duplicateZones(compiled: readonly NamedZone[]): Diagnostic[] {
  const first = new Map<string, string>()
  return compiled.flatMap(({ file, zone }) => {
    const other = first.get(zone.origin.key)
    if (other === undefined) {
      first.set(zone.origin.key, file)
      return []
    }
    const message = `${formatName(zone.origin)} is defined by ${other} already; expected one file for a zone`
    return [{ ...startOf(file), severity: 'error', message }]
  })
}
