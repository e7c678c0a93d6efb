import { LuaError, LuaTable, type LuaValue, type Run, UNMETERED } from '../lua-vm/index.ts'
import type { Expression, ScriptPart } from '../policy/index.ts'
import { argumentsText, givesList } from '../powerdns/index.ts'
import { listOutcome, textOutcome } from './explore-outcomes.ts'
import { isUnknown, listTable, type Resolver, unknown } from './explore-unknown.ts'
import { FoldContext, type LuaBackup, type LuaIssue } from './fold-context.ts'
import { foldHealthCall } from './health-call.ts'

type Met = { readonly call: string; readonly args: string; readonly answer: Expression }

/** The health calls of a script, as far as they can be known before there is a query. */
export type Explored = {
  readonly parts: readonly ScriptPart<Expression>[]
  /** The locations in the code that the objects in `parts` came from. */
  readonly marks: ReadonlyMap<object, number>
  readonly warnings: readonly LuaIssue[]
  readonly issues: readonly LuaIssue[]
  /** True if queries may make health calls that are not in `parts`. */
  readonly asks: boolean
}

/** The calls of health functions on the explored ways through a script. */
export class HealthCallsMet {
  private readonly met = new Map<string, Met | LuaIssue>()
  /** Collects the warnings and locations of all calls. */
  private readonly context: FoldContext
  private readonly failures = new Map<string, LuaIssue>()
  /** The calls whose arguments only a query knows, by offset. */
  private readonly open = new Map<number, string>()
  private first: { readonly call: string; readonly at: number } | undefined
  private hasFailed = false
  /** True if every way so far had a health call that failed, and ended with an error. */
  private alwaysFails = true

  constructor(backup: LuaBackup | undefined) {
    this.context = new FoldContext(undefined, undefined, backup)
  }

  begin(): void {
    this.hasFailed = false
  }

  /** @param failed true if the way ended with an error */
  end(failed: boolean): void {
    this.alwaysFails &&= failed && this.hasFailed
  }

  /** Returns the values that a call can give. They are known before there is a query if the arguments are. */
  call(call: string, args: readonly LuaValue[], at: number, run: Run, resolver: Resolver): LuaValue {
    this.first ??= { call, at }
    const settled = args.map((arg) => resolver.settle(arg, run))
    const values = settled.map(({ value }) => value)
    if (settled.every(({ isKnown }) => isKnown)) return this.known(call, this.textOf(call, values, at, run), at, run)
    this.open.set(at, call)
    this.partly(call, values, at, run)
    return unknown(true)
  }

  private textOf(call: string, values: readonly LuaValue[], at: number, run: Run): string {
    try {
      return argumentsText(values, call, run)
    } catch (error) {
      if (error instanceof LuaError) this.fail({ at, message: String(error.value).replace(/^.*?:\d+: /, '') })
      throw error
    }
  }

  private known(call: string, args: string, at: number, run: Run): LuaValue {
    const found = this.find(call, args, at)
    if ('message' in found) {
      this.fail(found)
      throw run.fail(`${call}: ${found.message}`)
    }
    return givesList(call) ? listOutcome(found.answer) : textOutcome(found.answer)
  }

  private find(call: string, args: string, at: number): Met | LuaIssue {
    const key = `${call} ${args}`
    const known = this.met.get(key)
    if (known) return known
    const { context } = this
    const answer = foldHealthCall(call, args, at, context)
    const [issue] = context.issues.splice(0)
    const made =
      answer === undefined
        ? { at, message: issue?.message ?? `${call} cannot be called like this` }
        : { call, args, answer }
    this.met.set(key, made)
    return made
  }

  /** Adds the known part of a call, to be probed from the start; the rest is known from the first query on. */
  private partly(call: string, values: readonly LuaValue[], at: number, run: Run): void {
    const reduced = values.map(withoutUnknown)
    if (reduced.some((value, i) => value === undefined && values[i] !== undefined)) return
    if (reduced.some((value) => value instanceof LuaTable && isEmpty(value))) return
    try {
      this.find(call, argumentsText(reduced, call, run), at)
    } catch (error) {
      if (!(error instanceof LuaError)) throw error
    }
  }

  private fail(issue: LuaIssue): void {
    this.hasFailed = true
    this.failures.set(`${issue.at} ${issue.message}`, issue)
  }

  finish(isIncomplete: boolean): Explored {
    const parts = [...this.met.values()].flatMap((met) => ('answer' in met ? [met] : []))
    const failures = [...this.failures.values()]
    const asks = isIncomplete || this.open.size > 0
    const isSure = this.alwaysFails && failures.length > 0 && !asks
    const open = [...this.open].map(([at, call]) => ({ at, message: `the query decides what ${call} probes${LATE}` }))
    const late = isIncomplete && open.length === 0 && this.first ? [tooMany(this.first)] : open
    return {
      parts,
      marks: this.context.marks,
      warnings: [...this.context.warnings, ...(isSure ? [] : failures.map(forSome)), ...late],
      issues: isSure ? failures : [],
      asks,
    }
  }
}

const forSome = ({ at, message }: LuaIssue): LuaIssue => ({
  at,
  message: `the call fails for some queries: ${message}`,
})

const LATE = ', so that it is known from the first query on only; expected addresses that stand in the zone'

const tooMany = ({ call, at }: { readonly call: string; readonly at: number }): LuaIssue => ({
  at,
  message: `too many ways through the script to try all, so that what ${call} probes may be known from the first query on only; expected fewer conditions`,
})

const isEmpty = (table: LuaTable): boolean => table.entries(UNMETERED).next().done === true

/** Returns a value without the parts that can be anything; undefined if the value itself can be anything. */
function withoutUnknown(value: LuaValue): LuaValue {
  if (isUnknown(value)) return undefined
  if (!(value instanceof LuaTable)) return value
  const entries = [...value.entries(UNMETERED)]
    .filter(([key, inner]) => !isUnknown(key) && !isUnknown(inner))
    .map(([key, inner]) => [key, withoutUnknown(inner)] as const)
    .filter(([, inner]) => !(inner instanceof LuaTable && isEmpty(inner)))
  if (entries.every(([key]) => typeof key === 'number')) return listTable(entries.map(([, inner]) => inner))
  const table = new LuaTable()
  for (const [key, inner] of entries) table.set(key, inner)
  return table
}
