import { type Name, parseName } from '../dns/index.ts'
import { healthCalls } from '../lua/index.ts'
import type { Issue } from '../policy/index.ts'
import { err, ok, type Result } from '../result.ts'
import { type CompiledZone, compileZone, type Zone, type ZoneDocument } from '../zone/index.ts'
import { danglingNames } from './dangling.ts'
import { arranged, type Diagnostic, type Position } from './diagnostic.ts'
import { readJson } from './json.ts'
import { withScripts } from './json-lua.ts'
import type { LuaDialect } from './lua-record.ts'
import { type Include, MasterFile } from './master.ts'
import { Source } from './source.ts'

export type SourceText = { readonly file: string; readonly text: string }

export type CompiledSource = {
  readonly zone: Zone
  readonly document: ZoneDocument
  readonly warnings: readonly Diagnostic[]
}

/** How LUA records are to be read. */
export type CompileOptions = {
  /** They are those of a PowerDNS before 5.0, which put white space between their strings. */
  readonly luaInsertWhitespace?: boolean
  /** They are those of a PowerDNS before 5.1, whose backup selectors look at all lists. */
  readonly luaBackupAllLists?: boolean
  /** Code that runs in front of each, as in PowerDNS's `lua-global-include-dir`, one text a file. */
  readonly luaGlobals?: readonly string[]
}

/**
 * A zone from one source: a `.json` file is a zone document, any other a master file (RFC 1035 §5) for the zone that
 * the file is named after.
 * @param source `file` is the path that diagnostics show
 */
export function compileSource(
  source: SourceText,
  include: Include,
  options: CompileOptions = {},
): Result<CompiledSource, readonly Diagnostic[]> {
  const dialect = dialectOf(options)
  return /\.json$/i.test(source.file) ? compileJson(source, dialect) : compileMaster(source, include, dialect)
}

const dialectOf = ({ luaInsertWhitespace, luaBackupAllLists, luaGlobals = [] }: CompileOptions): LuaDialect => ({
  join: luaInsertWhitespace ? 'white space' : 'nothing',
  backup: luaBackupAllLists ? 'all lists' : 'first list',
  globals: luaGlobals,
})

function compileJson({ file, text }: SourceText, dialect: LuaDialect): Result<CompiledSource, readonly Diagnostic[]> {
  const json = readJson(file, text)
  if (!json.ok) return err(arranged(json.error, [file]))
  const { value, locate } = json.value
  const diagnose = ({ path, message }: Issue): Diagnostic => ({ ...locate(path), message })
  // Most documents have no Lua, and a large one is worth no copy.
  const scripted = text.includes('"lua"') ? withScripts(value, dialect) : { document: value, errors: [], warnings: [] }
  const errors = scripted.errors.map(diagnose)
  return located(compileZone(scripted.document, healthCalls), locate, errors, scripted.warnings.map(diagnose), [file])
}

function compileMaster(
  { file, text }: SourceText,
  include: Include,
  dialect: LuaDialect,
): Result<CompiledSource, readonly Diagnostic[]> {
  const start = { file, line: 1, column: 1 }
  const origin = originOf(file)
  if (!origin.ok) return err([{ ...start, message: origin.error }])
  const master = new MasterFile(origin.value, include, dialect)
  master.read(new Source(file, text), { origin: origin.value, owner: undefined })
  const { records, files } = master
  records.finish()
  const { draft, errors, warnings } = records
  if (!records.hasSoa) {
    const message = 'the zone has no SOA; expected one: @ IN SOA ns.example.com. hostmaster.example.com. 1 1h 15m 1w 1h'
    errors.push({ ...start, message })
  }
  for (const { place, owner, type, ttl } of draft.mixedTtls()) {
    const message = `the ${type} records of ${owner} have different TTLs; expected one, so ${ttl}, the smallest, counts (RFC 2181 §5.2)`
    warnings.push({ ...place.in.positionAt(place.at), message })
  }
  const locate = (path: Issue['path']): Position => draft.locate(path, start)
  return located(compileZone(draft.document(records.zoneTtl), healthCalls), locate, errors, warnings, files)
}

/** RFC 1035 has the zone from outside the file; here it is the file's name, as people call zone files. */
function originOf(file: string): Result<Name> {
  const base = (file.split(/[\\/]/).at(-1) as string).replace(/\.zone$/i, '')
  const name = parseName(base.endsWith('.') ? base : `${base}.`)
  if (name.ok && base !== '') return name
  return err('the file is not named after a zone; expected a name like example.com.zone')
}

/** The outcome with places for paths. What is wrong in the text hides nothing of what is wrong in the document. */
function located(
  compiled: Result<CompiledZone, readonly Issue[]>,
  locate: (path: Issue['path']) => Position,
  errors: readonly Diagnostic[],
  warnings: readonly Diagnostic[],
  files: readonly string[],
): Result<CompiledSource, readonly Diagnostic[]> {
  const diagnose = ({ path, message }: Issue): Diagnostic => ({ ...locate(path), message })
  if (!compiled.ok) return err(arranged([...errors, ...compiled.error.map(diagnose)], files))
  if (errors.length > 0) return err(arranged(errors, files))
  const { zone, document } = compiled.value
  const suspect = [...compiled.value.warnings, ...danglingNames(document, zone)].map(diagnose)
  return ok({ zone, document, warnings: arranged([...warnings, ...suspect], files) })
}
