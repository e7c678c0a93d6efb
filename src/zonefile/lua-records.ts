import { formatRelative, type Name, type NameKey, TYPE } from '../dns/index.ts'
import { type FoldedLua, Includes, type LuaIssue, scriptLua } from '../lua/index.ts'
import type { Expression } from '../policy/index.ts'
import type { Part, ZoneDraft } from './draft.ts'
import { globalsName } from './lua-globals.ts'
import type { LuaDialect } from './lua-record.ts'
import type { Place } from './source.ts'

/** A LUA record. `placeAt` knows where in the source an offset in the code is; `part` is its part of an rrset. */
export type LuaEntry = {
  readonly owner: Name
  readonly type: number
  readonly code: string
  readonly folded: FoldedLua | undefined
  readonly placeAt: (codeAt: number) => Place
  readonly part: Part
}

export type LuaDiagnostic = { readonly place: Place; readonly message: string; readonly isError: boolean }

/** The LUA records of a zone: what they are is known when all of them are. */
export class LuaRecords {
  private readonly codes = new Map<NameKey, string[]>()
  /** The parts of rrsets that come from LUA records. */
  private readonly parts = new Set<Part>()
  private readonly helpers: LuaEntry[] = []
  private readonly later: LuaEntry[] = []
  private readonly aliases: LuaEntry[] = []
  private readonly origin: Name
  private readonly draft: ZoneDraft
  private readonly dialect: LuaDialect

  constructor(origin: Name, draft: ZoneDraft, dialect: LuaDialect) {
    this.origin = origin
    this.draft = draft
    this.dialect = dialect
  }

  add(entry: LuaEntry): void {
    const { owner, type, code, folded, part } = entry
    this.parts.add(part)
    const codes = this.codes.get(owner.key)
    if (codes) codes.push(code)
    else this.codes.set(owner.key, [code])
    if (type === TYPE.LUA) return void this.helpers.push(entry)
    if (!folded) return void this.later.push(entry)
    fill(entry, folded)
    if (type === TYPE.CNAME) this.aliases.push(entry)
  }

  /** Makes scripts of what has to run. */
  finish(): LuaDiagnostic[] {
    const { globals, backup } = this.dialect
    const global = globalsName(this.origin, globals)
    const includes = new Includes(
      this.origin,
      (name) => (name.key === global?.key ? globals : (this.codes.get(name.key) ?? [])),
      () => [...globals, ...[...this.codes.values()].flat()],
      backup,
      (name, type) => this.draft.staticData(name, type, (part) => !this.parts.has(part)),
    )
    const diagnostics: LuaDiagnostic[] = []
    for (const entry of [...this.later, ...this.aliases.filter((alias) => this.isShared(alias))]) {
      const tell = (issues: readonly LuaIssue[], isError: boolean): void => {
        for (const { at, message } of issues) diagnostics.push({ place: entry.placeAt(at), message, isError })
      }
      const script = scriptLua(entry.code, entry.type, includes, entry.owner)
      if (script.ok) {
        fill(entry, script.value)
        tell(script.value.warnings, false)
      } else {
        entry.part.expression = neutralAnswer(entry.type)
        tell(script.error, true)
      }
    }
    this.draft.scripts = includes.document()
    const [first] = this.later
    // The name is there, as those of other code that is included: an export has a place for it.
    if (global && first && includes.isIncluded(global)) this.draft.addOwner(global, first.placeAt(0))
    return [...diagnostics, ...this.unused(includes)]
  }

  /** What no script includes is not part of the zone. */
  private unused(includes: Includes): LuaDiagnostic[] {
    const unused = this.helpers.filter(({ owner, code }) => code.trim() !== '' && !includes.isIncluded(owner))
    return unused.map(({ owner, placeAt }) => {
      return { place: placeAt(0), message: unusedCode(owner, this.origin), isError: false }
    })
  }

  /** The answer language has one CNAME, which stands alone: PowerDNS's may have company, which scripts may have too. */
  private isShared({ owner, type }: LuaEntry): boolean {
    const { rrsets, records } = this.draft.sizeOf(owner, type)
    return rrsets > 1 || records > 1
  }
}

/** Of code for others that nobody asks for. */
export const unusedCode = (owner: Name, origin: Name): string =>
  `no script includes this code, which is left out; expected include('${formatRelative(owner, origin)}') in one`

/** What stands for code with errors, so that nothing else is said of it: a name, where there has to be one. */
export const neutralAnswer = (type: number): Expression => (type === TYPE.CNAME || type === TYPE.NS ? '.' : [])

function fill({ part, placeAt }: LuaEntry, { expression, marks }: FoldedLua): void {
  part.expression = expression
  part.placeOf = (inner) => {
    const mark = marks.get(inner)
    return mark === undefined ? undefined : placeAt(mark)
  }
}
