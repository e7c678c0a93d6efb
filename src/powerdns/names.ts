import { REFUSED_LUA_NAMES } from '../lua-vm/index.ts'

/**
 * Names of Lua's library and of PowerDNS that are not available, with the reason. A script that uses one is refused.
 */
export const REFUSED_NAMES: ReadonlyMap<string, string> = new Map([
  ...REFUSED_LUA_NAMES,
  ['resolve', 'an answer cannot wait for another name server'],
  ['newDR', 'there are no packets to put records into'],
  ['newDRR', 'there are no packets to put records into'],
])
