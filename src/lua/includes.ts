import { formatName, keyOf, type Name, parseName } from '../dns/index.ts'
import { MAX_SCRIPT_CALLS } from '../limits.ts'
import type { Expression, ScriptExpression } from '../policy/index.ts'
import { Constants, type Included } from './constants.ts'
import { Exploration } from './exploration.ts'
import { type ParsedCode, parseCode } from './parse.ts'
import type { LuaReader } from './reader.ts'
import { ScriptCompiler } from './script-compiler.ts'
import type { GlobalUse } from './variables.ts'

type Script = ScriptExpression<Expression>
type Code = { readonly code: string; readonly parsed: ParsedCode }

/** `isFatal`: PowerDNS runs the code, and it cannot run here. */
type IncludeProblem = { readonly message: string; readonly isFatal: boolean }

/** A query's call limit ends such a chain anyway, and the compiler's own stack is not endless. */
const TOO_DEEP: IncludeProblem = {
  message: `names include each other more than ${MAX_SCRIPT_CALLS} levels deep; expected fewer`,
  isFatal: true,
}

/**
 * The code that the scripts of a zone include: that of all LUA records at a name, whatever their type. Code that is not
 * Lua is left out with all code after it, as in PowerDNS, which logs it.
 */
export class Includes {
  private readonly origin: Name
  private readonly codesAt: (name: Name) => readonly string[]
  private readonly allCodes: () => Iterable<string>
  private uses: readonly (GlobalUse & { readonly code: string })[] | undefined
  private readonly parsed = new Map<string, { readonly codes: readonly Code[]; readonly broken: string | undefined }>()
  private readonly constants = new Map<string, Constants>()
  private readonly problems = new Map<string, readonly IncludeProblem[]>()
  private readonly scripts = new Map<string, Script[]>()
  /** Finds what the scripts of the zone probe. */
  readonly exploration: Exploration
  readonly reader: LuaReader
  /** Counts the levels of names that are being compiled: each name is included by the level above. */
  private depth = 0

  /**
   * @param reader of the records of the zone
   * @param codesAt the code at a name
   * @param allCodes of the zone
   * @param data the static records of a name of the zone
   */
  constructor(
    origin: Name,
    reader: LuaReader,
    codesAt: (name: Name) => readonly string[],
    allCodes: () => Iterable<string>,
    data: (name: Name, type: number) => readonly string[] | undefined = () => undefined,
  ) {
    this.exploration = new Exploration(reader.backup, origin, (name) => this.scripts.get(name) ?? [], data)
    this.origin = origin
    this.reader = reader
    this.codesAt = codesAt
    this.allCodes = allCodes
  }

  /** The name that `include` is given, which is below the zone whether or not it ends with a dot, in lower case. */
  nameOf(text: string): string | undefined {
    const name = this.below(text)
    return name && formatName(keyOf(name.wire, 0, name.wire.length))
  }

  /** The code that a call of `include` runs. */
  find(text: string): Included | undefined {
    const key = this.nameOf(text)
    if (key === undefined) return undefined
    const codes = this.read(key).codes.map(({ code, parsed }) => ({ code, chunk: parsed.chunk }))
    return { key, codes, constants: () => this.constantsOf({ key, codes }) }
  }

  private constantsOf(found: Included): Constants {
    const known = this.constants.get(found.key)
    if (known) return known
    const made = Constants.ofIncluded(found, (name) => this.find(name))
    this.constants.set(found.key, made)
    return made
  }

  /** The uses of globals by code that includes other code, and by included code. */
  get globalUses(): readonly (GlobalUse & { readonly code: string })[] {
    this.uses ??= this.findUses()
    return this.uses
  }

  /** Compiles included code, once. */
  require(name: string): readonly IncludeProblem[] {
    const known = this.problems.get(name)
    if (known) return known
    if (this.depth >= MAX_SCRIPT_CALLS) return [TOO_DEEP]
    this.depth++
    // Code that includes itself finds no problems yet.
    this.problems.set(name, [])
    const problems: IncludeProblem[] = []
    const scripts: Script[] = []
    const { codes, broken } = this.read(name)
    codes.forEach(({ code, parsed }, i) => {
      const made = this.compiled(code, parsed, `${name}/${i + 1}/`)
      if (made.ok) scripts.push(made.value.script)
      else problems.push(...made.error.map(({ message }) => ({ message, isFatal: true })))
    })
    if (broken !== undefined) problems.push({ message: `${broken} (PowerDNS ignores that)`, isFatal: false })
    this.depth--
    // Each level would add its own name; the message is enough by itself.
    const told = problems.some(({ message }) => message.endsWith(TOO_DEEP.message)) ? [TOO_DEEP] : problems
    this.scripts.set(name, scripts)
    this.problems.set(name, told)
    return told
  }

  private compiled(code: string, parsed: ParsedCode, prefix: string) {
    return new ScriptCompiler(code, parsed, prefix, undefined, this.reader.backup, this).compile()
  }

  isIncluded(name: Name): boolean {
    return this.problems.has(formatName(name.key))
  }

  /** Returns all included code, in the form of a zone document. */
  document(): Readonly<Record<string, readonly Script[]>> | undefined {
    return this.scripts.size > 0 ? Object.fromEntries(this.scripts) : undefined
  }

  private below(text: string): Name | undefined {
    const name = parseName(text.replace(/\.$/, ''), this.origin)
    return name.ok ? name.value : undefined
  }

  private read(name: string): { readonly codes: readonly Code[]; readonly broken: string | undefined } {
    const known = this.parsed.get(name)
    if (known) return known
    const absolute = parseName(name)
    const texts = absolute.ok ? this.codesAt(absolute.value) : []
    const codes: Code[] = []
    let broken = texts.length === 0 ? 'there is no LUA record; expected one' : undefined
    // Code that is empty, which an export writes for a name without records, does nothing.
    for (const code of texts.filter((text) => text.trim() !== '')) {
      const parsed = parseCode(code, 'included')
      if (!parsed.ok) {
        broken = parsed.error.message
        break
      }
      codes.push({ code, parsed: parsed.value })
    }
    const read = { codes, broken }
    this.parsed.set(name, read)
    return read
  }

  private findUses(): (GlobalUse & { readonly code: string })[] {
    const uses: (GlobalUse & { readonly code: string })[] = []
    const keys = new Set<string>()
    const look = (code: string, parsed: ParsedCode): void => {
      const constants = new Constants((name) => {
        const key = this.nameOf(name)
        if (key !== undefined) keys.add(key)
        return undefined
      })
      constants.add(code, parsed.chunk)
      for (const use of constants.globalUses) uses.push({ ...use, code })
    }
    for (const code of new Set(this.allCodes())) {
      const parsed = code.includes('include') ? this.reader.parse(code) : undefined
      if (parsed?.ok) look(code, parsed.value)
    }
    // The loop also visits keys that are added during it.
    for (const key of keys) for (const { code, parsed } of this.read(key).codes) look(code, parsed)
    return uses
  }
}
