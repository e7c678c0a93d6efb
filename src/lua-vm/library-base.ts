import {
  anyArgument,
  badArgument,
  functionArgument,
  functionsOf,
  integerArgument,
  tableArgument,
  textArgument,
} from './arguments.ts'
import { BYTES } from './budget.ts'
import { BY_VALUE, byTexts, COPIED, PARSED } from './charge.ts'
import { parseInBase, parseNumber } from './number.ts'
import { isTruthy, joinable, setField } from './operators.ts'
import { END, LuaTable } from './table.ts'
import {
  first,
  LuaError,
  LuaFunction,
  type LuaValue,
  listOf,
  NOTHING,
  type Returned,
  type Run,
  typeOf,
} from './value.ts'

/** The most values of a list of arguments: Lua's own limit. */
export const MAX_VALUES = 7_999

/** `next`. A `for` loop avoids the call where it can. */
export const NEXT_KEY = new LuaFunction('next', byTexts(COPIED), (args, run) => {
  const table = tableArgument(args, 0, 'next', run)
  const position = table.positionAfter(args[1])
  if (position === undefined) throw new LuaError("invalid key to 'next'", run.site)
  const at = table.seek(position, run)
  return at === END ? undefined : [table.keyAt(at), table.valueAt(at)]
})

/** The iterator that `ipairs` returns. */
export const IPAIRS_STEP = new LuaFunction('ipairs_aux', byTexts(COPIED), (args, run) => {
  const table = tableArgument(args, 0, 'ipairs', run)
  const at = integerArgument(args, 1, 'ipairs', run) + 1
  const value = table.get(at)
  return value === undefined ? NOTHING : [at, value]
})

export const BASE: ReadonlyMap<string, LuaValue> = new Map<string, LuaValue>([
  ...functionsOf({
    assert: [BY_VALUE, assert],
    error: [byTexts(COPIED), error],
    getmetatable: [BY_VALUE, getmetatable],
    ipairs: [
      BY_VALUE,
      (args, run, name) => {
        anyArgument(args, 0, name, run)
        return [IPAIRS_STEP, tableArgument(args, 0, name, run), 0]
      },
    ],
    pairs: [
      BY_VALUE,
      (args, run, name) => {
        anyArgument(args, 0, name, run)
        return [NEXT_KEY, tableArgument(args, 0, name, run), undefined]
      },
    ],
    pcall: [BY_VALUE, pcall],
    // A record with a forgotten print still answers: there is no output.
    print: [BY_VALUE, () => NOTHING],
    rawequal: [
      byTexts(COPIED),
      (args, run, name) => anyArgument(args, 0, name, run) === anyArgument(args, 1, name, run),
    ],
    rawget: [byTexts(COPIED), (args, run, name) => tableArgument(args, 0, name, run).get(args[1])],
    rawset: [
      BY_VALUE,
      (args, run, name) => {
        setField(run, tableArgument(args, 0, name, run), args[1], args[2], undefined)
        return args[0]
      },
    ],
    select: [byTexts(COPIED), select],
    setmetatable: [BY_VALUE, setmetatable],
    tonumber: [byTexts(PARSED), tonumber],
    tostring: [byTexts(COPIED), (args, run, name) => run.text(anyArgument(args, 0, name, run))],
    type: [BY_VALUE, (args, run, name) => typeOf(anyArgument(args, 0, name, run))],
    unpack: [byTexts(COPIED), unpack],
    xpcall: [BY_VALUE, xpcall],
  }),
  ['next', NEXT_KEY],
  ['_VERSION', 'Lua 5.1'],
])

function assert(args: LuaValue[], run: Run, name: string): Returned {
  if (isTruthy(anyArgument(args, 0, name, run))) return args
  const message = args[1]
  if (message === undefined) throw run.fail('assertion failed!')
  if (typeof message === 'string' || typeof message === 'number') throw run.fail(String(run.text(message)))
  throw new LuaError(message, run.site)
}

function error(args: LuaValue[], run: Run, name: string): never {
  const [value] = args
  const up = integerArgument(args, 1, name, run, 1)
  const text = joinable(value)
  if (text === undefined || up < 1) throw new LuaError(value, run.site)
  const position = run.where(up)
  run.chargeBytes(position.length + text.length)
  throw new LuaError(position + text, run.site)
}

const STEPS_A_CATCH = 8

/** Calls in protected mode. Catches Lua's errors alone: the end of the budget ends the evaluation. */
export function protect(run: Run, call: () => Returned, caught: (error: LuaError) => Returned): Returned {
  run.chargeSteps(STEPS_A_CATCH)
  const { depth, stackCost, site } = run
  try {
    return call()
  } catch (error) {
    if (!(error instanceof LuaError)) throw error
    run.depth = depth
    run.stackCost = stackCost
    run.site = site
    // The text of an error is charged when it is caught.
    if (typeof error.value === 'string') run.chargeBytes(error.value.length)
    return caught(error)
  }
}

function pcall(args: LuaValue[], run: Run, name: string): Returned {
  const callee = anyArgument(args, 0, name, run)
  return protect(
    run,
    () => [true, ...listOf(run.call(callee, args.slice(1)))],
    (error) => [false, error.value],
  )
}

function xpcall(args: LuaValue[], run: Run, name: string): Returned {
  const handler = functionArgument(args, 1, name, run)
  return protect(
    run,
    () => [true, ...listOf(run.call(args[0], args.slice(2)))],
    (error) => [false, first(run.call(handler, [error.value]))],
  )
}

function select(args: LuaValue[], run: Run, name: string): Returned {
  if (args[0] === '#') return args.length - 1
  const n = integerArgument(args, 0, name, run)
  const from = n < 0 ? args.length + n : n
  if (from < 1) throw badArgument(0, name, 'index out of range', run)
  return args.slice(from)
}

function tonumber(args: LuaValue[], run: Run, name: string): Returned {
  const value = anyArgument(args, 0, name, run)
  const base = integerArgument(args, 1, name, run, 10)
  if (base === 10) return typeof value === 'number' ? value : typeof value === 'string' ? parseNumber(value) : undefined
  const text = textArgument(args, 0, name, run)
  if (base < 2 || base > 36) throw badArgument(1, name, 'base out of range', run)
  return parseInBase(text, base)
}

export function unpack(args: LuaValue[], run: Run, name: string): Returned {
  const table = tableArgument(args, 0, name, run)
  const from = integerArgument(args, 1, name, run, 1)
  const to = integerArgument(args, 2, name, run, table.length)
  const count = to - from + 1
  if (count > MAX_VALUES) throw run.fail('too many results to unpack')
  if (count <= 0) return NOTHING
  run.chargeSteps(count >> 2)
  run.chargeBytes(count * BYTES.value)
  const values: LuaValue[] = []
  for (let i = 0; i < count; i++) values.push(table.get(from + i))
  return values
}

// --- metatables -----------------------------------------------------------------------------------------------------

function getmetatable(args: LuaValue[], run: Run, name: string): Returned {
  const value = anyArgument(args, 0, name, run)
  const meta = value instanceof LuaTable ? value.meta : typeof value === 'string' ? run.textMeta : undefined
  return meta?.field('__metatable') ?? meta
}

function setmetatable(args: LuaValue[], run: Run, name: string): Returned {
  const table = tableArgument(args, 0, name, run)
  const meta = args[1]
  if (!(meta instanceof LuaTable) && (meta !== undefined || args.length < 2)) {
    throw badArgument(1, name, 'nil or table expected', run)
  }
  if (table.meta?.field('__metatable') !== undefined) throw run.fail('cannot change a protected metatable')
  table.meta = meta
  return table
}
