import { formatName, formatRelative, isSubdomain, type Name, parseName, ROOT, splitFields, TYPE } from '../dns/index.ts'
import { parseAddress } from '../net/index.ts'
import type { Warning } from '../policy/index.ts'
import { findRrset, type Zone, type ZoneNode } from '../zone/index.ts'
import type { LocatedExpression } from './expressions.ts'

/** The index of the data field that has the target's name. DNAME is left out: its target need not exist. */
const TARGET_FIELD: Readonly<Record<string, number | undefined>> = {
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

/** Returns true if data of the type leads to a name. */
export const hasTarget = (type: string): boolean => TARGET_FIELD[type.toUpperCase()] !== undefined

/**
 * Warns of data that leads to a name below the origin that does not exist, and of a relative name that is written as an
 * absolute one: `www.`, or `'www'` in LUA, whose names are absolute with or without the final dot.
 */
export function lintTarget({ expression, path, type }: LocatedExpression, zone: Zone): Warning[] {
  if (type === undefined || typeof expression !== 'string') return []
  const field = TARGET_FIELD[type.toUpperCase()]
  if (field === undefined) return []
  const { origin } = zone
  const fields = splitFields(expression)
  const text = (fields.ok && fields.value[field]?.text) || '.'
  const target = parseName(text, origin)
  if (!target.ok) return []
  const fact = `${type} leads to ${formatName(target.value)}`
  if (!isSubdomain(target.value.key, origin.key)) {
    const wrong = notAName(text)
    if (wrong !== undefined) return [{ path, message: `${type} leads to ${wrong}` }]
    const intended = /^[^.\\]+\.$/.test(text) ? parseName(text.slice(0, -1), origin) : undefined
    if (!intended?.ok || zone.names.lookup(intended.value.key).kind !== 'exact') return []
    return [{ path, message: `${fact}, outside of the zone; expected ${formatName(intended.value)}` }]
  }
  const found = zone.names.lookup(target.value.key)
  if (found.kind === 'nothing') return [{ path, message: nothingThere(type, target.value, origin) }]
  const why = found.kind === 'exact' && HOSTS.has(type.toUpperCase()) ? whyNotAHost(found.node) : undefined
  return why === undefined ? [] : [{ path, message: `${fact}, ${why}` }]
}

/** Addresses and URLs have the form of names, and are none. */
function notAName(text: string): string | undefined {
  if (text.includes('://')) return `${text}, a URL; expected the name of a host`
  const address = text.replace(/\.$/, '')
  return parseAddress(address).ok ? `${address}, an address; expected the name of a host` : undefined
}

/** Types whose data leads to a host with addresses of its own (RFC 2181 §10.3). */
const HOSTS: ReadonlySet<string> = new Set(['NS', 'MX', 'SRV'])

function whyNotAHost(node: ZoneNode): string | undefined {
  if (findRrset(node, TYPE.CNAME)) return 'which is a CNAME; expected a name with addresses (RFC 2181 §10.3)'
  if ([TYPE.A, TYPE.AAAA, TYPE.ALIAS].some((type) => findRrset(node, type))) return undefined
  return 'which has no address; expected A or AAAA of it'
}

function nothingThere(type: string, target: Name, origin: Name): string {
  const relative = formatRelative(target, origin)
  const wrong = notAName(relative)
  if (wrong !== undefined) return `${type} leads to ${wrong}`
  const absolute = relative.includes('.') && origin.key !== ROOT.key ? `, or ${relative}. with its final dot` : ''
  return `${type} leads to ${formatName(target)}, which the zone does not have; expected a name that it has${absolute}`
}
