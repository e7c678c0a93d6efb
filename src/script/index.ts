/**
 * Lua scripts: what a LUA record has that is not static.
 *
 * When a zone is compiled, `translateLua` (src/lua) makes a `Tree` of the code, which is stored in the zone document.
 * When the document is loaded, `checkTree` reads it back and `prepare` makes a `Program` of it, once. For each query
 * the program runs in a `Host`, on a `Budget`, and gives values or a `Failure`:
 *
 *     const tree = checkTree(stored)
 *     const program = prepare(tree.value)
 *     const host = environmentOf(input, new Map([['country', country]]))
 *     const result = program.run(host)
 *     if (!result.ok) result.error.why // 'lua:1: attempt to call global 'foo' (a nil value)'
 *
 * - **The language** is Lua 5.1 with LuaJIT's escapes, `goto`, number format, messages and `bit`; texts are
 *   octets, one character each. `pairs` goes through the array in order and then through the other keys in the order they came in.
 *   Tail calls count as calls. Names that cannot exist here are `REFUSED_NAMES`; `print` does nothing.
 * - **A run is deterministic**: no clock, no chance but `Host.random`, no state between runs. Globals, and what a script
 *   writes to `string` or `math`, are its run's own. `Host.ended` is told what it took.
 * - **A host function** is a `LuaFunction`. It gets its arguments and the `Run`, and returns one value, or a list of any
 *   number. It throws `run.fail(message)` for an error with the position of the call, or a `LuaError` with any value; it
 *   calls Lua with `run.call`, takes `run.spend(steps)` for work in proportion to its input, `run.make(bytes)` for what
 *   it makes, and chance from `run.random()`. `run.call(program.main, [])` runs another script with the same globals.
 * - **A host object** is a `HostObject` of a `HostType`: a name, methods, and `==`, `<` and `tostring`.
 * - **The scope of an answer**: `QueryInput.read` is told what the script learns about the client's address: all of it
 *   (`read('bestwho')`), or in which of some networks it is (`read('bestwho', networks)`). Functions of the caller that
 *   look at the client tell it themselves. A script that was never told of reads has the same answer for everybody.
 */

export {
  functionsOf,
  type HostRow,
  hostFunctionsOf,
  integerArgument,
  tableArgument,
  textArgument,
} from './arguments.ts'
export { type Budget, DEFAULT_BUDGET } from './budget.ts'
export { BY_VALUE, byTables, byTexts, COPIED, type Meter, PARSED, READ, SCANNED, UNMETERED } from './charge.ts'
export { checkTree } from './check.ts'
export { ENVIRONMENT_NAMES, type Endpoint, environmentOf, type QueryInput } from './environment.ts'
export { LuaError, OverBudget, type Site } from './error.ts'
export { comboAddress, comboFromText, formatCombo, STEPS_AN_ADDRESS, type Who } from './host-address.ts'
export type { Header } from './host-constants.ts'
export { labelsOf, stepsFor } from './host-name.ts'
export { isInNetmasks } from './host-netmask.ts'
export { STANDARD } from './library.ts'
export { protect } from './library-base.ts'
export { MEMBERS } from './members.ts'
export { REFUSED_NAMES, STANDARD_NAMES } from './names.ts'
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
export type { Host, Run } from './run.ts'
export { LuaTable } from './table.ts'
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
  HostObject,
  type HostType,
  LuaFunction,
  type LuaValue,
  listOf,
  NOTHING,
  type Returned,
  tableOf,
  typeOf,
} from './value.ts'
