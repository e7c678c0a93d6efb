import { formatRelative, type Name, type NameKey, TYPE } from '../dns/index.ts'
import { type FoldedLua, Includes, LuaReader, type RecordCode, scriptLua } from '../lua/index.ts'
import type { Expression } from '../policy/index.ts'
import type { Answer, Part, ZoneDraft } from './draft.ts'
import { globalsName } from './lua-globals.ts'
import type { LuaDialect } from './lua-record.ts'
import type { Place } from './source.ts'

/** A LUA record. `placeAt` gives the location of an offset in the code; `part` is its part of an rrset. */
export type LuaEntry = {
  readonly owner: Name
  readonly code: string
  /** Undefined for type LUA: code for others to include. */
  readonly read: RecordCode | undefined
  readonly placeAt: (codeAt: number) => Place
  readonly part: Part
}

type AnsweringEntry = LuaEntry & { readonly read: RecordCode }

export type LuaDiagnostic = { readonly place: Place; readonly message: string; readonly isError: boolean }

/** The LUA records of a zone. Code that runs is compiled when all of them are read: it may include any of them. */
export class LuaRecords {
  readonly reader: LuaReader
  private readonly codes = new Map<NameKey, string[]>()
  /** The parts of rrsets that come from LUA records. */
  private readonly parts = new Set<Part>()
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
    const { owner, code, read, part } = entry
    this.parts.add(part)
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
      (name, type) => this.draft.staticData(name, type, (part) => !this.parts.has(part)),
    )
    const answers = new Map<Part, Answer>()
    const diagnostics: LuaDiagnostic[] = []
    for (const entry of [...this.scripts, ...this.aliases.filter((alias) => this.isShared(alias))]) {
      const { owner, read, placeAt, part } = entry
      const script = scriptLua(this.reader, read, includes, owner)
      answers.set(part, script.ok ? answerOf(script.value, placeAt) : { expression: neutralAnswer(read.type) })
      for (const { at, message } of script.ok ? script.value.warnings : script.error) {
        diagnostics.push({ place: placeAt(at), message, isError: !script.ok })
      }
    }
    this.draft.compiled = { answers, scripts: includes.document() }
    const [first] = this.scripts
    // The global code has a name in the document, as other code that is included: an export needs one to write it at.
    if (global && first && includes.isIncluded(global)) this.draft.addOwner(global, first.placeAt(0))
    return [...diagnostics, ...this.unused(includes)]
  }

  /** Code that no script includes is not part of the zone. */
  private unused(includes: Includes): LuaDiagnostic[] {
    const unused = this.helpers.filter(({ owner, code }) => code.trim() !== '' && !includes.isIncluded(owner))
    return unused.map(({ owner, placeAt }) => {
      return { place: placeAt(0), message: unusedCode(owner, this.origin), isError: false }
    })
  }

  /** The answer language has one CNAME, which stands alone: PowerDNS's may have company, which scripts may have too. */
  private isShared({ owner, read }: AnsweringEntry): boolean {
    const { rrsets, records } = this.draft.sizeOf(owner, read.type)
    return rrsets > 1 || records > 1
  }
}

/** The warning for code that is there to be included, and is not. */
export const unusedCode = (owner: Name, origin: Name): string =>
  `no script includes this code, which is left out; expected include('${formatRelative(owner, origin)}') in one`

/** Stands for the answer of code with errors, so that nothing else is said of it: a name, where there has to be one. */
export const neutralAnswer = (type: number): Expression => (type === TYPE.CNAME || type === TYPE.NS ? '.' : [])

export const answerOf = ({ expression, marks }: FoldedLua, placeAt: (codeAt: number) => Place): Answer => ({
  expression,
  placeOf: (inner) => {
    const mark = marks.get(inner)
    return mark === undefined ? undefined : placeAt(mark)
  },
})
