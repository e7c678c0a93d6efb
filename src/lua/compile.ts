import type { Statement, Expression as Syntax } from 'luaparse'
import type { Name } from '../dns/index.ts'
import type { Expression, ScriptExpression } from '../policy/index.ts'
import { functionRow, isPart, SCRIPT_GLOBALS } from '../powerdns/index.ts'
import { err, ok, type Result } from '../result.ts'
import { Constants } from './constants.ts'
import { Exploration } from './exploration.ts'
import { foldExpression } from './expression.ts'
import { answerOf, type FoldedLua, foldLua } from './fold.ts'
import { FoldContext, type LuaIssue, startOf } from './fold-context.ts'
import { isFolded } from './functions.ts'
import type { Includes } from './includes.ts'
import { KnownValues } from './known-values.ts'
import { openEnd } from './lint-end.ts'
import { whyNoRecord } from './lint-returned.ts'
import { type ParsedCode, parseCode } from './parse.ts'
import { CALLED_NAMES } from './powerdns.ts'
import { translateParsed } from './script.ts'
import type { Replacement } from './script-expressions.ts'
import { shown, textOf, type Value } from './value.ts'

type ScriptOf = ScriptExpression<Expression>

/** The code of a LUA record as an answer expression: folded, or where it depends on the query, a script. */
export function compileLua(
  code: string,
  type: number,
  includes?: Includes,
  owner?: Name,
): Result<FoldedLua, readonly LuaIssue[]> {
  const folded = foldLua(code, type, includes?.backup)
  if (!folded.ok) return folded
  return folded.value ? ok(folded.value) : scriptLua(code, type, includes, owner)
}

/**
 * The code of a LUA record as a script.
 * @param owner the name of the record; undefined: it can be any
 */
export function scriptLua(
  code: string,
  type: number,
  includes?: Includes,
  owner?: Name,
): Result<FoldedLua, readonly LuaIssue[]> {
  const parsed = parseCode(code)
  if (!parsed.ok) return err([parsed.error])
  const made = new ScriptCompiler(code, parsed.value, '', type, includes).compile()
  if (!made.ok) return made
  return withHealthCalls(made.value, includes, owner)
}

/** The same with the health calls that the script makes when it runs. */
function withHealthCalls(
  { script, marks, warnings }: CompiledScript,
  includes: Includes | undefined,
  owner: Name | undefined,
): Result<FoldedLua, readonly LuaIssue[]> {
  const exploration = includes?.exploration ?? new Exploration()
  const met = exploration.healthCallsOf(script, owner)
  if (!met) return ok({ expression: script, marks, warnings })
  if (met.issues.length > 0) return err(distinct(met.issues))
  const parts = [...(script.parts ?? []), ...met.parts]
  return ok({
    expression: {
      ...script,
      ...(parts.length > 0 && { parts }),
      ...(met.asks && { asks: includes?.backup === 'all lists' ? includes.backup : (true as const) }),
    },
    marks: new Map([...marks, ...met.marks]),
    warnings: distinct([...warnings, ...met.warnings]),
  })
}

type CompiledScript = Pick<FoldedLua, 'marks' | 'warnings'> & { readonly script: ScriptOf }

/** Translates code, with the calls in it that can be folded. */
export class ScriptCompiler {
  private readonly code: string
  private readonly parsed: ParsedCode
  private readonly prefix: string
  private readonly type: number | undefined
  private readonly includes: Includes | undefined
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
    includes: Includes | undefined,
  ) {
    this.code = code
    this.parsed = parsed
    this.prefix = prefix
    this.type = type
    this.includes = includes
    this.constants = new Constants((name) => includes?.find(name))
    this.context = new FoldContext(undefined, this.constants, includes?.backup)
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

  /** What the variables are, here and in all that is included; and for what others include, in what those do. */
  private learn(): void {
    const { code, constants, includes } = this
    constants.add(code, this.parsed.chunk)
    if (this.type === undefined && includes) constants.addElsewhere(includes.globalUses)
  }

  // --- calls ----------------------------------------------------------------------------------------------------------

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

  // --- what it returns ------------------------------------------------------------------------------------------------

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

  /** A value that is known is a record now, or never. */
  private checkReturned(node: Syntax): void {
    if (this.type === undefined) return
    this.returns = true
    const why = whyNoRecord(node, (use) => this.constants.isOwn(use))
    if (why !== undefined) this.context.refuse(startOf(node), why)
    const records = new FoldContext(this.type, this.constants, this.includes?.backup)
    const value = foldExpression(node, records, 0)
    if (value && value.is !== 'nil' && value.is !== 'boolean') answerOf(value, records)
    const known = new Set(this.context.issues.map(({ at }) => at))
    for (const { at, message } of records.issues) if (!known.has(at)) this.context.refuse(at, message)
  }
}

/** An empty text: it is returned where an issue was told, and in place of what does nothing. */
const NOTHING: Replacement = { text: '' }

const distinct = (issues: readonly LuaIssue[]): LuaIssue[] =>
  [...new Map(issues.map((issue) => [`${issue.at} ${issue.message}`, issue])).values()].sort((a, b) => a.at - b.at)
