/**
 * A Lua machine on a budget. It knows nothing of DNS: its host gives it everything beside Lua's own library.
 *
 * `checkTree` reads a stored `Tree` of code, and `prepare` makes a `Program` of it, once. The program runs in a `Host`,
 * on a `Budget`, and gives values or a `Failure`:
 *
 *     const tree = checkTree(stored)
 *     const program = prepare(tree.value)
 *     const result = program.run({ global: (name) => globals.get(name), random: Math.random })
 *     if (!result.ok) result.error.why // 'lua:1: attempt to call global 'foo' (a nil value)'
 *
 * - **The language** is Lua 5.1 with LuaJIT's escapes, `goto`, number format, messages and `bit`; texts are
 *   octets, one character each. `pairs` visits the array in order, and then the other keys in the order in which they
 *   were added. Tail calls count as calls. Names that are not available are `REFUSED_LUA_NAMES`; `print` does nothing.
 * - **A run is deterministic**: no clock, no chance but `Host.random`, no state between runs. Globals, and fields that
 * a
 *   script writes to `string` or `math`, belong to one run. `Host.ended` receives its cost.
 * - **A host function** is a `LuaFunction`. It gets its arguments and the `Run`, and returns one value, or a list of
 * any
 *   number. It throws `run.fail(message)` for an error with the position of the call, or a `LuaError` with any value; it
 *   calls Lua with `run.call`, and charges work in proportion to its input with `run.chargeSteps(steps)`, and values that
 *   it makes with `run.chargeBytes(bytes)`. Chance comes from `run.random()`.
 *   `run.call(program.main, [])` runs another script with the same globals.
 * - **A host object** is a `HostObject` of a `HostType`: a name, methods, and `==`, `<` and `tostring`.
 */

export { type Meter, OverBudget, UNMETERED } from '../meter.ts'
export {
  functionsOf,
  hostFunction,
  type Implementation,
  integerArgument,
  libraryOf,
  tableArgument,
  textArgument,
} from './arguments.ts'
export { type Budget, BYTES, DEFAULT_BUDGET } from './budget.ts'
export type { CallSite } from './call-site.ts'
export { BY_VALUE, byTables, byTexts, type Charge, COPIED, NUMBERS, PARSED, READ, SCANNED } from './charge.ts'
export { checkTree } from './check.ts'
export { hostType, innerValue, objectArgument } from './host-object.ts'
export { STANDARD } from './library.ts'
export { protect } from './library-base.ts'
export { mentionedIn } from './mentioned.ts'
export { REFUSED_LUA_NAMES, STANDARD_NAMES } from './names.ts'
export { formatFixed, formatGeneral, formatNumber } from './number.ts'
export {
  ARITHMETIC,
  arithmetic,
  concatenate,
  equals,
  index,
  isTruthy,
  joinable,
  lengthOf,
  lessOrEqual,
  lessThan,
  negate,
  toNumber,
} from './operators.ts'
export { type Failure, type Program, prepare } from './program.ts'
export { LuaTable, type TableEntry } from './table.ts'
export type {
  BinaryOperator,
  Block,
  CallNode,
  Expression,
  FunctionNode,
  Statement,
  TableItem,
  Target,
  Tree,
} from './tree.ts'
export {
  type Host,
  HostObject,
  type HostType,
  LuaError,
  LuaFunction,
  type LuaValue,
  listOf,
  NOTHING,
  type Returned,
  type Run,
  tableOf,
  typeOf,
} from './value.ts'
