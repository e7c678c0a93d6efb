import { formatName, formatRelative, isSubdomain, type Name, parseName, splitFields } from '../dns/index.ts'
import type { Warning } from '../policy/index.ts'
import { lookup, type Zone } from '../zone/index.ts'
import type { LocatedExpression } from './expressions.ts'

/** The index of the data field that has the target's name. DNAME is left out: its target need not exist. */
const TARGET_FIELD: Readonly<Record<string, number>> = {
  NS: 0,
  CNAME: 0,
  PTR: 0,
  ALIAS: 0,
  MX: 1,
  AFSDB: 1,
  SVCB: 1,
  HTTPS: 1,
  SRV: 3,
}

/**
 * Warns of data that leads to a name below the origin that does not exist, and of a relative name that is written as an
 * absolute one: `www.`, or `'www'` in LUA, whose names are absolute with or without the final dot.
 */
export function lintTarget({ expression, path, type }: LocatedExpression, zone: Zone): Warning[] {
  const field = TARGET_FIELD[type?.toUpperCase() ?? '']
  if (field === undefined || typeof expression !== 'string') return []
  const { origin } = zone
  const fields = splitFields(expression)
  const text = (fields.ok && fields.value[field]?.text) || '.'
  const target = parseName(text, origin)
  if (!target.ok) return []
  const fact = `${type} leads to ${formatName(target.value)}`
  if (!isSubdomain(target.value.key, origin.key)) {
    const intended = /^[^.\\]+\.$/.test(text) ? parseName(text.slice(0, -1), origin) : undefined
    if (!intended?.ok || lookup(zone, intended.value.key).kind !== 'exact') return []
    return [{ path, message: `${fact}, outside of the zone; expected ${formatName(intended.value)}` }]
  }
  if (lookup(zone, target.value.key).kind !== 'nothing') return []
  return [{ path, message: `${fact}, ${expected(target.value, origin)}` }]
}

function expected(target: Name, origin: Name): string {
  const relative = formatRelative(target, origin)
  const absolute = relative.includes('.') ? `, or ${relative}. with its final dot` : ''
  return `which the zone does not have; expected a name that it has${absolute}`
}
