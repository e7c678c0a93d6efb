import { type Name, parseName, parseRdataText, parseType, ROOT, TYPE } from '../dns/index.ts'
import { MAX_DEPTH } from '../limits.ts'
import { compileLua, Includes, LuaReader, recordOf, scriptLua } from '../lua/index.ts'
import type { Issue, Path } from '../policy/index.ts'
import { GLOBALS, globalsName, withGlobals } from './lua-globals.ts'
import type { LuaDialect } from './lua-record.ts'
import { neutralAnswer, unusedCode } from './lua-records.ts'

/** A document with compiled Lua code. A value that is not a document stays unchanged: the schema refuses it. */
export type ScriptedDocument = {
  readonly document: unknown
  readonly errors: readonly Issue[]
  readonly warnings: readonly Issue[]
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Compiles the Lua code of a document that a person wrote: `{ "kind": "lua", "code": … }` becomes the folded answer, or
 * gets its tree. `include` finds the code in `scripts`.
 */
export function withScripts(value: unknown, { backup, globals }: LuaDialect): ScriptedDocument {
  const errors: Issue[] = []
  const warnings: Issue[] = []
  const { origin, records, scripts } = fieldsOf(value) ?? {}
  const owners = fieldsOf(records)
  if (typeof origin !== 'string' || !owners) return { document: value, errors, warnings }
  const named = parseName(origin, ROOT)
  const zone = named.ok ? named.value : ROOT
  const included = new Map(
    Object.entries(fieldsOf(scripts) ?? {}).flatMap(([name, codes]) => {
      const parsed = parseName(name, zone)
      return parsed.ok ? [[parsed.value.key, codesIn(codes)] as const] : []
    }),
  )
  const global = globalsName(zone, globals)
  const reader = new LuaReader(backup)
  const includes = new Includes(
    zone,
    reader,
    (name) => (name.key === global?.key ? globals : (included.get(name.key) ?? [])),
    () => [...globals, ...[...included.values()].flat(), ...codesWithin(records)],
    (name, type) => staticData(owners, name, type, zone),
  )

  const compiled = (inner: unknown, type: number, path: Path, owner: Name | undefined, isShared: boolean): unknown => {
    if (path.length > 4 * MAX_DEPTH) return inner
    if (Array.isArray(inner)) {
      const shared = isShared || (type === TYPE.CNAME && inner.length > 1)
      return inner.map((item, i) => compiled(item, type, [...path, i], owner, shared))
    }
    const fields = fieldsOf(inner)
    if (!fields) return inner
    if (fields.kind !== 'lua' || typeof fields.code !== 'string')
      return mapped(fields, (field, key) => compiled(field, type, [...path, key], owner, isShared))
    const read = reader.read(fields.code, type)
    const hasToRun = !read.ok || !read.value.folded
    const needsGlobals = globals.length > 0 && hasToRun && reader.parse(fields.code).ok
    const { code, shift } = needsGlobals ? withGlobals(fields.code) : { code: fields.code, shift: 0 }
    const runnable = needsGlobals ? reader.read(code, type) : read
    const compile = isShared ? scriptLua : compileLua
    const result = runnable.ok ? compile(reader, runnable.value, includes, owner) : runnable
    const at = (issue: { at: number; message: string }): Issue => ({
      path: [...path, 'code'],
      message: `${positionIn(fields.code as string, Math.max(0, issue.at - shift))}: ${issue.message}`,
    })
    if (!result.ok) {
      errors.push(...result.error.map(at))
      return neutralAnswer(type)
    }
    warnings.push(...result.value.warnings.map(at))
    return recordOf(result.value).expression
  }
  const compiledRecords = mapped(owners, (types, owner) => {
    const rrsets = fieldsOf(types)
    if (!rrsets) return types
    const name = parseName(owner, zone)
    return mapped(rrsets, (rrset, typeText) => {
      const type = parseType(typeText)
      if (!type.ok) return rrset
      const isShared = type.value === TYPE.CNAME && name.ok && isBesideOthers(name.value, rrsets, zone)
      return compiled(rrset, type.value, ['records', owner, typeText], name.ok ? name.value : undefined, isShared)
    })
  })
  // The name of global code exists, like the names of other included code.
  const ownerOfGlobals = global && includes.isIncluded(global) && !(GLOBALS in compiledRecords) ? { [GLOBALS]: {} } : {}
  const document = { ...(value as Fields), records: { ...compiledRecords, ...ownerOfGlobals } }
  for (const name of Object.keys(fieldsOf(scripts) ?? {})) {
    const parsed = parseName(name, zone)
    if (!parsed.ok || includes.isIncluded(parsed.value)) continue
    warnings.push({ path: ['scripts', name], message: unusedCode(parsed.value, zone) })
  }
  const compiledScripts = includes.document()
  if (scripts === undefined && !compiledScripts) return { document, errors, warnings }
  const { scripts: _, ...rest } = document as Fields
  return { document: compiledScripts ? { ...rest, scripts: compiledScripts } : rest, errors, warnings }
}

/** Returns true for a name with other records than a CNAME. Only a script may be so, as in PowerDNS; a folded CNAME is alone. */
const isBesideOthers = (name: Name, rrsets: Fields, zone: Name): boolean =>
  name.key === zone.key || Object.keys(rrsets).length > 1

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
