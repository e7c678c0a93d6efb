import { MAX_SCRIPT_STACK_COST } from '../limits.ts'
import { OverBudget } from '../meter.ts'
import { type Budget, BYTES } from './budget.ts'
import { type CallSite, where } from './call-site.ts'
import { STANDARD } from './library.ts'
import { LuaTable } from './table.ts'
import { textOf } from './text.ts'
import {
  describe,
  failAt,
  first,
  type Host,
  type LuaError,
  LuaFunction,
  type LuaValue,
  type Returned,
  type Run,
} from './value.ts'

/** The stack cost of a call by the host, beside that of the called function. */
const HOST_STACK_COST = 12

/** One evaluation of a script. */
export class ScriptRun implements Run {
  readonly host: Host
  steps: number
  bytes: number
  readonly calls: number
  /** The call sites of the script functions that are running. */
  readonly sites: (CallSite | undefined)[] = []
  depth = 0
  /** The stack cost of the functions that are running: their levels of nesting. */
  stackCost = 0
  /** The innermost call. */
  site: CallSite | undefined
  private globals: Map<string, LuaValue> | undefined
  private libraries: Map<string, LuaTable> | undefined
  private texts: LuaTable | undefined
  private identities: Map<object, number> | undefined

  constructor(host: Host, budget: Budget) {
    this.host = host
    this.steps = budget.steps
    this.bytes = budget.bytes
    this.calls = budget.calls
  }

  /** A number in [0, 1). */
  random(): number {
    return this.host.random()
  }

  /** Charges steps. */
  chargeSteps(steps: number): void {
    this.steps -= steps
    if (this.steps < 0) throw new OverBudget('it took too many steps')
  }

  /** Charges bytes that are made. */
  chargeBytes(bytes: number): void {
    this.bytes -= bytes
    // A size may be infinite or not a number.
    if (!(this.bytes >= 0)) throw new OverBudget('it made too much text or too large tables')
  }

  /** An error at the innermost call, as Lua's library raises it. */
  fail(message: string): LuaError {
    return failAt(this.site, message)
  }

  /** Lua's position of the call `level` levels up: 1 is the innermost. */
  where(level: number): string {
    return where(level === 1 ? this.site : this.sites[this.depth + 1 - level])
  }

  /** Calls a value from a host function. `args` is the called function's own. */
  call(callee: LuaValue, args: LuaValue[]): Returned {
    const { site } = this
    this.enter(HOST_STACK_COST, site)
    this.site = undefined
    const returned = this.functionOf(callee, args, undefined).call(args, this)
    this.leave(HOST_STACK_COST)
    this.site = site
    return returned
  }

  /** The function that a call of the value calls; an object of a callable table becomes the first of `args`. */
  functionOf(callee: LuaValue, args: LuaValue[], site: CallSite | undefined): LuaFunction {
    if (callee instanceof LuaFunction) return callee
    const handler =
      callee instanceof LuaTable
        ? callee.meta?.field('__call')
        : typeof callee === 'string'
          ? this.textMethod('__call')
          : undefined
    if (!(handler instanceof LuaFunction)) throw failAt(site, `attempt to call ${describe(callee, site?.names[0])}`)
    args.unshift(callee)
    return handler
  }

  /** Begins a call. If it ends by an error, the code that catches the error restores `depth` and `stackCost`. */
  enter(stackCost: number, site: CallSite | undefined): void {
    if (this.depth >= this.calls) throw new OverBudget(`its calls nest deeper than ${this.calls}`)
    this.stackCost += stackCost
    if (this.stackCost > MAX_SCRIPT_STACK_COST) throw new OverBudget('its calls nest too deep')
    this.sites[this.depth++] = site
  }

  leave(stackCost: number): void {
    this.depth--
    this.stackCost -= stackCost
  }

  global(name: string): LuaValue {
    if (this.globals) {
      const own = this.globals.get(name)
      if (own !== undefined || this.globals.has(name)) return own
    }
    const given = this.host.global(name)
    if (given !== undefined) return given
    const standard = STANDARD.get(name)
    return standard instanceof LuaTable ? this.library(name, standard) : standard
  }

  setGlobal(name: string, value: LuaValue): void {
    this.globals ??= new Map()
    if (!this.globals.has(name)) this.chargeBytes(BYTES.entry)
    this.globals.set(name, value)
  }

  /** A library table of this evaluation: a script may write to it. */
  private library(name: string, shared: LuaTable): LuaTable {
    this.libraries ??= new Map()
    let table = this.libraries.get(name)
    if (!table) {
      table = LuaTable.borrow(shared)
      this.libraries.set(name, table)
    }
    return table
  }

  /** A metamethod of texts: most scripts never ask for their metatable, whose `__index` is `string`. */
  textMethod(event: string): LuaValue {
    if (this.texts) return this.texts.field(event)
    return event === '__index' ? (this.libraries?.get('string') ?? STANDARD.get('string')) : undefined
  }

  /** The metatable of texts in this evaluation. */
  get textMeta(): LuaTable {
    if (!this.texts) {
      this.texts = new LuaTable()
      this.texts.set('__index', this.library('string', STANDARD.get('string') as LuaTable))
    }
    return this.texts
  }

  /** Numbers objects, for the texts that Lua makes of addresses: the same in every run. */
  identityOf(object: object): number {
    this.identities ??= new Map()
    let number = this.identities.get(object)
    if (number === undefined) {
      this.chargeBytes(BYTES.entry)
      number = this.identities.size + 1
      this.identities.set(object, number)
    }
    return number
  }

  /** `tostring`, with metatables and host objects. */
  text(value: LuaValue): LuaValue {
    if (value instanceof LuaTable) {
      const handler = value.meta?.field('__tostring')
      if (handler !== undefined) return first(this.call(handler, [value]))
    }
    return textOf(value, this)
  }
}
