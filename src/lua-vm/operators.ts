import { BYTES, OCTETS_A_STEP } from './budget.ts'
import type { CallSite } from './call-site.ts'
import { STEPS_A_FRACTION } from './charge.ts'
import { formatNumber, parseNumber } from './number.ts'
import { LuaTable } from './table.ts'
import { spendOn } from './text.ts'
import { describe, failAt, first, HostObject, LuaFunction, type LuaValue, type Run, typeOf } from './value.ts'

/** Metatables that lead to each other: Lua's own limit. */
const MAX_CHAIN = 100

export const isTruthy = (value: LuaValue): boolean => value !== undefined && value !== false

/** `object[key]`. */
export function index(run: Run, object: LuaValue, key: LuaValue, site: CallSite): LuaValue {
  look(run, key)
  let at = object
  for (let i = 0; i < MAX_CHAIN; i++) {
    let handler: LuaValue
    if (at instanceof LuaTable) {
      const value = at.get(key)
      if (value !== undefined || !at.meta) return value
      handler = at.meta.field('__index')
      if (handler === undefined) return undefined
    } else if (typeof at === 'string') {
      handler = run.textMethod('__index')
      if (handler === undefined)
        throw failAt(site, `attempt to index ${describe(at, i === 0 ? site.names[0] : undefined)}`)
    } else if (at instanceof HostObject) {
      return typeof key === 'string' ? at.type.methods.get(key) : undefined
    } else {
      throw failAt(site, `attempt to index ${describe(at, i === 0 ? site.names[0] : undefined)}`)
    }
    if (handler instanceof LuaFunction) return first(callFrom(run, site, handler, [at, key]))
    at = handler
  }
  throw failAt(site, 'loop in gettable')
}

/** `object[key] = value`. */
export function setIndex(run: Run, object: LuaValue, key: LuaValue, value: LuaValue, site: CallSite): void {
  let at = object
  for (let i = 0; i < MAX_CHAIN; i++) {
    const table = at instanceof LuaTable ? at : undefined
    const isNew = !table || (table.meta !== undefined && table.get(key) === undefined)
    const handler = isNew ? metamethod(run, at, '__newindex') : undefined
    if (handler === undefined) {
      if (table) return setField(run, table, key, value, site)
      throw failAt(site, `attempt to index ${describe(at, i === 0 ? site.names[0] : undefined)}`)
    }
    if (handler instanceof LuaFunction) {
      callFrom(run, site, handler, [at, key, value])
      return
    }
    at = handler
  }
  throw failAt(site, 'loop in settable')
}

/** An assignment that ignores metatables. */
export function setField(run: Run, table: LuaTable, key: LuaValue, value: LuaValue, site: CallSite | undefined): void {
  if (key === undefined) throw failAt(site, 'table index is nil')
  if (typeof key === 'number' && Number.isNaN(key)) throw failAt(site, 'table index is NaN')
  look(run, key)
  if (table.set(key, value)) run.chargeBytes(BYTES.entry)
}

/** The stack cost of a call of a metamethod. */
const META_STACK_COST = 4

/** Calls a metamethod from the site of its operator. */
function callFrom(run: Run, site: CallSite, handler: LuaValue, args: LuaValue[]): LuaValue {
  run.stackCost += META_STACK_COST
  run.site = site
  const returned = first(run.functionOf(handler, args, undefined).call(args, run))
  run.stackCost -= META_STACK_COST
  return returned
}

/** Charges a long text that is compared, or looked up among the keys of a table. */
export function look(run: Run, value: LuaValue): void {
  if (typeof value === 'string' && value.length > OCTETS_A_STEP)
    run.chargeSteps(Math.ceil(value.length / OCTETS_A_STEP))
}

// --- arithmetic -----------------------------------------------------------------------------------------------------

type Arithmetic = { readonly event: string; readonly apply: (a: number, b: number) => number }

export const ARITHMETIC: Readonly<Record<'+' | '-' | '*' | '/' | '%' | '^', Arithmetic>> = {
  '+': { event: '__add', apply: (a, b) => a + b },
  '-': { event: '__sub', apply: (a, b) => a - b },
  '*': { event: '__mul', apply: (a, b) => a * b },
  '/': { event: '__div', apply: (a, b) => a / b },
  '%': { event: '__mod', apply: (a, b) => a - Math.floor(a / b) * b },
  '^': { event: '__pow', apply: power },
}

/** C's `pow`, which differs from JavaScript's for 1 and -1. */
export function power(a: number, b: number): number {
  if (a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY)) return 1
  return a ** b
}

/** The operator on any values: texts that are numbers count as such. */
export function arithmetic(run: Run, { event, apply }: Arithmetic, a: LuaValue, b: LuaValue, site: CallSite): LuaValue {
  const left = toNumber(a, run)
  const right = toNumber(b, run)
  if (left !== undefined && right !== undefined) return apply(left, right)
  const handler = metamethod(run, a, event) ?? metamethod(run, b, event)
  if (handler !== undefined) return callFrom(run, site, handler, [a, b])
  const culprit = left === undefined ? describe(a, site.names[0]) : describe(b, site.names[1])
  throw failAt(site, `attempt to perform arithmetic on ${culprit}`)
}

export function negate(run: Run, value: LuaValue, site: CallSite): LuaValue {
  const number = toNumber(value, run)
  if (number !== undefined) return -number
  const handler = metamethod(run, value, '__unm')
  if (handler !== undefined) return callFrom(run, site, handler, [value, value])
  throw failAt(site, `attempt to perform arithmetic on ${describe(value, site.names[0])}`)
}

/** A number, or a text that is one. */
export function toNumber(value: LuaValue, run: Run): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return undefined
  run.chargeSteps(1 + (value.length >> 1))
  return parseNumber(value)
}

export function lengthOf(value: LuaValue, site: CallSite): number {
  if (typeof value === 'string') return value.length
  if (value instanceof LuaTable) return value.length
  throw failAt(site, `attempt to get length of ${describe(value, site.names[0])}`)
}

function metamethod(run: Run, value: LuaValue, event: string): LuaValue {
  if (value instanceof LuaTable) return value.meta?.field(event)
  return typeof value === 'string' ? run.textMethod(event) : undefined
}

// --- texts ----------------------------------------------------------------------------------------------------------

/** `a .. b .. c`: Lua joins from the right. */
export function concatenate(run: Run, parts: readonly LuaValue[], site: CallSite): LuaValue {
  let i = parts.length - 1
  let joined = parts[i]
  while (--i >= 0) {
    const left = parts[i]
    const text = joinable(left)
    const rest = text === undefined ? undefined : joinable(joined)
    if (text !== undefined && rest !== undefined) {
      run.chargeBytes(text.length + rest.length)
      if (isFraction(left) || isFraction(joined)) run.chargeSteps(STEPS_A_FRACTION)
      joined = text + rest
      continue
    }
    const handler = metamethod(run, left, '__concat') ?? metamethod(run, joined, '__concat')
    if (handler !== undefined) {
      joined = callFrom(run, site, handler, [left, joined])
      continue
    }
    const culprit =
      text === undefined
        ? describe(left, site.names[i])
        : describe(joined, i + 2 === parts.length ? site.names[i + 1] : undefined)
    throw failAt(site, `attempt to concatenate ${culprit}`)
  }
  return joined
}

/** The text of such a number takes a microsecond to make. */
const isFraction = (value: LuaValue): boolean => typeof value === 'number' && !Number.isInteger(value)

export const joinable = (value: LuaValue): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? formatNumber(value) : undefined

// --- comparison -----------------------------------------------------------------------------------------------------

export function equals(run: Run, a: LuaValue, b: LuaValue, site: CallSite): boolean {
  if (typeof a === 'string' && typeof b === 'string') {
    if (a.length !== b.length) return false
    look(run, a)
    return a === b
  }
  if (a === b) return true
  if (a instanceof HostObject && b instanceof HostObject) {
    if (a.type !== b.type) return false
    spendOn(a, run)
    return a.type.equal?.(a.value, b.value) ?? false
  }
  if (!(a instanceof LuaTable && b instanceof LuaTable)) return false
  const handler = metamethod(run, a, '__eq')
  if (handler === undefined || handler !== metamethod(run, b, '__eq')) return false
  return isTruthy(callFrom(run, site, handler, [a, b]))
}

export function lessThan(run: Run, a: LuaValue, b: LuaValue, site: CallSite): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a < b
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(run, a, b) < 0
  if (a instanceof HostObject && b instanceof HostObject && a.type === b.type && a.type.less) {
    spendOn(a, run)
    return a.type.less(a.value, b.value)
  }
  const answer = compareBy('__lt', run, a, b, site)
  if (answer === undefined) throw cannotCompare(a, b, site)
  return answer
}

export function lessOrEqual(run: Run, a: LuaValue, b: LuaValue, site: CallSite): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a <= b
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(run, a, b) <= 0
  if (a instanceof HostObject && b instanceof HostObject && a.type === b.type && a.type.less) {
    spendOn(a, run)
    return !a.type.less(b.value, a.value)
  }
  const answer = compareBy('__le', run, a, b, site)
  if (answer !== undefined) return answer
  const reverse = compareBy('__lt', run, b, a, site)
  if (reverse === undefined) throw cannotCompare(a, b, site)
  return !reverse
}

function compareTexts(run: Run, a: string, b: string): number {
  look(run, a.length < b.length ? a : b)
  return a < b ? -1 : a > b ? 1 : 0
}

/** Both operands have to be tables, and to agree on the metamethod. */
function compareBy(event: string, run: Run, a: LuaValue, b: LuaValue, site: CallSite): boolean | undefined {
  if (!(a instanceof LuaTable && b instanceof LuaTable)) return undefined
  const handler = metamethod(run, a, event)
  if (handler === undefined || handler !== metamethod(run, b, event)) return undefined
  return isTruthy(callFrom(run, site, handler, [a, b]))
}

function cannotCompare(a: LuaValue, b: LuaValue, site: CallSite) {
  const [left, right] = [typeOf(a), typeOf(b)]
  return failAt(site, `attempt to compare ${left === right ? `two ${left} values` : `${left} with ${right}`}`)
}
