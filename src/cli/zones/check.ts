import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { formatName } from '../../dns/index.ts'
import { countProbes } from '../../zone/index.ts'
import { type CompileOptions, type Diagnostic, diagnosticJson, formatDiagnostic } from '../../zonefile/index.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { type CompiledFile, compileFile, duplicateZones, plural, startOf } from './compile-files.ts'
import { readZoneFolder, type ZoneFolder } from './folder.ts'

export type CheckOptions = {
  /** True if stdout is one JSON array of all diagnostics. */
  readonly json?: boolean
  /** Warnings count as errors. */
  readonly strict?: boolean
}

/**
 * `edge-gslb check FILE|DIR…`: prints diagnostics on stderr, and a line for each valid file on stdout.
 * @returns FAILED for an error, and with `strict` for a warning, but never for advice
 */
export function check(
  paths: readonly string[],
  console: Console,
  compiling: CompileOptions = {},
  { json = false, strict = false }: CheckOptions = {},
): ExitStatus {
  const all: Diagnostic[] = []
  const tell = (diagnostics: readonly Diagnostic[]): void => {
    all.push(...diagnostics)
    if (!json) printDiagnostics(diagnostics, console)
  }
  for (const path of paths) checkPath(path, compiling, tell, (line) => json || console.out(line))
  if (json) console.out(JSON.stringify(all.map(diagnosticJson), null, 2))
  const fails = ({ severity }: Diagnostic): boolean => severity === 'error' || (strict && severity === 'warning')
  return all.some(fails) ? EXIT.FAILED : EXIT.OK
}

type Tell = (diagnostics: readonly Diagnostic[]) => void

function checkPath(path: string, compiling: CompileOptions, tell: Tell, out: (line: string) => void): void {
  const compiled: CompiledFile[] = []
  const checkFile = (file: string): void => {
    const result = compileFile(file, compiling)
    tell(result.ok ? result.value.warnings : result.error)
    if (!result.ok) return
    compiled.push(result.value)
    out(summary(result.value))
  }
  if (!isFolder(path)) return checkFile(path)
  const folder = readZoneFolder(path)
  if (!folder.ok) return tell([{ ...startOf(path), severity: 'error', message: folder.error }])
  folder.value.zones.forEach(checkFile)
  tell([...duplicateZones(compiled), ...skippedFiles(folder.value, compiled)])
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    // Reading it as a file gives the reason.
    return false
  }
}

/**
 * Returns advice about skipped files that may be zones: other servers name zone files like `db.example.com`, and
 * `prod/example.com.zone` is one if the folder `prod` is checked.
 */
export function skippedFiles(
  { others, inner }: ZoneFolder,
  compiled: readonly Pick<CompiledFile, 'included'>[],
): Diagnostic[] {
  const included = new Set(compiled.flatMap((file) => file.included.map((path) => resolve(path))))
  const advice = (at: string, message: string): Diagnostic => ({ ...startOf(at), severity: 'advice', message })
  const skipped = (files: readonly string[]): string[] => files.filter((file) => !included.has(resolve(file)))
  const expected = 'expected a zone file named like example.com.zone, or a zone document (.json)'
  const inFolders = skipped(inner)
  const folders = [...new Set(inFolders.map((file) => dirname(file)))]
  return [
    ...skipped(others).map((file) => advice(file, `the file is skipped; ${expected}`)),
    ...folders.map((folder) => {
      const count = inFolders.filter((file) => dirname(file) === folder).length
      const message = `the folder is skipped, with ${plural(count, 'zone file')} in it`
      return advice(folder, `${message}; expected them beside it, or the folder by itself`)
    }),
  ]
}

export function printDiagnostics(diagnostics: readonly Diagnostic[], console: Console): void {
  for (const diagnostic of diagnostics) console.err(formatDiagnostic(diagnostic))
}

/**
 * Formats `zones/example.com.zone: example.com. serial 2023122101, 5 names, 6 rrsets, 4 targets`. It counts names that
 * own records, and probed targets.
 */
export function summary({ file, zone }: CompiledFile): string {
  const owners = [...zone.names.nodes.values()].filter((node) => node.rrsets.length > 0)
  const rrsets = owners.reduce((sum, node) => sum + node.rrsets.length, 0)
  const targets = countProbes(zone)
  const probed = targets > 0 ? `, ${plural(targets, 'target')}` : ''
  const size = `${plural(owners.length, 'name')}, ${plural(rrsets, 'rrset')}${probed}`
  return `${file}: ${formatName(zone.origin)} serial ${zone.serial}, ${size}`
}
