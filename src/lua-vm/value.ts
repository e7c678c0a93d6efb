import { BYTES } from './budget.ts'
import { type CallSite, where } from './call-site.ts'
import { type BY_STATEMENTS, type Charge, take, VALUES_A_STEP } from './charge.ts'
import { LuaTable } from './table.ts'

/** A value of Lua code. `undefined` is nil; a string is octets, one character each. */
export type LuaValue = undefined | boolean | number | string | LuaTable | LuaFunction | HostObject

/** One value as itself; any other number of values as a list, which its taker must not write to. */
export type Returned = LuaValue | readonly LuaValue[]

export const NOTHING: readonly LuaValue[] = []

/** The first value, or nil. */
export const first = (returned: Returned): LuaValue =>
  Array.isArray(returned) ? (returned as readonly LuaValue[])[0] : (returned as LuaValue)

export const listOf = (returned: Returned): readonly LuaValue[] =>
  Array.isArray(returned) ? (returned as readonly LuaValue[]) : [returned as LuaValue]

/** The surroundings of a script. */
export type Host = {
  /** Returns a global that the script has not assigned; undefined: the standard library's, or nil. */
  readonly global: (name: string) => LuaValue
  /** A number in [0, 1), for `math.random` and the host's functions. */
  readonly random: () => number
  /** Called at the end of an evaluation, with the rest of its budget and the number of its steps. */
  readonly ended?: (run: Run, steps: number) => void
}

/**
 * One evaluation: its budget, its globals, and which calls it is in. Functions get it as their second argument;
 * `ScriptRun` implements it.
 */
export interface Run {
  readonly host: Host
  steps: number
  bytes: number
  /** The call sites of the script functions that are running. */
  readonly sites: (CallSite | undefined)[]
  depth: number
  /** The stack cost of the functions that are running: their levels of nesting. */
  stackCost: number
  /** The innermost call. */
  site: CallSite | undefined
  /** A number in [0, 1). */
  random(): number
  /** Charges steps. */
  chargeSteps(steps: number): void
  /** Charges bytes that are made. */
  chargeBytes(bytes: number): void
  /** An error at the innermost call, as Lua's library raises it. */
  fail(message: string): LuaError
  /** Lua's position of the call `level` levels up: 1 is the innermost. */
  where(level: number): string
  /** Calls a value from a host function. `args` is the called function's own. */
  call(callee: LuaValue, args: LuaValue[]): Returned
  /** The function that a call of the value calls; an object of a callable table becomes the first of `args`. */
  functionOf(callee: LuaValue, args: LuaValue[], site: CallSite | undefined): LuaFunction
  /** Begins a call. If it ends by an error, the code that catches the error restores `depth` and `stackCost`. */
  enter(stackCost: number, site: CallSite | undefined): void
  leave(stackCost: number): void
  global(name: string): LuaValue
  setGlobal(name: string, value: LuaValue): void
  /** A metamethod of texts: most scripts never ask for their metatable, whose `__index` is `string`. */
  textMethod(event: string): LuaValue
  /** The metatable of texts in this evaluation. */
  readonly textMeta: LuaTable
  /** Numbers objects, for the texts that Lua makes of addresses: the same in every run. */
  identityOf(object: object): number
  /** `tostring`, with metatables and host objects. */
  text(value: LuaValue): LuaValue
}

/** An error of Lua's kind: `pcall` catches it. */
export class LuaError {
  readonly value: LuaValue
  readonly site: CallSite | undefined

  constructor(value: LuaValue, site?: CallSite) {
    this.value = value
    this.site = site
  }
}

export const failAt = (site: CallSite | undefined, message: string): LuaError =>
  new LuaError(where(site) + message, site)

/** `args` is the function's own to keep and to change. Throws `LuaError`. */
type Call = (args: LuaValue[], run: Run) => Returned

/** A function, the script's or the host's. */
export class LuaFunction {
  readonly name: string
  readonly charge: Charge | typeof BY_STATEMENTS
  private readonly body: Call

  constructor(name: string, charge: Charge | typeof BY_STATEMENTS, body: Call) {
    this.name = name
    this.charge = charge
    this.body = body
  }

  /** The only way to the body: charges the arguments before it, and the results after it. */
  call(args: LuaValue[], run: Run): Returned {
    const { charge, body } = this
    return charge === undefined ? body(args, run) : charged(charge, body, args, run)
  }
}

function charged(charge: Charge, body: Call, args: LuaValue[], run: Run): Returned {
  take(run, charge, args)
  const returned = body(args, run)
  if (typeof returned === 'string') {
    if (returned.length > OCTETS_MADE_A_STEP) run.chargeSteps(Math.floor(returned.length / OCTETS_MADE_A_STEP))
  } else if (Array.isArray(returned) && returned.length >= VALUES_A_STEP) {
    run.chargeSteps(Math.floor(returned.length / VALUES_A_STEP))
  }
  return returned
}

/** V8 makes a text of pieces, and copies them when the text is first looked at. */
const OCTETS_MADE_A_STEP = 256

/** The operations of a kind of host object. `methods` are called with the object as their first argument. */
export type HostType<T> = {
  readonly name: string
  readonly methods: ReadonlyMap<string, LuaFunction>
  /** Without it, an object equals itself alone. */
  equal?(a: T, b: T): boolean
  /** Without it, `<` is an error. */
  less?(a: T, b: T): boolean
  /** `tostring`. */
  text?(value: T, run: Run): string
  /** The steps that a method or an operator costs for the object. */
  steps(value: T): number
}

/** An object of the host: Lua's userdata. */
export class HostObject<T = unknown> {
  readonly type: HostType<T>
  readonly value: T

  constructor(type: HostType<T>, value: T) {
    this.type = type
    this.value = value
  }
}

/** The type's name as Lua's `type` gives it. */
export function typeOf(value: LuaValue): string {
  switch (typeof value) {
    case 'undefined':
      return 'nil'
    case 'object':
      return value instanceof LuaTable ? 'table' : value instanceof LuaFunction ? 'function' : 'userdata'
    default:
      return typeof value
  }
}

/** A list as a table, which a function makes for a script. */
export function tableOf(values: readonly LuaValue[], run: Run): LuaTable {
  run.chargeBytes(BYTES.table + values.length * BYTES.entry)
  run.chargeSteps(values.length >> 2)
  const table = new LuaTable()
  values.forEach((value, i) => {
    table.set(i + 1, value)
  })
  return table
}

/** Returns a value's name in an error message. */
export const describe = (value: LuaValue, name: string | undefined): string =>
  name === undefined ? `a ${typeOf(value)} value` : `${name} (a ${typeOf(value)} value)`
