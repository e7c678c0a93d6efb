import { formatRelative, type Name, type NameKey, TYPE } from '../dns/index.ts'
import { type FoldedLua, Includes, LuaReader, type RecordCode, scriptLua } from '../lua/index.ts'
import type { Expression } from '../policy/index.ts'
import type { Answer, DraftRecord, ZoneDraft } from './draft.ts'
import { globalsName } from './lua-globals.ts'
import type { LuaDialect } from './lua-record.ts'
import type { SourcePosition } from './source.ts'

/** A LUA record. `codePosition` maps an offset in the code to the source; `record` is the record in its rrset. */
type LuaEntry = {
  readonly owner: Name
  readonly code: string
  /** Undefined for type LUA, whose code other records include. */
  readonly read: RecordCode | undefined
  readonly codePosition: (codeAt: number) => SourcePosition
  readonly record: DraftRecord
}

type AnsweringEntry = LuaEntry & { readonly read: RecordCode }

type LuaDiagnostic = { readonly position: SourcePosition; readonly message: string; readonly isError: boolean }

/** The LUA records of a zone. Code that runs may include any of them, and so is compiled after all have been read. */
export class LuaRecords {
  readonly reader: LuaReader
  private readonly codes = new Map<NameKey, string[]>()
  /** The records that come from LUA. */
  private readonly lua = new Set<DraftRecord>()
  private readonly helpers: LuaEntry[] = []
  private readonly scripts: AnsweringEntry[] = []
  private readonly aliases: AnsweringEntry[] = []
  private readonly origin: Name
  private readonly draft: ZoneDraft
  private readonly dialect: LuaDialect

  constructor(origin: Name, draft: ZoneDraft, dialect: LuaDialect) {
    this.origin = origin
    this.draft = draft
    this.dialect = dialect
    this.reader = new LuaReader(dialect.backup)
  }

  add(entry: LuaEntry): void {
    const { owner, code, read, record } = entry
    this.lua.add(record)
    const codes = this.codes.get(owner.key)
    if (codes) codes.push(code)
    else this.codes.set(owner.key, [code])
    if (!read) this.helpers.push(entry)
    else if (!read.folded) this.scripts.push({ ...entry, read })
    else if (read.type === TYPE.CNAME) this.aliases.push({ ...entry, read })
  }

  /** Compiles the code that runs, in one pass, and gives the draft its answers. */
  compile(): LuaDiagnostic[] {
    const { globals } = this.dialect
    const global = globalsName(this.origin, globals)
    const includes = new Includes(
      this.origin,
      this.reader,
      (name) => (name.key === global?.key ? globals : (this.codes.get(name.key) ?? [])),
      () => [...globals, ...[...this.codes.values()].flat()],
      (name, type) => this.draft.staticData(name, type, (record) => !this.lua.has(record)),
    )
    const answers = new Map<DraftRecord, Answer>()
    const diagnostics: LuaDiagnostic[] = []
    for (const entry of [...this.scripts, ...this.aliases.filter((alias) => this.isShared(alias))]) {
      const { owner, read, codePosition, record } = entry
      const script = scriptLua(this.reader, read, includes, owner)
      answers.set(record, script.ok ? answerOf(script.value, codePosition) : { expression: neutralAnswer(read.type) })
      for (const { at, message } of script.ok ? script.value.warnings : script.error) {
        diagnostics.push({ position: codePosition(at), message, isError: !script.ok })
      }
    }
    this.draft.compiled = { answers, scripts: includes.document() }
    const [first] = this.scripts
    // The global code has a name in the document, like other included code, so that an export can write it.
    if (global && first && includes.isIncluded(global)) this.draft.addOwner(global, first.codePosition(0))
    return [...diagnostics, ...this.unused(includes)]
  }

  /** Warns of code that no script includes: it is not part of the zone. */
  private unused(includes: Includes): LuaDiagnostic[] {
    const unused = this.helpers.filter(({ owner, code }) => code.trim() !== '' && !includes.isIncluded(owner))
    return unused.map(({ owner, codePosition }) => {
      return { position: codePosition(0), message: unusedCode(owner, this.origin), isError: false }
    })
  }

  /** Returns true for a CNAME beside other records. Only a script may be so, as in PowerDNS; a folded one is alone. */
  private isShared({ owner, read }: AnsweringEntry): boolean {
    const { rrsets, records } = this.draft.sizeOf(owner, read.type)
    return rrsets > 1 || records > 1
  }
}

/** Returns the warning about code that no script includes. */
export const unusedCode = (owner: Name, origin: Name): string =>
  `no script includes this code, which is left out; expected include('${formatRelative(owner, origin)}') in one`

/** Returns a valid answer for code with errors, so that it causes no further error: a name for CNAME and NS. */
export const neutralAnswer = (type: number): Expression => (type === TYPE.CNAME || type === TYPE.NS ? '.' : [])

export const answerOf = (
  { expression, marks }: FoldedLua,
  codePosition: (codeAt: number) => SourcePosition,
): Answer => ({
  expression,
  innerPosition: (inner) => {
    const mark = marks.get(inner)
    return mark === undefined ? undefined : codePosition(mark)
  },
})
