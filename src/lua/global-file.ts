import { SCRIPT_GLOBALS } from '../powerdns/index.ts'
import { Constants } from './constants.ts'
import type { LuaIssue } from './fold-context.ts'
import { parseCode } from './parse.ts'
import { translateLua } from './script.ts'

/** The first mistake in code that is to run in front of all records. */
export function issueInGlobalFile(code: string): LuaIssue | undefined {
  const parsed = parseCode(code, 'included')
  if (!parsed.ok) return parsed.error
  const constants = new Constants()
  constants.add(code, parsed.value.chunk)
  const replaced = constants.globalUses.find(({ name, isAssigned }) => isAssigned && SCRIPT_GLOBALS.has(name))
  if (replaced) {
    const message = `${replaced.name} is PowerDNS's own, which takes the place of this one; expected another name`
    return { at: Math.max(0, code.indexOf(replaced.name)), message }
  }
  const translated = translateLua(`;${code}`, { globals: SCRIPT_GLOBALS, isAssigned: () => true })
  const [first] = translated.ok ? [] : translated.error
  return first && { at: Math.max(0, first.at - 1), message: first.message }
}
