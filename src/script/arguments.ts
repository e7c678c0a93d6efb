import type { LuaError } from './error.ts'
import { joinable, toNumber } from './operators.ts'
import type { Run } from './run.ts'
import { LuaTable } from './table.ts'
import { LuaFunction, type LuaValue, typeOf } from './value.ts'

/** `bad argument #2 to 'rep' (number expected, got nil)`: `at` counts from 0. Arguments of methods count without self. */
export function badArgument(at: number, name: string, problem: string, run: Run): LuaError {
  const number = run.site?.method ? at : at + 1
  if (number === 0) return run.fail(`calling '${name}' on bad self (${problem})`)
  return run.fail(`bad argument #${number} to '${name}' (${problem})`)
}

const wrongType = (args: readonly LuaValue[], at: number, name: string, expected: string, run: Run): LuaError =>
  badArgument(at, name, `${expected} expected, got ${at < args.length ? typeOf(args[at]) : 'no value'}`, run)

/** An argument of any type, nil included, that has to be there. */
export function anyArgument(args: readonly LuaValue[], at: number, name: string, run: Run): LuaValue {
  if (at >= args.length) throw badArgument(at, name, 'value expected', run)
  return args[at]
}

/** Octets: numbers are written out. */
export function textArgument(args: readonly LuaValue[], at: number, name: string, run: Run): string {
  const text = joinable(args[at])
  if (text === undefined) throw wrongType(args, at, name, 'string', run)
  return text
}

/** A number, or a text that is one. */
export function numberArgument(args: readonly LuaValue[], at: number, name: string, run: Run): number {
  const number = toNumber(args[at], run)
  if (number === undefined) throw wrongType(args, at, name, 'number', run)
  return number
}

/** A number without its fraction; not a number is 0. */
export function integerArgument(
  args: readonly LuaValue[],
  at: number,
  name: string,
  run: Run,
  missing?: number,
): number {
  if (missing !== undefined && args[at] === undefined) return missing
  return Math.trunc(numberArgument(args, at, name, run)) || 0
}

export function tableArgument(args: readonly LuaValue[], at: number, name: string, run: Run): LuaTable {
  const value = args[at]
  if (!(value instanceof LuaTable)) throw wrongType(args, at, name, 'table', run)
  return value
}

export function functionArgument(args: readonly LuaValue[], at: number, name: string, run: Run): LuaFunction {
  const value = args[at]
  if (!(value instanceof LuaFunction)) throw wrongType(args, at, name, 'function', run)
  return value
}

type Implementation = (args: LuaValue[], run: Run, name: string) => ReturnType<LuaFunction['call']>

/**
 * Functions by name, each of which is told its name for its messages.
 * @param most how many arguments each takes: PowerDNS's functions fail with more, Lua's take any number
 */
export function functionsOf(
  implementations: Readonly<Record<string, Implementation>>,
  most: Readonly<Record<string, number>> = {},
): Map<string, LuaFunction> {
  return new Map(
    Object.entries(implementations).map(([name, implementation]) => {
      // Every object has a toString.
      const limit = (Object.hasOwn(most, name) ? most[name] : undefined) ?? Number.POSITIVE_INFINITY
      return [name, new LuaFunction(name, (args, run) => implementation(atMost(limit, args, name, run), run, name))]
    }),
  )
}

/** The arguments, if there are not too many: PowerDNS's functions fail then. */
export function atMost(limit: number, args: LuaValue[], name: string, run: Run): LuaValue[] {
  if (args.length <= limit) return args
  const expected = limit === 0 ? 'none' : limit === 1 ? 'one' : `at most ${limit}`
  throw run.fail(`${name}: ${args.length} arguments; expected ${expected}`)
}

/** A table of functions and values, as a library is. */
export function libraryOf(fields: ReadonlyMap<string, LuaValue>): LuaTable {
  const table = new LuaTable()
  for (const [name, value] of fields) table.set(name, value)
  return table
}
