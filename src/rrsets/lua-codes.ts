import { type Name, type NameKey, parseName, TYPE } from '../dns/index.ts'
import { compileLua, Includes, LuaReader, recordOf, scriptLua } from '../lua/index.ts'
import type { Expression } from '../policy/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { OwnerDocument, ScriptsDocument } from '../zone/index.ts'
import { heldAt } from './held.ts'
import { enabledCodes, readLuaContent } from './lua-content.ts'
import type { OwnerEdit } from './owner-edit.ts'
import { isSame } from './same.ts'
import { partsOf, typeOf, type ZoneView } from './zone-view.ts'

/** Compiles the code of LUA records of a zone under change. */
export class LuaCodes {
  private readonly zone: ZoneView
  private readonly edits: ReadonlyMap<NameKey, OwnerEdit>
  private readonly reader = new LuaReader()
  private readonly includes: Includes

  constructor(zone: ZoneView, edits: ReadonlyMap<NameKey, OwnerEdit>) {
    this.zone = zone
    this.edits = edits
    this.includes = new Includes(
      zone.origin,
      this.reader,
      (name) => this.codesAt(name),
      () => this.allCodes(),
      (name, type) => this.dataAt(name, type),
    )
  }

  /**
   * Compiles the content of a LUA record.
   * @param isShared true for a CNAME beside other records, which only code that runs can be
   */
  record(content: string, owner: Name, isShared: boolean): Result<Expression> {
    const lua = readLuaContent(content)
    return lua.ok ? this.code(lua.value.code, lua.value.type, owner, isShared) : lua
  }

  /** Compiles code. The error begins with its line and character. */
  code(code: string, type: number, owner: Name, isShared: boolean): Result<Expression> {
    const read = this.reader.read(code, type)
    const compile = isShared && type === TYPE.CNAME ? scriptLua : compileLua
    const made = read.ok ? compile(this.reader, read.value, this.includes, owner) : read
    if (made.ok) return ok(recordOf(made.value).expression)
    const [issue] = made.error
    return err(issue ? `${positionIn(code, issue.at)}: ${issue.message}` : 'the code is not valid')
  }

  /** The code that was included, when all code has been compiled that includes other code. */
  scripts(): ScriptsDocument | undefined {
    return this.includes.document()
  }

  private codesAt(name: Name): readonly string[] {
    const edit = this.edits.get(name.key)
    if (edit) return edit.codes()
    const owner = this.zone.ownerOf(name)
    const isWritten = this.zone.keptAt(owner)?.LUA?.records !== undefined
    const scripts = isWritten ? undefined : this.zone.scriptsAt(name)
    // The document has this code as it was written, with line feeds and comments.
    if (scripts) return scripts.map(({ code }) => code)
    return enabledCodes(heldAt(this.zone, owner, name).get('LUA')?.records ?? [])
  }

  private *allCodes(): Generator<string> {
    const { document } = this.zone
    const edited = new Set<string>()
    for (const edit of this.edits.values()) {
      edited.add(edit.owner)
      yield* edit.codes()
    }
    for (const [owner, types] of Object.entries(document.records)) {
      if (!edited.has(owner) && dependenceOf(types).readsOthers) yield* codesIn(types)
    }
  }

  /** Returns the static data of a name, for the look-ups of scripts; undefined for a name without records here. */
  private dataAt(name: Name, type: number): readonly string[] | undefined {
    const edit = this.edits.get(name.key)
    if (edit) return edit.data(type)
    const types = this.zone.typesAt(this.zone.ownerOf(name))
    if (!types) return undefined
    return Object.entries(types).flatMap(([typeText, rrset]) => {
      const number = typeOf(typeText)
      if (type !== number && type !== TYPE.ANY) return []
      return partsOf(rrset).texts.map((text) => this.zone.canonical(number, text))
    })
  }
}

function positionIn(code: string, at: number): string {
  const lines = code.slice(0, at).split('\n')
  return `line ${lines.length}, character ${(lines.at(-1) as string).length + 1}`
}

// --- code that depends on other names --------------------------------------------------------------------------------

/** True for code that is compiled with what other names have: it includes their code, or looks their records up. */
export const readsOthers = (code: string): boolean => code.includes(INCLUDE) || code.includes(LOOKUP)

const [INCLUDE, LOOKUP] = ['include', 'dblookup'] as const

type Dependence = { readonly readsOthers: boolean; readonly looksUp: boolean }

const DEPENDENCES = new WeakMap<OwnerDocument, Dependence>()

/** Returns how code at a name depends on others. Names that do not change are the same objects, and looked at once. */
export function dependenceOf(types: OwnerDocument): Dependence {
  const known = DEPENDENCES.get(types)
  if (known) return known
  const codes = Object.values(types).flatMap((rrset) => (typeof rrset === 'object' ? codesIn(rrset) : []))
  const found = { readsOthers: codes.some(readsOthers), looksUp: codes.some(looksUp) }
  const dependence = found.readsOthers ? found : INDEPENDENT
  DEPENDENCES.set(types, dependence)
  return dependence
}

const INDEPENDENT: Dependence = { readsOthers: false, looksUp: false }

/** True for code that looks up the records of other names. */
export const looksUp = (code: string): boolean => code.includes(LOOKUP)

/** Returns all code in a value. */
function codesIn(value: unknown): readonly string[] {
  const codes: string[] = []
  const pending: unknown[] = [value]
  for (let inner = pending.pop(); inner !== undefined; inner = pending.pop()) {
    if (typeof inner !== 'object' || inner === null) continue
    if (isCode(inner)) codes.push(inner.code)
    else for (const nested of Object.values(inner)) if (typeof nested === 'object') pending.push(nested)
  }
  return codes
}

const isCode = (value: object): value is { readonly code: string } =>
  'kind' in value && value.kind === 'lua' && 'code' in value && typeof value.code === 'string'

/**
 * Compiles all code at a name again that reads what other names have. Returns the same object if nothing changes.
 */
export function recompiled(
  codes: LuaCodes,
  zone: ZoneView,
  owner: string,
  types: OwnerDocument,
): Result<OwnerDocument> {
  const name = parseName(owner, zone.origin)
  if (!name.ok) return name
  let problem: string | undefined
  const walk = (value: unknown, type: number): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map((inner) => walk(inner, type))
    if (!isCode(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner, type)]))
    if (!readsOthers(value.code)) return value
    const made = codes.code(value.code, type, name.value, true)
    if (!made.ok) problem ??= made.error
    return made.ok ? made.value : value
  }
  const entries = Object.entries(types).map(([typeText, rrset]) => [typeText, walk(rrset, typeOf(typeText))] as const)
  if (problem !== undefined) return err(problem)
  const again = Object.fromEntries(entries) as OwnerDocument
  return ok(isSame(again, types) ? types : again)
}
