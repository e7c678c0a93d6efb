import type { Statement, Expression as Syntax } from 'luaparse'
import type { Expression, ScriptExpression } from '../policy/index.ts'
import { functionRow, isPart, SCRIPT_GLOBALS } from '../powerdns/index.ts'
import { err, ok, type Result } from '../result.ts'
import { Constants, type Included } from './constants.ts'
import { foldExpression } from './expression.ts'
import { answerOf, type FoldedLua } from './fold.ts'
import { distinct, FoldContext, type LuaBackup, type LuaIssue, startOf } from './fold-context.ts'
import { isFolded } from './functions.ts'
import { KnownValues } from './known-values.ts'
import { openEnd } from './lint-end.ts'
import { whyNoRecord } from './lint-returned.ts'
import type { ParsedCode } from './parse.ts'
import { CALLED_NAMES } from './powerdns.ts'
import { translateParsed } from './script.ts'
import type { Replacement } from './script-expressions.ts'
import { shown, textOf, type Value } from './value.ts'
import type { GlobalUse } from './variables.ts'

type ScriptOf = ScriptExpression<Expression>

/** A script, before its probes are known. */
export type CompiledScript = Pick<FoldedLua, 'marks' | 'warnings'> & { readonly script: ScriptOf }

/** The code that scripts include, as a script sees it: `Includes` has it. */
export type IncludedCode = {
  nameOf(text: string): string | undefined
  find(text: string): Included | undefined
  require(name: string): readonly { readonly message: string; readonly isFatal: boolean }[]
  readonly globalUses: readonly (GlobalUse & { readonly code: string })[]
}

/** Translates code, with the calls in it that can be folded. */
export class ScriptCompiler {
  private readonly code: string
  private readonly parsed: ParsedCode
  private readonly prefix: string
  private readonly type: number | undefined
  private readonly backup: LuaBackup | undefined
  private readonly includes: IncludedCode | undefined
  private readonly constants: Constants
  private readonly context: FoldContext
  private readonly parts: { readonly call: string; readonly answer: Expression }[] = []
  private readonly included = new Set<string>()
  private returns = false

  /**
   * @param prefix of the numbers of its parts
   * @param type of the records that it returns; undefined for code that others include
   */
  constructor(
    code: string,
    parsed: ParsedCode,
    prefix: string,
    type: number | undefined,
    backup: LuaBackup | undefined,
    includes: IncludedCode | undefined,
  ) {
    this.code = code
    this.parsed = parsed
    this.prefix = prefix
    this.type = type
    this.backup = backup
    this.includes = includes
    this.constants = new Constants((name) => includes?.find(name))
    this.context = new FoldContext(undefined, this.constants, backup)
  }

  compile(): Result<CompiledScript, readonly LuaIssue[]> {
    const { code, parsed, context } = this
    this.learn()
    const translated = translateParsed(code, parsed, {
      globals: SCRIPT_GLOBALS,
      isAssigned: (name) => this.constants.isAssigned(name),
      refused: CALLED_NAMES,
      known: new KnownValues(this.constants),
      replace: (_, base, args) => this.replace(base, args),
      returned: (value) => this.checkReturned(value),
    })
    const issues = this.mapped(context.issues)
    if (!translated.ok) return err(distinct([...translated.error, ...issues]))
    if (issues.length > 0) return err(distinct(issues))
    if (this.type !== undefined) this.checkEnd(parsed.chunk.body)
    const { tree, warnings } = translated.value
    const marks = new Map([...context.marks].map(([object, at]) => [object, parsed.offsetAt(at)]))
    const script: ScriptOf = {
      kind: 'lua',
      code,
      tree,
      ...(this.parts.length > 0 && { parts: this.parts }),
      ...(this.included.size > 0 && { includes: [...this.included] }),
    }
    return ok({ script, marks, warnings: distinct([...warnings, ...this.mapped(context.warnings)]) })
  }

  private mapped(issues: readonly LuaIssue[]): LuaIssue[] {
    return issues.map(({ at, message }) => ({ at: this.parsed.offsetAt(at), message }))
  }

  /** Collects definitions from this code, its includes and, for included code, its includers. */
  private learn(): void {
    const { code, constants, includes } = this
    constants.add(code, this.parsed.chunk)
    if (this.type === undefined && includes) constants.addElsewhere(includes.globalUses)
  }

  // --- calls ---------------------------------------------------------------------------------------------------------

  private replace(base: Syntax, args: readonly Syntax[]): Replacement | undefined {
    if (base.type !== 'Identifier' || this.constants.isOwn(base)) return undefined
    const { name } = base
    if (name === 'include') return this.include(base, args)
    if (!isFolded(name)) return undefined
    // Lists by themselves stay as Lua has them: they are folded for their errors only.
    if (!isPart(name) && args.length !== functionRow(name)?.takes.length) return undefined
    const value = foldExpression({ type: 'CallExpression', base, arguments: [...args] }, this.context, 0)
    return value && isPart(name) ? this.part(name, value) : undefined
  }

  private part(call: string, value: Value): Replacement {
    const text = textOf(value)
    if (text !== undefined) return { text }
    const answer = 'expression' in value ? value.expression : []
    const number = this.parts.push({ call, answer })
    return { global: `${call} ${this.prefix}${number}` }
  }

  private include(base: Syntax, args: readonly Syntax[]): Replacement {
    const { context, includes } = this
    const [first] = args
    if (first?.type !== 'StringLiteral' || args.length > 1) {
      context.refuse(base, "what is included has to be known when the zone is compiled; expected include('name')")
      return NOTHING
    }
    const name = includes?.nameOf(first.value)
    if (!includes || name === undefined) {
      context.warn(
        first,
        `include(${shown(first.value)}): no such name in this zone, which PowerDNS ignores; expected a name below the zone`,
      )
      return NOTHING
    }
    this.included.add(name)
    for (const problem of includes.require(name)) {
      const message = `in what it includes, ${name}: ${problem.message}`
      if (problem.isFatal) context.refuse(first, message)
      else context.warn(first, message)
    }
    return { global: `include ${name}` }
  }

  // --- what it returns -----------------------------------------------------------------------------------------------

  private checkEnd(body: readonly Statement[]): void {
    const end = openEnd(body)
    if (!this.returns) {
      this.context.warn(
        body[0] ?? 0,
        'the script returns nothing, which is SERVFAIL; expected return before its answer',
      )
    } else if (end) {
      const message =
        'the script may end here without an answer, which is SERVFAIL; expected return as its last statement'
      this.context.warn(end, message)
    }
  }

  /** Checks a returned value that is known: it is a valid record for every query, or for none. */
  private checkReturned(node: Syntax): void {
    if (this.type === undefined) return
    this.returns = true
    const why = whyNoRecord(node, (use) => this.constants.isOwn(use))
    if (why !== undefined) this.context.refuse(startOf(node), why)
    const records = new FoldContext(this.type, this.constants, this.backup)
    const value = foldExpression(node, records, 0)
    if (value && value.is !== 'nil' && value.is !== 'boolean') answerOf(value, records)
    const known = new Set(this.context.issues.map(({ at }) => at))
    for (const { at, message } of records.issues) if (!known.has(at)) this.context.refuse(at, message)
  }
}

/** An empty text: the replacement of a call that is refused, or has no effect. */
const NOTHING: Replacement = { text: '' }
