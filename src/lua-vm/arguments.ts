import type { Charge } from './charge.ts'
import { joinable, toNumber } from './operators.ts'
import { LuaTable } from './table.ts'
import { type LuaError, LuaFunction, type LuaValue, type Run, typeOf } from './value.ts'

/**
 * `bad argument #2 to 'rep' (number expected, got nil)`: `at` counts from 0. Arguments of methods count without self.
 */
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

export type Implementation = (args: LuaValue[], run: Run, name: string) => ReturnType<LuaFunction['call']>

/** A function of the library, and how it is charged. */
export type Row = readonly [charge: Charge, implementation: Implementation]

/** Makes functions by name. Each gets its name for its messages. */
export function functionsOf(rows: Readonly<Record<string, Row>>): Map<string, LuaFunction> {
  return new Map(
    Object.entries(rows).map(([name, [charge, implementation]]) => [
      name,
      new LuaFunction(name, charge, (args, run) => implementation(args, run, name)),
    ]),
  )
}

/** A function of the host. Unlike Lua's own functions it fails with more arguments than `most`. */
export type HostRow = readonly [most: number, charge: Charge, implementation: Implementation]

export const hostFunctionsOf = (rows: Readonly<Record<string, HostRow>>): Map<string, LuaFunction> =>
  new Map(Object.entries(rows).map(([name, row]) => [name, hostFunction(name, row)]))

export function hostFunction(name: string, [most, charge, implementation]: HostRow): LuaFunction {
  return new LuaFunction(name, charge, (args, run) => {
    if (args.length > most) throw tooMany(args.length, most, name, run)
    return implementation(args, run, name)
  })
}

function tooMany(given: number, most: number, name: string, run: Run): LuaError {
  // People do not see the object of a method as an argument.
  const self = run.site?.method ? 1 : 0
  return run.fail(`too many arguments to '${name}' (${given - self}; expected at most ${most - self})`)
}

/** A table of functions and values, as a library is. */
export function libraryOf(fields: ReadonlyMap<string, LuaValue>): LuaTable {
  const table = new LuaTable()
  for (const [name, value] of fields) table.set(name, value)
  return table
}
