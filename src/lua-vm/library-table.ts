import { badArgument, functionArgument, functionsOf, integerArgument, libraryOf, tableArgument } from './arguments.ts'
import { BYTES } from './budget.ts'
import type { CallSite } from './call-site.ts'
import { BY_VALUE, byTables, byTexts, COPIED } from './charge.ts'
import { unpack } from './library-base.ts'
import { isTruthy, joinable, lessThan, setField } from './operators.ts'
import type { LuaTable } from './table.ts'
import { first, type LuaValue, NOTHING, type Returned, type Run, typeOf } from './value.ts'

export const TABLE: LuaTable = libraryOf(
  functionsOf({
    // All but `maxn` loop as often as their arguments say: each round is charged in the loop.
    concat: [byTexts(COPIED), concat],
    foreach: [BY_VALUE, foreach],
    foreachi: [BY_VALUE, foreachi],
    getn: [BY_VALUE, (args, run, name) => tableArgument(args, 0, name, run).length],
    insert: [BY_VALUE, insert],
    maxn: [byTables(1, 0), maxn],
    move: [byTexts(COPIED), move],
    remove: [byTexts(COPIED), remove],
    sort: [BY_VALUE, sort],
    // Not in Lua 5.1, but used in records of a PowerDNS with a newer Lua.
    unpack: [byTexts(COPIED), unpack],
  }),
)

function foreach(args: LuaValue[], run: Run, name: string): Returned {
  const table = tableArgument(args, 0, name, run)
  const callback = functionArgument(args, 1, name, run)
  for (const [key, value] of table.entries(run)) {
    run.chargeSteps(STEPS_A_CALLBACK)
    const answer = first(run.call(callback, [key, value]))
    if (answer !== undefined) return answer
  }
  return NOTHING
}

function foreachi(args: LuaValue[], run: Run, name: string): Returned {
  const table = tableArgument(args, 0, name, run)
  const callback = functionArgument(args, 1, name, run)
  for (let i = 1; i <= table.length; i++) {
    run.chargeSteps(STEPS_A_CALLBACK)
    const answer = first(run.call(callback, [i, table.get(i)]))
    if (answer !== undefined) return answer
  }
  return NOTHING
}

const STEPS_A_CALLBACK = 2

function maxn(args: LuaValue[], run: Run, name: string): Returned {
  let most = 0
  for (const [key] of tableArgument(args, 0, name, run).entries(run))
    if (typeof key === 'number' && key > most) most = key
  return most
}

function concat(args: LuaValue[], run: Run, name: string): Returned {
  const table = tableArgument(args, 0, name, run)
  const separator = args[1] === undefined ? '' : joinable(args[1])
  if (separator === undefined) throw badArgument(1, name, `string expected, got ${typeOf(args[1])}`, run)
  const from = integerArgument(args, 2, name, run, 1)
  const to = integerArgument(args, 3, name, run, table.length)
  let joined = ''
  for (let i = from; i <= to; i++) {
    run.chargeSteps(1)
    const value = table.get(i)
    const text = joinable(value)
    if (text === undefined) {
      throw run.fail(`invalid value (${typeOf(value)}) at index ${i} in table for '${name}'`)
    }
    run.chargeBytes(text.length + (i < to ? separator.length : 0))
    joined += i < to ? text + separator : text
  }
  return joined
}

function insert(args: LuaValue[], run: Run, name: string): Returned {
  const table = tableArgument(args, 0, name, run)
  const end = table.length + 1
  if (args.length === 2) {
    setField(run, table, end, args[1], run.site)
    return NOTHING
  }
  if (args.length !== 3) throw run.fail("wrong number of arguments to 'insert'")
  const position = integerArgument(args, 1, name, run)
  for (let i = end; i > position; i--) {
    run.chargeSteps(1)
    setField(run, table, i, table.get(i - 1), run.site)
  }
  setField(run, table, position, args[2], run.site)
  return NOTHING
}

/** LuaJIT's, which asks no metatable. */
function move(args: LuaValue[], run: Run, name: string): Returned {
  const from = tableArgument(args, 0, name, run)
  const first = integerArgument(args, 1, name, run)
  const last = integerArgument(args, 2, name, run)
  const at = integerArgument(args, 3, name, run)
  const to = args[4] === undefined ? from : tableArgument(args, 4, name, run)
  const copy = (i: number): void => {
    run.chargeSteps(1)
    setField(run, to, at + i - first, from.get(i), run.site)
  }
  // Copies in the direction in which no slot is overwritten before it is read, as the ranges may overlap.
  if (at > last || at <= first || to !== from) for (let i = first; i <= last; i++) copy(i)
  else for (let i = last; i >= first; i--) copy(i)
  return to
}

function remove(args: LuaValue[], run: Run, name: string): Returned {
  const table = tableArgument(args, 0, name, run)
  const { length } = table
  if (args[1] === undefined) {
    if (length === 0) return NOTHING
    const value = table.get(length)
    table.set(length, undefined)
    return value
  }
  const position = integerArgument(args, 1, name, run)
  if (position < 1 || position > length) return NOTHING
  const value = table.get(position)
  for (let i = position; i < length; i++) {
    run.chargeSteps(1)
    table.set(i, table.get(i + 1))
  }
  table.set(length, undefined)
  return value
}

/** Sorts by merging, which compares two elements at most once and ends whatever the order function returns. */
function sort(args: LuaValue[], run: Run, name: string): Returned {
  const table = tableArgument(args, 0, name, run)
  const order = args[1] === undefined ? undefined : functionArgument(args, 1, name, run)
  const site: CallSite | undefined = run.site
  const isLess = (a: LuaValue, b: LuaValue): boolean => {
    run.chargeSteps(2)
    return order ? isTruthy(first(run.call(order, [a, b]))) : lessThan(run, a, b, site as CallSite)
  }
  const { length } = table
  run.chargeBytes(length * BYTES.value)
  // The copy is charged even if the first comparison fails.
  run.chargeSteps(length >> 2)
  const sorted = mergeSort(
    Array.from({ length }, (_, i) => table.get(i + 1)),
    isLess,
  )
  sorted.forEach((value, i) => {
    setField(run, table, i + 1, value, site)
  })
  return NOTHING
}

function mergeSort(values: LuaValue[], isLess: (a: LuaValue, b: LuaValue) => boolean): LuaValue[] {
  if (values.length < 2) return values
  const middle = values.length >> 1
  const left = mergeSort(values.slice(0, middle), isLess)
  const right = mergeSort(values.slice(middle), isLess)
  const merged: LuaValue[] = []
  let i = 0
  let j = 0
  while (i < left.length && j < right.length) merged.push(isLess(right[j], left[i]) ? right[j++] : left[i++])
  while (i < left.length) merged.push(left[i++])
  while (j < right.length) merged.push(right[j++])
  return merged
}
