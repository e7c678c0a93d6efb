/**
 * PowerDNS's objects and functions, on the Lua machine: all that a LUA record has beside Lua itself. `compileScript`
 * makes a `Script` of stored code, which `evaluate` (policy) runs: with the globals of `environmentOf` and the
 * functions of `SCRIPT_FUNCTIONS`. `QueryInput.read` receives what a script learns about the client's address: all of
 * it (`read('bestwho')`), or in which of some networks it is (`read('bestwho', networks)`). Functions that read the
 * client report it themselves. A script that read nothing has the same answer for everybody. A row of `FUNCTIONS`, and
 * a row of `VARIABLES`, has all facts of one function or variable.
 */

export { argumentsText } from './arguments.ts'
export { AskedPools, type HealthCalls } from './asked-pools.ts'
export { compileCode, compileScript } from './compile.ts'
export { ENVIRONMENT_NAMES, environmentOf } from './environment.ts'
export { SELECTORS } from './health.ts'
export { MEMBERS } from './members.ts'
export { REFUSED_NAMES } from './names.ts'
export type { QueryInput } from './query-input.ts'
export * from './query-path.ts'
export { type FunctionRow, type Gives, mostArguments, type Parameter, type ParameterKind, usageOf } from './row.ts'
export { includedIn, storeIncluded, storeScript } from './stored.ts'
export {
  type FoldedName,
  FUNCTION_NAMES,
  type FunctionName,
  functionRow,
  givenBy,
  givesList,
  isHealthFunction,
  isKnownBy,
  isPart,
  SCRIPT_GLOBALS,
  variableRow,
} from './traits.ts'
