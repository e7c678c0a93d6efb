import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { formatName } from '../../dns/index.ts'
import { compiledOf, sourceOf } from '../../store/index.ts'
import { countProbes } from '../../zone/index.ts'
import { type CompileOptions, type Diagnostic, diagnosticJson, formatDiagnostic } from '../../zonefile/index.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { type CostedProbe, costedProbes, costsOfValues, type ZoneCosts } from '../costs/costs.ts'
import { probeNotes, zoneNotes } from '../costs/notes.ts'
import { costsText } from '../costs/text.ts'
import { type CompiledFile, compileFile, duplicateZones, type NamedZone, plural, startOf } from './compile-files.ts'
import { expectationsBeside } from './expectations.ts'
import { filesWithoutZone } from './files-without-zone.ts'
import { readZoneFolder, type ZoneFolder, zoneFileOf } from './folder.ts'

export type CheckOptions = {
  /** True if stdout is one JSON array of all diagnostics; with `costs`, an object with them and the zones. */
  readonly json?: boolean
  /** Warnings count as errors. */
  readonly strict?: boolean
  /** True if what each zone costs is printed below its line. */
  readonly costs?: boolean
  /** Checks a zone that is valid here in another way, too, and returns what it finds. */
  readonly alsoBy?: ((compiled: CompiledFile) => Promise<readonly Diagnostic[]>) | undefined
}

/**
 * `edge-gslb check FILE|DIR…`: compiles zones and checks the expectations beside them. It prints diagnostics on stderr,
 * and a line for each valid file on stdout.
 * @returns FAILED for an error, and with `strict` for a warning, but never for advice
 */
export async function check(
  paths: readonly string[],
  console: Console,
  compiling: CompileOptions = {},
  { json = false, strict = false, costs = false, alsoBy }: CheckOptions = {},
): Promise<ExitStatus> {
  const all: Diagnostic[] = []
  const zones: CheckedZone[] = []
  const tell = (diagnostics: readonly Diagnostic[]): void => {
    for (const diagnostic of diagnostics) all.push(diagnostic)
    if (!json) printDiagnostics(diagnostics, console)
  }
  const told = (zone: CheckedZone): void => {
    zones.push(zone)
    if (json) return
    console.out(zone.summary)
    if (costs) console.out(`  ${costsText(zone.costs)}`)
    if (zone.expectations !== undefined) console.out(zone.expectations)
  }
  for (const path of new Set(paths.map(zoneFileOf))) await checkPath(path, { compiling, alsoBy }, tell, told)
  const probes = zones.flatMap((zone) => zone.probes)
  tell(probeNotes(probes).map((note) => ({ ...startOf(paths[0] ?? ''), ...note })))
  if (json) console.out(JSON.stringify(jsonOf(all, costs ? zones : undefined), null, 2))
  const fails = ({ severity }: Diagnostic): boolean => severity === 'error' || (strict && severity === 'warning')
  return all.some(fails) ? EXIT.FAILED : EXIT.OK
}

/** A zone that was checked, without its records. */
type CheckedZone = NamedZone &
  Pick<CompiledFile, 'included'> & {
    readonly summary: string
    /** The line about its expectations, if they are met. */
    readonly expectations?: string | undefined
    readonly costs: ZoneCosts
    readonly probes: readonly CostedProbe[]
  }

function jsonOf(diagnostics: readonly Diagnostic[], zones: readonly CheckedZone[] | undefined) {
  const found = diagnostics.map(diagnosticJson)
  if (!zones) return found
  return {
    diagnostics: found,
    zones: zones.map(({ file, zone, costs }) => ({ file, origin: formatName(zone.origin), costs })),
  }
}

async function checkPath(
  path: string,
  { compiling, alsoBy }: Pick<CheckOptions, 'alsoBy'> & { readonly compiling: CompileOptions },
  tell: (diagnostics: readonly Diagnostic[]) => void,
  told: (zone: CheckedZone) => void,
): Promise<void> {
  const checked: CheckedZone[] = []
  const checkExpected = (zone: CompiledFile): string | undefined => {
    const expected = expectationsBeside(zone, compiling)
    if (!expected) return undefined
    const { file, result } = expected
    if (result.ok) return `${file}: ${plural(result.value, 'expectation')} met`
    tell(result.error)
    return undefined
  }
  const checkFile = async (file: string): Promise<void> => {
    const result = compileFile(file, compiling)
    if (!result.ok) return tell(result.error)
    const zone = { ...(await costed(result.value)), expectations: checkExpected(result.value) }
    tell([...result.value.warnings, ...zoneNotes(zone.costs).map((note) => ({ ...startOf(file), ...note }))])
    if (alsoBy) tell(await alsoBy(result.value))
    checked.push(zone)
    told(zone)
  }
  if (!isFolder(path)) return checkFile(path)
  const folder = readZoneFolder(path)
  if (!folder.ok) return tell([{ ...startOf(path), severity: 'error', message: folder.error }])
  for (const file of folder.value.zones) await checkFile(file)
  const { value } = folder
  tell([...duplicateZones(checked), ...filesWithoutZone(value), ...skippedFiles(value, checked)])
}

/** Writes a zone as it would be published, to know its costs. The zone itself is no longer needed then. */
async function costed(file: CompiledFile): Promise<CheckedZone> {
  const { zone, document, included } = file
  const probes = costedProbes(zone)
  const costs = costsOfValues(await compiledOf(zone), await sourceOf(document), probes)
  return { file: file.file, zone: { origin: zone.origin }, included, summary: summary(file), costs, probes }
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
