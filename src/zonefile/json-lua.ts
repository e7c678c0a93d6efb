import { type Name, type NameKey, parseName, parseRdataText, parseType, ROOT, TYPE } from '../dns/index.ts'
import { MAX_DEPTH } from '../limits.ts'
import { compileLua, Includes, LuaReader, recordOf, scriptLua } from '../lua/index.ts'
import type { Issue, Path } from '../policy/index.ts'
import { GLOBALS, globalsName, withGlobals } from './lua-globals.ts'
import type { LuaDialect } from './lua-record.ts'
import { neutralAnswer, unusedCode } from './lua-records.ts'

/** A document with compiled Lua code. A value that is not a document stays unchanged: the schema refuses it. */
type ScriptedDocument = {
  readonly document: unknown
  readonly errors: readonly Issue[]
  readonly warnings: readonly Issue[]
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Compiles the Lua code of a document that a person wrote: `{ "kind": "lua", "code": … }` becomes the folded answer, or
 * gets its tree. `include` finds the code in `scripts`.
 */
export function withScripts(value: unknown, dialect: LuaDialect): ScriptedDocument {
  const { origin, records, scripts } = fieldsOf(value) ?? {}
  const owners = fieldsOf(records)
  if (typeof origin !== 'string' || !owners) return { document: value, errors: [], warnings: [] }
  const named = parseName(origin, ROOT)
  const code = new DocumentCode(named.ok ? named.value : ROOT, owners, fieldsOf(scripts) ?? {}, dialect)
  const compiledRecords = code.compiledRecords()
  const compiledScripts = code.compiledScripts()
  const { errors, warnings } = code
  const document = { ...(value as Fields), records: compiledRecords }
  if (scripts === undefined && !compiledScripts) return { document, errors, warnings }
  const { scripts: _, ...rest } = document as Fields
  return { document: compiledScripts ? { ...rest, scripts: compiledScripts } : rest, errors, warnings }
}

/**
 * The rrset that code is in. `isShared`: the code is a record of its own, and the name or the rrset has others, too.
 */
type CodePlace = { readonly type: number; readonly owner: Name | undefined; readonly isShared: boolean }

/**
 * Returns true for a name with other records than a CNAME. Only a script may be so, as in PowerDNS; a folded CNAME is
 * alone.
 */
const isBesideOthers = (name: Name, rrsets: Fields, zone: Name): boolean =>
  name.key === zone.key || Object.keys(rrsets).length > 1

/** The code of a document: that of its records, and that in `scripts`, which records include. */
class DocumentCode {
  readonly errors: Issue[] = []
  readonly warnings: Issue[] = []
  private readonly zone: Name
  private readonly owners: Fields
  private readonly scripts: Fields
  private readonly globals: readonly string[]
  /** The name of global code, if there is some. */
  private readonly global: Name | undefined
  private readonly reader: LuaReader
  private readonly includes: Includes

  constructor(zone: Name, owners: Fields, scripts: Fields, { backup, globals }: LuaDialect) {
    this.zone = zone
    this.owners = owners
    this.scripts = scripts
    this.globals = globals
    const global = globalsName(zone, globals)
    this.global = global
    this.reader = new LuaReader(backup)
    const included = codesByName(scripts, zone)
    this.includes = new Includes(
      zone,
      this.reader,
      (name) => (name.key === global?.key ? globals : (included.get(name.key) ?? [])),
      () => [...globals, ...[...included.values()].flat(), ...codesWithin(owners)],
      (name, type) => staticData(owners, name, type, zone),
    )
  }

  compiledRecords(): Fields {
    const { zone, global, includes } = this
    const records = mapped(this.owners, (types, owner) => {
      const rrsets = fieldsOf(types)
      if (!rrsets) return types
      const name = parseName(owner, zone)
      return mapped(rrsets, (rrset, typeText) => {
        const type = parseType(typeText)
        if (!type.ok) return rrset
        const isShared = type.value === TYPE.CNAME && name.ok && isBesideOthers(name.value, rrsets, zone)
        const place = { type: type.value, owner: name.ok ? name.value : undefined, isShared }
        return this.compiledRrset(rrset, ['records', owner, typeText], place)
      })
    })
    // The name of global code exists, like the names of other included code.
    const isOwner = global && includes.isIncluded(global) && !(GLOBALS in records)
    return isOwner ? { ...records, [GLOBALS]: {} } : records
  }

  /** Returns the code that records include, once they are compiled; undefined if there is none. Warns of any other. */
  compiledScripts(): ReturnType<Includes['document']> {
    const { zone, includes } = this
    for (const name of Object.keys(this.scripts)) {
      const parsed = parseName(name, zone)
      if (!parsed.ok || includes.isIncluded(parsed.value)) continue
      this.warnings.push({ path: ['scripts', name], message: unusedCode(parsed.value, zone) })
    }
    return includes.document()
  }

  /** Returns an rrset with its code compiled. Its answer may stand beside a TTL. */
  private compiledRrset(rrset: unknown, path: Path, place: CodePlace): unknown {
    const fields = fieldsOf(rrset)
    if (!fields || !('answer' in fields) || 'kind' in fields) return this.compiledAnswer(rrset, path, place)
    return { ...fields, answer: this.compiledAnswer(fields.answer, [...path, 'answer'], place) }
  }

  private compiledAnswer(answer: unknown, path: Path, place: CodePlace): unknown {
    const isList = Array.isArray(answer) && answer.length > 1
    return this.compiled(answer, path, { ...place, isShared: place.isShared || (place.type === TYPE.CNAME && isList) })
  }

  /** Returns an answer, or a part of one, with its code compiled. */
  private compiled(inner: unknown, path: Path, place: CodePlace): unknown {
    if (path.length > 4 * MAX_DEPTH) return inner
    if (Array.isArray(inner)) return inner.map((item, i) => this.compiled(item, [...path, i], place))
    const fields = fieldsOf(inner)
    if (!fields) return inner
    if (fields.kind === 'lua' && typeof fields.code === 'string')
      return this.compiledCode(fields.code, [...path, 'code'], place)
    // Code in a member of a choice is a part of the choice, which is no script.
    const part = { ...place, isShared: false }
    return mapped(fields, (field, key) => this.compiled(field, [...path, key], part))
  }

  private compiledCode(written: string, path: Path, { type, owner, isShared }: CodePlace): unknown {
    const { reader, includes } = this
    const read = reader.read(written, type)
    const hasToRun = !read.ok || !read.value.folded
    const needsGlobals = this.globals.length > 0 && hasToRun && reader.parse(written).ok
    const { code, shift } = needsGlobals ? withGlobals(written) : { code: written, shift: 0 }
    const runnable = needsGlobals ? reader.read(code, type) : read
    const compile = isShared ? scriptLua : compileLua
    const result = runnable.ok ? compile(reader, runnable.value, includes, owner) : runnable
    const at = (issue: { at: number; message: string }): Issue => ({
      path,
      message: `${positionIn(written, Math.max(0, issue.at - shift))}: ${issue.message}`,
    })
    if (!result.ok) {
      this.errors.push(...result.error.map(at))
      return neutralAnswer(type)
    }
    this.warnings.push(...result.value.warnings.map(at))
    return recordOf(result.value).expression
  }
}

/** Returns the code in `scripts`, by the keys of its names. */
const codesByName = (scripts: Fields, zone: Name): ReadonlyMap<NameKey, readonly string[]> =>
  new Map(
    Object.entries(scripts).flatMap(([name, codes]) => {
      const parsed = parseName(name, zone)
      return parsed.ok ? [[parsed.value.key, codesIn(codes)] as const] : []
    }),
  )

/** Returns the static data of a name, for the look-ups of scripts; undefined for a name without records here. */
function staticData(owners: Fields, name: Name, type: number, zone: Name): readonly string[] | undefined {
  const found = Object.entries(owners).find(([owner]) => {
    const parsed = parseName(owner, zone)
    return parsed.ok && parsed.value.key === name.key
  })
  const rrsets = fieldsOf(found?.[1])
  if (!rrsets) return undefined
  return Object.entries(rrsets).flatMap(([typeText, rrset]) => {
    const parsed = parseType(typeText)
    if (!parsed.ok || (type !== parsed.value && type !== TYPE.ANY)) return []
    const { answer = rrset } = fieldsOf(rrset) ?? {}
    return [answer].flat().flatMap((text) => {
      const rdata = typeof text === 'string' ? parseRdataText(parsed.value, text, zone) : undefined
      return rdata?.ok ? [rdata.value.text] : []
    })
  })
}

const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined

/** Maps the fields of an object. A host may be named `__proto__`: `fromEntries` accepts it, an assignment does not. */
const mapped = (fields: Fields, change: (value: unknown, key: string) => unknown): Fields =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, change(value, key)]))

/** Returns all code in a value that may be answers. It does not recurse: depth is checked later. */
function codesWithin(value: unknown): string[] {
  const codes: string[] = []
  const pending: unknown[] = [value]
  for (let inner = pending.pop(); inner !== undefined; inner = pending.pop()) {
    if (typeof inner !== 'object' || inner === null) continue
    if ('kind' in inner && inner.kind === 'lua' && 'code' in inner && typeof inner.code === 'string') {
      codes.push(inner.code)
    } else for (const nested of Object.values(inner)) if (nested !== undefined) pending.push(nested)
  }
  return codes
}

const codesIn = (value: unknown): string[] =>
  [value].flat().flatMap((item) => {
    const code = typeof item === 'string' ? item : fieldsOf(item)?.code
    return typeof code === 'string' ? [code] : []
  })

function positionIn(code: string, at: number): string {
  const lines = code.slice(0, at).split('\n')
  return `line ${lines.length}, character ${(lines.at(-1) as string).length + 1}`
}
