/**
 * PowerDNS's objects and functions: the globals that a LUA record has beside Lua's library.
 *
 * `environmentOf` makes a `Host` of a query. `QueryInput.read` is told what a script learns about the client's address:
 * all of it (`read('bestwho')`), or in which of some networks it is (`read('bestwho', networks)`). Functions of the
 * caller that look at the client tell it themselves. A script that was never told of reads has the same answer for
 * everybody.
 */

export { comboAddress, comboFromText, formatCombo, type Read, STEPS_AN_ADDRESS, type Who } from './address.ts'
export type { Header } from './constants.ts'
export { ENVIRONMENT_NAMES, type Endpoint, environmentOf, type QueryInput } from './environment.ts'
export { MEMBERS } from './members.ts'
export { labelsOf, stepsFor } from './name.ts'
export { REFUSED_NAMES } from './names.ts'
export { isInNetmasks } from './netmask.ts'
