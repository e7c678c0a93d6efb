import { parseName, parseType, TYPE } from '../dns/index.ts'
import type { Warning } from '../policy/index.ts'
import { isApexOnly, type LocalZone } from '../zone/index.ts'
import type { Owner } from './expressions.ts'

/**
 * Warns of a LUA CNAME at the origin: it is the answer to questions for the NS, MX and TXT beside it, too, as in
 * PowerDNS.
 */
export function lintApex(owners: readonly Owner[], { origin }: LocalZone): Warning[] {
  for (const [owner, types] of owners) {
    const names = Object.keys(types)
    const alias = names.find((text) => typeOf(text) === TYPE.CNAME)
    if (alias === undefined) continue
    const name = parseName(owner, origin)
    if (!name.ok || name.value.key !== origin.key) continue
    const hidden = names.filter((text) => text !== alias && !isApexOnly(typeOf(text)))
    if (hidden.length === 0) return []
    const message = `the LUA CNAME answers for ${hidden.join(', ')} here, too; expected LUA A and AAAA, or an ALIAS`
    return [{ path: ['records', owner, alias], message }]
  }
  return []
}

function typeOf(text: string): number {
  const type = parseType(text)
  return type.ok ? type.value : 0
}
