import { STANDARD } from './library.ts'

const SYSTEM = 'a Worker has no operating system or files'
const LOADING = 'a Worker loads and compiles no code while it runs'

/**
 * Names of Lua's library that are not available, with the reason. A script that uses one as a global
 * is refused when it is compiled; a field is written with its library, as `string.dump`.
 */
export const REFUSED_LUA_NAMES: ReadonlyMap<string, string> = new Map([
  ['os', `${SYSTEM}; and there is no clock while an answer is made`],
  ['io', SYSTEM],
  ['require', LOADING],
  ['package', LOADING],
  ['module', LOADING],
  ['dofile', LOADING],
  ['loadfile', LOADING],
  ['load', LOADING],
  ['loadstring', LOADING],
  ['string.dump', 'there is no bytecode'],
  ['debug', 'it would reach around the limits of a script'],
  ['getfenv', 'the globals of a script are known when it is compiled'],
  ['setfenv', 'the globals of a script are known when it is compiled'],
  ['_G', 'the globals of a script are known when it is compiled'],
  ['coroutine', 'a script runs from its beginning to its end'],
  ['collectgarbage', "memory is not the script's to manage"],
  ['gcinfo', "memory is not the script's to manage"],
  ['newproxy', "memory is not the script's to manage"],
  ['jit', 'scripts are interpreted'],
  ['ffi', 'there is no native code'],
  ['math.randomseed', "chance is not the script's to seed"],
])

/** The globals of the standard library that exist here. */
export const STANDARD_NAMES: ReadonlySet<string> = new Set(STANDARD.keys())
