import { existsSync, writeFileSync } from 'node:fs'
import { formatName, parseName, ROOT, typeName } from '../../dns/index.ts'
import { recordsOf } from '../../policy/index.ts'
import { err, ok, type Result } from '../../result.ts'
import { keyedOrigin, zoneKey } from '../../store/index.ts'
import {
  type CompiledSource,
  type CompileOptions,
  compileSource,
  exportWarnings,
  exportZone,
  splitSettings,
} from '../../zonefile/index.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { printDiagnostics, summary } from './check.ts'
import { type CompiledFile, compileFile, compileFolder } from './compile-files.ts'
import { receiversOf, settingsOf } from './folder.ts'

export type ExportOptions = {
  /** The folder of the zones, for a zone that is named by its origin. */
  readonly zones: string
  /** The file to write; without it the zone goes to stdout. */
  readonly output?: string | undefined
  /** True if the zone document is written instead of a zone file. */
  readonly json?: boolean
}

/**
 * `edge-gslb export ZONE|FILE`: writes the zone as a master file. Records that a master file cannot express become
 * comments, each with a warning, and the command fails.
 */
export function exportCommand(
  zone: string,
  { zones, output, json = false }: ExportOptions,
  console: Console,
  options: CompileOptions = {},
): ExitStatus {
  const compiled = isFile(zone) ? fromFile(zone, console, options) : fromFolder(zone, zones, console, options)
  return compiled ? write(compiled, { output, json }, console) : EXIT.FAILED
}

/** Reads the document of a zone that is published. @param origin without the final dot, in lower case */
export type ReadDocument = (origin: string) => Promise<Result<unknown>>

/** As `exportCommand`, of a zone that stands in KV, or that the API has. */
export async function exportPublished(
  zone: string,
  { output, json = false }: Omit<ExportOptions, 'zones'>,
  readDocument: ReadDocument,
  console: Console,
  options: CompileOptions = {},
): Promise<ExitStatus> {
  const compiled = await published(zone, readDocument, options)
  if (compiled.ok) return write(compiled.value, { output, json }, console)
  console.err(`error: ${compiled.error}; nothing was written`)
  return EXIT.FAILED
}

async function published(
  zone: string,
  readDocument: ReadDocument,
  options: CompileOptions,
): Promise<Result<CompiledFile>> {
  const origin = keyedOrigin(zone)
  if (origin === undefined) return err(`"${zone}" is not a name; expected that of a published zone`)
  const document = await readDocument(origin)
  if (!document.ok) return document
  const file = zoneKey(origin)
  const compiled = compileSource({ file: `${file}.json`, text: JSON.stringify(document.value) }, noIncludes, options)
  if (compiled.ok) return ok({ file, ...compiled.value, included: [] })
  return err(`the value under "${file}" is not valid: ${compiled.error[0]?.message}`)
}

const noIncludes = () => err('a zone document includes no files')

type Form = Pick<ExportOptions, 'output'> & { readonly json: boolean }

function write(compiled: CompiledFile, { output, json }: Form, console: Console): ExitStatus {
  return json ? writeDocument(compiled, output, console) : writeZoneFile(compiled, output, console)
}

function writeDocument(
  { document, ...compiled }: CompiledFile,
  output: string | undefined,
  console: Console,
): ExitStatus {
  const text = JSON.stringify(document, null, 2)
  const written = writeText(`${text}\n`, output)
  if (!written.ok) {
    console.err(`error: ${written.error}`)
    return EXIT.FAILED
  }
  console.out(output === undefined ? text : summary({ ...compiled, document, file: output }))
  return EXIT.OK
}

function writeZoneFile(compiled: CompiledFile, output: string | undefined, console: Console): ExitStatus {
  const beside = output?.endsWith('.zone') ? settingsOf(output) : undefined
  const { rest, settings } = splitSettings(compiled.document)
  const { text, lost } = exportZone(beside === undefined ? compiled.document : rest)
  const again = reread(text)
  const file = writeText(text, output)
  const written = file.ok && beside !== undefined ? writeSettings(settings, beside) : file
  if (!written.ok) {
    console.err(`error: ${written.error}`)
    return EXIT.FAILED
  }
  for (const warning of exportWarnings(compiled.document)) console.err(`warning: ${warning}`)
  for (const rrset of withBlanks(compiled)) {
    console.err(
      `warning: ${rrset} has hints that are auto; PowerDNS fills them in with svc-autohints=yes, other servers refuse it`,
    )
  }
  for (const loss of lost) console.err(`warning: ${compiled.file}: ${loss}`)
  if (output === undefined) console.out(text.trimEnd())
  else console.out(summary({ ...compiled, ...again, file: output }))
  if (lost.length === 0) return EXIT.OK
  console.err(`error: ${lost.length === 1 ? 'one thing is' : `${lost.length} things are`} not in the zone file`)
  return EXIT.FAILED
}

/** Writes the settings beside a zone file. Where there are none, those of an earlier export must not count. */
function writeSettings(settings: object, file: string): Result<true> {
  const isNeeded = Object.keys(settings).length > 0 || existsSync(file)
  const written: Result<true> = isNeeded ? writeText(`${JSON.stringify(settings, null, 2)}\n`, file) : ok(true)
  const receivers = receiversOf(file.replace(/\.settings\.json$/, '.zone'))
  // They stand in the settings from now on, and must be there before they are nowhere else.
  return written.ok && existsSync(receivers) ? writeText('[]\n', receivers) : written
}

/** True for an existing path, and for one that can only be a file: the error then says that the file is missing. */
const isFile = (zone: string): boolean => /\.(zone|json)$/.test(zone) || /[/\\]/.test(zone) || existsSync(zone)

function fromFile(file: string, console: Console, options: CompileOptions): CompiledFile | undefined {
  const compiled = compileFile(file, options)
  if (compiled.ok) printDiagnostics(compiled.value.warnings, console)
  else printDiagnostics(compiled.error, console)
  return compiled.ok ? compiled.value : undefined
}

function fromFolder(zone: string, folder: string, console: Console, options: CompileOptions): CompiledFile | undefined {
  const fail = (message: string): undefined => void console.err(`error: ${message}`)
  const name = parseName(zone, ROOT)
  if (!name.ok) return fail(name.error)
  const compiled = compileFolder(folder, undefined, options)
  if (!compiled.ok) {
    printDiagnostics(compiled.error.diagnostics, console)
    return fail(`${compiled.error.message}; nothing was written`)
  }
  const found = compiled.value.find((file) => file.zone.origin.key === name.value.key)
  if (found) printDiagnostics(found.warnings, console)
  const origins = compiled.value.map((file) => formatName(file.zone.origin)).join(', ')
  return found ?? fail(`${folder} has no zone ${formatName(name.value)}; expected one of ${origins}, or a file`)
}

/** Compiles the exported text. Text that does not compile is a fault of edge-gslb, and must not be written. */
function reread(text: string): CompiledSource {
  const again = compileSource({ file: 'exported', text }, () => err('nothing is included'))
  if (again.ok) return again.value
  throw new Error(`the exported zone cannot be read: ${JSON.stringify(again.error[0])}`)
}

/** Returns the RRsets with automatic hints, which other servers than PowerDNS refuse. */
const withBlanks = ({ zone }: CompiledFile): string[] =>
  [...zone.names.nodes.values()].flatMap(({ key, rrsets }) =>
    rrsets
      .filter(({ policy }) => recordsOf(policy).some(({ blank }) => blank))
      .map(({ type }) => `${formatName(key)} ${typeName(type)}`),
  )

function writeText(text: string, output: string | undefined): Result<true> {
  if (output === undefined) return ok(true)
  try {
    writeFileSync(output, text)
    return ok(true)
  } catch (error) {
    return err(`${output} cannot be written: ${(error as Error).message}`)
  }
}
