import { formatName, keyOf, type Name, parseName } from '../dns/index.ts'
import type { Expression, ScriptExpression } from '../policy/index.ts'
import { ScriptCompiler } from './compile.ts'
import { type ParsedCode, parseCode } from './parse.ts'

type Script = ScriptExpression<Expression>
type Code = { readonly code: string; readonly parsed: ParsedCode }

/** `isFatal`: PowerDNS runs it, and here it cannot be run. */
type IncludeProblem = { readonly message: string; readonly isFatal: boolean }

/**
 * The code that the scripts of a zone include: that of all LUA records at a name, whatever type they are for. What is
 * broken is left out with all behind it, as in PowerDNS, which logs it.
 */
export class Includes {
  private readonly origin: Name
  private readonly codesAt: (name: Name) => readonly string[]
  private readonly parsed = new Map<string, { readonly codes: readonly Code[]; readonly broken: string | undefined }>()
  private readonly problems = new Map<string, readonly IncludeProblem[]>()
  private readonly scripts = new Map<string, Script[]>()

  constructor(origin: Name, codesAt: (name: Name) => readonly string[]) {
    this.origin = origin
    this.codesAt = codesAt
  }

  /** The name that `include` is given, which is below the zone whether or not it ends with a dot, in lower case. */
  nameOf(text: string): string | undefined {
    const name = this.below(text)
    return name && formatName(keyOf(name.wire, 0, name.wire.length))
  }

  /** @param name as `nameOf` has it */
  codeAt(name: string): readonly Code[] {
    return this.read(name).codes
  }

  /** Compiles what is included, once. */
  require(name: string): readonly IncludeProblem[] {
    const known = this.problems.get(name)
    if (known) return known
    // What includes itself finds itself.
    this.problems.set(name, [])
    const problems: IncludeProblem[] = []
    const scripts: Script[] = []
    const { codes, broken } = this.read(name)
    codes.forEach(({ code, parsed }, i) => {
      const made = new ScriptCompiler(code, parsed, `${name}/${i + 1}/`, undefined, this).compile()
      if (made.ok) scripts.push(made.value.script)
      else problems.push(...made.error.map(({ message }) => ({ message, isFatal: true })))
    })
    if (broken !== undefined) problems.push({ message: `${broken} (PowerDNS ignores that)`, isFatal: false })
    this.scripts.set(name, scripts)
    this.problems.set(name, problems)
    return problems
  }

  isIncluded(name: Name): boolean {
    return this.problems.has(formatName(name.key))
  }

  /** All that is included, as a zone document has it. */
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
}
