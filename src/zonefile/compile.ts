import { formatName, parseName } from '../dns/index.ts'
import { healthCalls } from '../lua/index.ts'
import type { Issue, Warning } from '../policy/index.ts'
import { patternSize } from '../re2.ts'
import { err, ok, type Result } from '../result.ts'
import {
  type CompiledZone,
  compileZone,
  type KeptZone,
  type LocalZone,
  recompileZone,
  type ZoneDocument,
} from '../zone/index.ts'
import { arranged, type Diagnostic, type Finding, type Position } from './diagnostic.ts'
import { zoneOfFileName } from './file-name.ts'
import { type LocatedJson, readJson } from './json.ts'
import { withScripts } from './json-lua.ts'
import { type LintContext, lint } from './lint.ts'
import type { LuaDialect } from './lua-record.ts'
import { type Include, MasterFile } from './master.ts'
import { joinSettings, NO_SETTINGS, readNotify, readSettings } from './settings.ts'
import { Source } from './source.ts'
import { zoneNameOf } from './zone-name.ts'

export type SourceText = { readonly file: string; readonly text: string }

export type CompiledSource = {
  readonly zone: LocalZone
  readonly document: ZoneDocument
  /** The zone with what its next version takes over, if it was to be kept. */
  readonly kept?: KeptZone | undefined
  /** Warnings and advice. */
  readonly warnings: readonly Diagnostic[]
}

/** The options to read LUA records with. */
export type CompileOptions = LintContext & {
  /** Joins the strings of LUA records with white space, as PowerDNS before 5.0 does. */
  readonly luaInsertWhitespace?: boolean
  /** Makes backup selectors read all lists, as PowerDNS before 5.1 does. */
  readonly luaBackupAllLists?: boolean
  /** Code that runs before each LUA record, as in PowerDNS's `lua-global-include-dir`: one text for each file. */
  readonly luaGlobals?: readonly string[]
  /** Keeps what the next version of the zone takes over, which takes memory. */
  readonly keeps?: boolean
  /** The settings beside a zone file: what it has no place for. */
  readonly settings?: SourceText | undefined
  /** The receivers of notifications beside a zone file. */
  readonly notify?: SourceText | undefined
}

/**
 * Compiles a zone from one source. A `.json` file is a zone document. Any other file is a master file (RFC 1035 §5) for
 * the zone that its `$ORIGIN` and SOA name, or that the file is named after.
 * @param source `file` is the path in diagnostics
 */
export function compileSource(
  source: SourceText,
  include: Include,
  options: CompileOptions = {},
): Result<CompiledSource, readonly Diagnostic[]> {
  const dialect = dialectOf(options)
  return /\.json$/i.test(source.file)
    ? compileJson(source, dialect, options)
    : compileMaster(source, include, dialect, options)
}

/**
 * Compiles a zone document that is part of another JSON text, or a value that was parsed before.
 * @param file the path in diagnostics
 */
export function compileDocument(
  file: string,
  { value, locate }: LocatedJson,
  options: CompileOptions = {},
): Result<CompiledSource, readonly Diagnostic[]> {
  const diagnose = ({ path, ...issue }: Warning): Finding => ({ ...locate(path), ...issue })
  const { document, errors, warnings } = withScripts(value, dialectOf(options))
  return located(compiledOf(document, options), locate, errors.map(diagnose), warnings.map(diagnose), [file], options)
}

/** The parts of validation that only author time needs: all of a document is validated here. */
const AIDS = { healthCalls, patternSize }

const compiledOf = (document: unknown, { keeps }: CompileOptions): Result<CompiledZone | KeptZone, readonly Issue[]> =>
  keeps ? recompileZone(undefined, document, AIDS) : compileZone(document, AIDS)

const dialectOf = ({ luaInsertWhitespace, luaBackupAllLists, luaGlobals = [] }: CompileOptions): LuaDialect => ({
  join: luaInsertWhitespace ? 'white space' : 'nothing',
  backup: luaBackupAllLists ? 'all lists' : 'first list',
  globals: luaGlobals,
})

function compileJson(
  { file, text }: SourceText,
  dialect: LuaDialect,
  context: CompileOptions,
): Result<CompiledSource, readonly Diagnostic[]> {
  const json = readJson(file, text)
  if (!json.ok) return err(arranged(json.error, 'error', [file]))
  const { value, locate } = json.value
  const diagnose = ({ path, ...issue }: Warning): Finding => ({ ...locate(path), ...issue })
  // Most documents have no Lua, and a copy of a large one is expensive.
  const misnamed = misnamedDocument(file, value)
  const scripted = text.includes('"lua"') ? withScripts(value, dialect) : { document: value, errors: [], warnings: [] }
  const errors = scripted.errors.map(diagnose)
  const warnings = [...misnamed, ...scripted.warnings].map(diagnose)
  return located(compiledOf(scripted.document, context), locate, errors, warnings, [file], context)
}

/** Warns of a file that is named after another zone than the document's. */
function misnamedDocument(file: string, document: unknown): Issue[] {
  const named = zoneOfFileName(file)
  const text = (document as { readonly origin?: unknown } | null)?.origin
  if (!named.ok || !named.value.isSure || typeof text !== 'string') return []
  const origin = parseName(text.endsWith('.') ? text : `${text}.`)
  if (!origin.ok || origin.value.key === named.value.name.key) return []
  const [expected, found] = [formatName(named.value.name), formatName(origin.value)]
  const message = `the file is named after the zone ${expected}, but "origin" is ${found}; expected the same in both`
  return [{ path: ['origin'], message }]
}

function compileMaster(
  { file, text }: SourceText,
  include: Include,
  dialect: LuaDialect,
  context: CompileOptions,
): Result<CompiledSource, readonly Diagnostic[]> {
  const start = { file, line: 1, column: 1 }
  const source = new Source(file, text)
  const origin = zoneNameOf(source)
  if (!origin.ok) return err(arranged([{ ...start, message: origin.error }], 'error', [file]))
  const { name, start: begin, suspect } = origin.value
  const master = new MasterFile(name, include, dialect)
  master.read(source, { origin: begin, owner: undefined })
  const { records } = master
  records.finish()
  const { draft, errors, warnings } = records
  const settings = settingsIn(context)
  const { fields, locate: locateSetting } = settings.ok ? settings.value : NO_SETTINGS
  if (!settings.ok) errors.push(...settings.error)
  const beside = [context.settings, context.notify].flatMap((one) => (one ? [one.file] : []))
  const files = [...master.files, ...beside]
  if (suspect) warnings.push({ ...source.positionAt(suspect.at), message: suspect.message })
  if (!records.hasSoa) {
    const message = 'the zone has no SOA; expected one: @ IN SOA ns.example.com. hostmaster.example.com. 1 1h 15m 1w 1h'
    errors.push({ ...start, message })
  }
  for (const { position, owner, type, ttl } of draft.mixedTtls()) {
    const expected = `expected one, so ${ttl}, the smallest, counts (RFC 2181 §5.2)`
    const message = `the ${type} records of ${owner} have different TTLs; ${expected}`
    warnings.push({ ...position.in.positionAt(position.at), message })
  }
  for (const { position, text, first } of draft.respelled()) {
    const message = `${text} is written ${first} before, and is the same name; expected one spelling (RFC 4343)`
    warnings.push({ ...position.in.positionAt(position.at), message })
  }
  const locate = (path: Issue['path']): Position => locateSetting(path) ?? draft.locate(path, start)
  const document = { ...draft.document(records.zoneTtl), ...fields }
  return located(compiledOf(document, context), locate, errors, warnings, files, context)
}

/** Reads the files beside a zone file. */
function settingsIn({ settings: beside, notify: receivers }: CompileOptions): ReturnType<typeof readSettings> {
  const settings = beside ? readSettings(beside.file, beside.text) : ok(NO_SETTINGS)
  const notify = receivers ? readNotify(receivers.file, receivers.text) : ok(NO_SETTINGS)
  if (!settings.ok) return settings
  return notify.ok ? joinSettings(settings.value, notify.value) : notify
}

/** Adds positions to the issues of a compiled document. Errors of the text do not hide errors of the document. */
function located(
  compiled: Result<CompiledZone | KeptZone, readonly Issue[]>,
  locate: (path: Issue['path']) => Position,
  errors: readonly Finding[],
  warnings: readonly Finding[],
  files: readonly string[],
  context: LintContext,
): Result<CompiledSource, readonly Diagnostic[]> {
  const diagnose = ({ path, ...issue }: Warning): Finding => ({ ...locate(path), ...issue })
  if (!compiled.ok) return err(arranged([...errors, ...compiled.error.map(diagnose)], 'error', files))
  if (errors.length > 0) return err(arranged(errors, 'error', files))
  const { zone, document } = compiled.value
  const suspect = [...compiled.value.warnings, ...lint(document, zone, context)]
  const kept = 'kept' in compiled.value ? compiled.value : undefined
  return ok({ zone, document, kept, warnings: arranged([...warnings, ...suspect.map(diagnose)], 'warning', files) })
}
