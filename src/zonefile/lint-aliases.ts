import { formatName, isSubdomain, type Name, parseName } from '../dns/index.ts'
import type { Warning } from '../policy/index.ts'
import type { Zone } from '../zone/index.ts'
import type { LocatedExpression } from './expressions.ts'

/** Warns of an ALIAS to a name outside our zones: no other server is asked for its addresses. */
export function lintAlias(
  { expression, path, type }: LocatedExpression,
  { origin }: Zone,
  isServed: (name: Name) => boolean,
): Warning[] {
  if (typeof expression !== 'string' || type?.toUpperCase() !== 'ALIAS') return []
  const target = parseName(expression, origin)
  if (!target.ok || isSubdomain(target.value.key, origin.key) || isServed(target.value)) return []
  const fact =
    `ALIAS to ${formatName(target.value)}, which is in none of the zones here, is answered with SERVFAIL, ` +
    'since other servers are not asked yet'
  return [{ path, message: `${fact}; expected a name of a published zone` }]
}
