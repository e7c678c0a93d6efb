import { formatName, type NameKey, type Rdata, suspectRdata, TYPE, typeName, WILDCARD_LABEL } from '../dns/index.ts'
import { MAX_RRSET_BYTES } from '../limits.ts'
import { hasScript, type Issue, type Path, type Policy, recordsOf } from '../policy/index.ts'
import { maxOctets, maxRecords } from './answer-size.ts'
import type { ZoneNode } from './zone.ts'

/** Returns the reason why a type is not valid at a name, whatever its data. */
export function placementError(type: number, name: NameKey, origin: NameKey): string | undefined {
  if (type === TYPE.SOA) return 'the SOA stands in the field "soa"; expected no other'
  if (type === TYPE.NS && name.startsWith(WILDCARD_LABEL)) {
    return 'NS at a wildcard delegates nothing (RFC 4592 §4.2); expected a name without *'
  }
  if (type === TYPE.DS && name === origin) {
    return 'DS at the origin of the zone; expected it in the parent zone (RFC 4035 §2.4)'
  }
  return undefined
}

/** Returns the reason why a policy is not a valid answer of a type. */
export function answerError(type: number, policy: Policy, isApex: boolean): string | undefined {
  const octets = maxOctets(policy)
  if (octets > MAX_RRSET_BYTES) {
    return `an answer may have ${octets} octets of data; expected at most ${MAX_RRSET_BYTES}, to fit a DNS message`
  }
  // The records of a script are known when it has run, and are counted then.
  const scripted = hasScript(policy)
  const records = maxRecords(policy)
  switch (type) {
    case TYPE.NS:
      if (scripted && !isApex) {
        return 'a script delegates nothing, since a delegation has to be known ahead; expected names of servers'
      }
      if (scripted || records > 0) return undefined
      return 'NS without a name server delegates to nobody; expected at least one'
    case TYPE.DNAME:
      if (policy.kind === 'values' && records === 1) return undefined
      return 'a DNAME needs exactly one target; expected one, and the choice at the target name'
    case TYPE.ALIAS:
      if (scripted) return 'a script gives no ALIAS; expected a name, or a choice among names'
      return records === 1 ? undefined : oneTarget('an ALIAS', records)
    case TYPE.CNAME:
      return scripted || records === 1 ? undefined : oneTarget('a CNAME', records)
    default:
      return undefined
  }
}

const oneTarget = (what: string, found: number): string =>
  `${what} has one target, an answer here may have ${found}; expected one, or a choice like "random"`

/**
 * Returns the errors of types that exclude each other at a name. `types` are those of the document, as it spells them.
 */
export function conflicts(node: ZoneNode, isApex: boolean, path: Path, types: readonly string[]): Issue[] {
  return [...cnameConflict(node, path, types), ...dnameConflict(node, isApex, path)]
}

/** RFC 1034 §3.6.2: a CNAME stands alone. */
function cnameConflict(node: ZoneNode, path: Path, types: readonly string[]): Issue[] {
  const alias = node.rrsets.find((rrset) => rrset.type === TYPE.CNAME)
  // A script may give no CNAME: then the others are asked.
  if (!alias || node.rrsets.length === 1 || hasScript(alias.policy)) return []
  const others = node.rrsets.filter((rrset) => rrset.type !== TYPE.CNAME).map((rrset) => typeName(rrset.type))
  const type = types.find((text) => text.toUpperCase() === 'CNAME' || text.toUpperCase() === 'TYPE5') ?? 'CNAME'
  const message = `CNAME beside ${others.join(', ')} at ${formatName(node.key)}; expected the CNAME alone (RFC 1034 §3.6.2)`
  return [{ path: [...path, type], message }]
}

function dnameConflict(node: ZoneNode, isApex: boolean, path: Path): Issue[] {
  if (isApex || !has(node, TYPE.DNAME) || !has(node, TYPE.NS)) return []
  const why = 'as a delegation answers nothing (RFC 6672 §2.3)'
  const message = `DNAME beside NS at ${formatName(node.key)}; expected one of them, ${why}`
  return [{ path: [...path, 'DNAME'], message }]
}

/** Returns warnings of records that are valid, but most likely not intended. */
export function lintRrsets(node: ZoneNode, path: Path): Issue[] {
  return node.rrsets.flatMap(({ type, policy }) => {
    if (!SUSPECT.has(type)) return []
    const messages = type === TYPE.DNAME || type === TYPE.DS ? suspectOwner(type, node) : suspectRecords(type, policy)
    return messages.map((message) => ({ path: [...path, typeName(type)], message }))
  })
}

/** Returns true if `lintRrsets` has to look at a node. */
export const hasSuspects = ({ rrsets }: ZoneNode): boolean => rrsets.some(({ type }) => SUSPECT.has(type))

/** Types whose records may be valid without any effect at their name. */
const SUSPECT: ReadonlySet<number> = new Set([TYPE.DNAME, TYPE.DS, TYPE.SVCB, TYPE.HTTPS, TYPE.NAPTR, TYPE.CAA])

function suspectOwner(type: number, node: ZoneNode): string[] {
  const name = formatName(node.key)
  if (type === TYPE.DNAME) {
    if (!node.key.startsWith(WILDCARD_LABEL)) return []
    return [`DNAME at ${name} redirects names below "*" alone; expected a name without * (RFC 6672 §3.3)`]
  }
  if (has(node, TYPE.NS)) return []
  return [`DS at ${name}, which is not a delegation; expected NS beside it (RFC 4035 §2.4)`]
}

const suspectRecords = (type: number, policy: Policy): string[] =>
  recordsOf(policy).flatMap((rdata: Rdata) => suspectRdata(type, rdata) ?? [])

const has = ({ rrsets }: ZoneNode, type: number): boolean => rrsets.some((rrset) => rrset.type === type)
