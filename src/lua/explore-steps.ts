import {
  ARITHMETIC,
  arithmetic,
  BY_VALUE,
  type CallSite,
  concatenate,
  equals,
  HostObject,
  index,
  LuaFunction,
  LuaTable,
  type LuaValue,
  lengthOf,
  lessOrEqual,
  lessThan,
  listOf,
  NOTHING,
  negate,
  type Returned,
  type Run,
  toNumber,
  UNMETERED,
} from '../lua-vm/index.ts'
import { binaryStep, STEP } from './explore-tree.ts'
import { isUnknown, oneOf, type Resolver, unknown } from './explore-unknown.ts'

/** The names of functions that are part of a script have this sign; names of other functions do not. */
export const SCRIPT_SIGN = '/'

/** The largest number of rounds of a loop over an unknown value. */
const MOST_ROUNDS = 2

/** Functions that pass values on without reading them: the rest of their arguments may be anything. */
const CARRYING: ReadonlySet<string> = new Set([
  ...['getmetatable', 'insert', 'ipairs', 'next', 'pairs', 'rawget', 'rawset', 'remove', 'select', 'setmetatable'],
  ...['error', 'maxn', 'move', 'unpack'],
])

/** Functions that call their first argument. */
const CALLING: ReadonlySet<string> = new Set(['pcall', 'xpcall'])

/** Carries out the steps of code while some values are known only to a query. One object serves one way. */
export class Steps {
  private readonly resolver: Resolver
  /** Functions that take values which can be anything. */
  private readonly open = new Set<LuaFunction>()
  /** Tables that have a key which can be anything. */
  private readonly loose = new WeakSet<LuaTable>()
  private lastObject: LuaTable | undefined
  readonly functions: ReadonlyMap<string, LuaFunction>

  constructor(resolver: Resolver) {
    this.resolver = resolver
    this.functions = new Map(this.all().map(([name, call]) => [name, new LuaFunction(name, BY_VALUE, call)] as const))
  }

  /** A function that takes values which can be anything. */
  openFunction(name: string, call: LuaFunction['call']): LuaFunction {
    const made = new LuaFunction(name, BY_VALUE, call)
    this.open.add(made)
    return made
  }

  private all(): [string, LuaFunction['call']][] {
    const { resolver } = this
    return [
      [STEP.test, ([value], run) => resolver.test(value, run)],
      [STEP.index, ([object, key], run) => this.index(object, key, run)],
      [STEP.call, ([callee, ...args], run) => this.call(callee, args, run)],
      [STEP.method, ([object, name, ...args], run) => this.method(object, name as string, args, run)],
      [STEP.object, ([object], run) => this.object(object, run)],
      [STEP.key, ([key], run) => this.key(key, run)],
      [STEP.range, ([from, to, by], run) => this.range([from, to, by], run)],
      [STEP.iterate, ([iterator, state, initial], run) => this.iterate(iterator, state, initial, run)],
      [STEP.join, (parts, run) => this.computed(parts, run, (all) => concatenate(run, all, siteOf(run)))],
      [STEP.negate, (operand, run) => this.computed(operand, run, ([value]) => negate(run, value, siteOf(run)))],
      [STEP.length, (operand, run) => this.computed(operand, run, ([value]) => lengthOf(value, siteOf(run)))],
      ...Object.entries(ARITHMETIC).map(([operator, kind]): [string, LuaFunction['call']] => [
        binaryStep(operator),
        (operands, run) => this.computed(operands, run, ([a, b]) => arithmetic(run, kind, a, b, siteOf(run))),
      ]),
      [binaryStep('=='), ([a, b], run) => this.equal(a, b, run)],
      [binaryStep('~='), ([a, b], run) => !this.equal(a, b, run)],
      [binaryStep('<'), ([a, b], run) => this.compared(a, b, run, lessThan)],
      [binaryStep('<='), ([a, b], run) => this.compared(a, b, run, lessOrEqual)],
      [binaryStep('>'), ([a, b], run) => this.compared(b, a, run, lessThan)],
      [binaryStep('>='), ([a, b], run) => this.compared(b, a, run, lessOrEqual)],
    ]
  }

  // --- operators -----------------------------------------------------------------------------------------------------

  /** Computes a value. If an operand can be anything, so can the result, except nil and false. */
  private computed(operands: readonly LuaValue[], run: Run, compute: (known: readonly LuaValue[]) => LuaValue) {
    const known = operands.map((operand) => this.resolver.resolve(operand, run))
    return known.some(isUnknown) ? unknown(true) : compute(known)
  }

  private equal(a: LuaValue, b: LuaValue, run: Run): boolean {
    const left = this.resolver.resolve(a, run)
    const right = this.resolver.resolve(b, run)
    if (left === right) return true
    if (isUnknown(left) || isUnknown(right)) return this.resolver.same(left, right, run)
    return equals(run, left, right, siteOf(run))
  }

  private compared(a: LuaValue, b: LuaValue, run: Run, compare: typeof lessThan): boolean {
    const left = this.resolver.resolve(a, run)
    const right = this.resolver.resolve(b, run)
    if (isUnknown(left) || isUnknown(right)) return this.resolver.holds(run)
    return compare(run, left, right, siteOf(run))
  }

  // --- tables --------------------------------------------------------------------------------------------------------

  private index(object: LuaValue, key: LuaValue, run: Run): LuaValue {
    const from = this.resolver.resolve(object, run)
    const at = this.resolver.resolve(key, run)
    if (isUnknown(from)) return unknown()
    if (!isUnknown(at)) {
      const direct = index(run, from, at, siteOf(run))
      if (!(from instanceof LuaTable && this.loose.has(from))) return direct
      const others = [...from.entries(UNMETERED)].flatMap(([own, value]) => (isUnknown(own) ? [value] : []))
      return oneOf([direct, ...others])
    }
    if (!(from instanceof LuaTable)) return unknown()
    return oneOf([...[...from.entries(UNMETERED)].map(([, value]) => value), this.missing(from, at, run)])
  }

  /** Returns the value that a table gives for a key that it does not have. */
  private missing(table: LuaTable, key: LuaValue, run: Run): LuaValue {
    const handler = table.meta?.field('__index')
    if (handler instanceof LuaTable) return this.index(handler, key, run)
    return handler === undefined ? undefined : listOf(this.call(handler, [table, key], run))[0]
  }

  private object(object: LuaValue, run: Run): LuaValue {
    const resolved = this.resolver.resolve(object, run)
    const table = isUnknown(resolved) ? new LuaTable() : resolved
    this.lastObject = table instanceof LuaTable ? table : undefined
    return table
  }

  private key(key: LuaValue, run: Run): LuaValue {
    const resolved = this.resolver.resolve(key, run)
    if (isUnknown(resolved) && this.lastObject) this.loose.add(this.lastObject)
    return resolved
  }

  // --- calls ---------------------------------------------------------------------------------------------------------

  call(callee: LuaValue, args: LuaValue[], run: Run): Returned {
    const called = this.resolver.resolve(callee, run)
    if (isUnknown(called)) return unknown()
    if (!(called instanceof LuaFunction)) return this.call(run.functionOf(called, args, siteOf(run)), args, run)
    if (called.name.includes(SCRIPT_SIGN) || this.open.has(called)) return called.call(args, run)
    if (CALLING.has(called.name)) {
      const [inner, ...rest] = args
      return called.call([new LuaFunction('call', BY_VALUE, (given, at) => this.call(inner, given, at)), ...rest], run)
    }
    if (called.name === 'assert') return called.call([this.resolver.test(args[0], run), ...args.slice(1)], run)
    if (CARRYING.has(called.name)) return this.carry(called, args, run)
    const settled = args.map((arg) => this.resolver.settle(arg, run))
    if (settled.some(({ isKnown }) => !isKnown)) return unknown()
    return called.call(
      settled.map(({ value }) => value),
      run,
    )
  }

  private carry(called: LuaFunction, args: readonly LuaValue[], run: Run): Returned {
    const [table, ...rest] = args
    const from = this.resolver.resolve(table, run)
    return isUnknown(from) ? unknown() : called.call(args.length === 0 ? [] : [from, ...rest], run)
  }

  private method(object: LuaValue, name: string, args: readonly LuaValue[], run: Run): Returned {
    const self = this.resolver.resolve(object, run)
    if (isUnknown(self)) return unknown()
    const method = self instanceof HostObject ? self.type.methods.get(name) : index(run, self, name, siteOf(run))
    return this.call(method, [self, ...args], run)
  }

  // --- loops ---------------------------------------------------------------------------------------------------------

  /** The numbers of a loop, as an iterator. */
  private range(bounds: readonly LuaValue[], run: Run): Returned {
    const known = bounds.map((bound) => this.resolver.resolve(bound, run))
    if (known.some(isUnknown)) return this.rounds()
    const [from, to, by] = known.map((bound) => toNumber(bound, run)) as [number, number, number]
    if ([from, to, by].includes(undefined as unknown as number)) throw run.fail("'for' bounds must be numbers")
    let value = from
    return new LuaFunction('range', BY_VALUE, () => {
      if (by > 0 ? value > to : value < to) return undefined
      const current = value
      value += by
      return current
    })
  }

  private iterate(iterator: LuaValue, state: LuaValue, initial: LuaValue, run: Run): Returned {
    const next = this.resolver.resolve(iterator, run)
    if (isUnknown(next)) return this.rounds()
    if (!(next instanceof LuaFunction) || next.name.includes(SCRIPT_SIGN)) return [next, state, initial]
    return [next, this.resolver.resolve(state, run), initial]
  }

  /** Rounds of a loop over what can be anything. */
  private rounds(): LuaFunction {
    let done = 0
    return new LuaFunction('rounds', BY_VALUE, (_, run) => {
      if (done >= MOST_ROUNDS || !this.resolver.holds(run)) return NOTHING
      done++
      return [unknown(true), unknown()]
    })
  }
}

/** Returns the call site of the step. */
const siteOf = (run: Run): CallSite => run.site ?? { chunk: { name: '', lines: [] }, at: 0, names: [], method: false }
