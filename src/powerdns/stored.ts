import type { Rdata } from '../dns/index.ts'
import { type Keeper, type Policy, type Script, storePolicy } from '../policy/index.ts'
import type { ScriptCode } from './code.ts'
import { PowerDnsScript } from './script.ts'

/**
 * Stores a script, for `storePolicy`. The code that it includes is stored by its name, once for the zone:
 * `storeIncluded`.
 */
export function storeScript(policy: Script, keeper: Keeper): readonly unknown[] {
  const { code, name, record, asks } = powerDnsScript(policy)
  const owner = String.fromCharCode(...record.owner.wire)
  return [storeCode(code, keeper), name, record.type, owner, asks ?? null]
}

/** Returns the code that scripts include, directly or not, by the names that they include it by. */
export function includedIn(scripts: Iterable<Script>): Map<string, readonly ScriptCode[]> {
  const found = new Map<string, readonly ScriptCode[]>()
  const codes = new Set([...scripts].map((script) => powerDnsScript(script).code))
  // The loop also visits code that is added during it.
  for (const code of codes) {
    for (const [name, included] of code.included) {
      found.set(name, included)
      for (const inner of included) codes.add(inner)
    }
  }
  return found
}

/** Returns the JSON value of all code that is included by one name. */
export const storeIncluded = (codes: readonly ScriptCode[], keeper: Keeper): unknown =>
  codes.map((code) => storeCode(code, keeper))

function storeCode({ tree, parts, included }: ScriptCode, keeper: Keeper): unknown {
  const texts = textKeeper(keeper)
  const stored = parts.map(({ call, args, policy }) => [call, args ?? null, storePolicy(policy, texts)])
  return [tree, stored, [...included.keys()]]
}

/** The records of parts are Lua's texts, without octets. */
const textKeeper = (keeper: Keeper): Keeper => ({
  rdata: ({ text }: Rdata) => keeper.texts([text]),
  words: (values) => keeper.words(values),
  octets: (bytes) => keeper.octets(bytes),
  texts: (list) => keeper.texts(list),
})

function powerDnsScript(policy: Script | Policy): PowerDnsScript {
  if (policy instanceof PowerDnsScript) return policy
  throw new Error('the script is not of a LUA record; expected one that compileScript made')
}
