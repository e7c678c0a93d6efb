import { formatName, isSubdomain, type Name, parseName, TYPE } from '../dns/index.ts'
import type { Path, Warning } from '../policy/index.ts'
import { findRrset, type LocalZone } from '../zone/index.ts'
import type { LocatedExpression } from './expressions.ts'

type Around = { readonly asksUpstreams: boolean; readonly isServed: (name: Name) => boolean }

/** Seconds from one look at the addresses of a name to the next: the cron runs every minute. */
const LOOK_SECONDS = 60

/**
 * Warns of an ALIAS to a name outside our zones if nobody can be asked for its addresses; and says how old they get if
 * its TTL is shorter than the time from one look at them to the next.
 */
export function lintAlias(
  { expression, path, type }: LocatedExpression,
  zone: LocalZone,
  { asksUpstreams, isServed }: Around,
): Warning[] {
  if (typeof expression !== 'string' || type?.toUpperCase() !== 'ALIAS') return []
  const target = parseName(expression, zone.origin)
  if (!target.ok || !leadsOut(target.value, zone) || isServed(target.value)) return []
  const fact = `ALIAS to ${formatName(target.value)}, which is in none of the zones here,`
  if (!asksUpstreams) {
    const expected = 'expected UPSTREAMS to name a DoH server to ask for its addresses, or a name of a published zone'
    return [{ path, message: `${fact} is answered with SERVFAIL; ${expected}` }]
  }
  const ttl = ttlAt(path, zone)
  if (ttl === undefined || ttl >= LOOK_SECONDS) return []
  const age = `has a TTL of ${ttl} s, and its addresses are looked up once a minute: they may be so much older`
  return [{ path, severity: 'advice', message: `${fact} ${age}; expected a TTL of at least ${LOOK_SECONDS}` }]
}

const leadsOut = (name: Name, { origin, names }: LocalZone): boolean =>
  !isSubdomain(name.key, origin.key) || names.lookup(name.key).kind === 'delegation'

/** @param path of an answer: "records", the owner, the type, and where in the answer */
function ttlAt([, owner]: Path, zone: LocalZone): number | undefined {
  const name = parseName(String(owner), zone.origin)
  const node = name.ok ? zone.names.find(name.value.key) : undefined
  return node && findRrset(node, TYPE.ALIAS)?.ttl
}
