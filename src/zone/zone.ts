import type { Name, NameKey, Rrset } from '../dns/index.ts'
import type { Policy } from '../policy/index.ts'

/** A zone ready for queries. */
export type Zone = {
  readonly origin: Name
  readonly serial: number
  /** The SOA as it stands in negative answers: its TTL is the smaller of its own and MINIMUM (RFC 2308 §3). */
  readonly negative: Rrset
  /** Every name that exists, empty non-terminals included. */
  readonly nodes: ReadonlyMap<NameKey, ZoneNode>
}

/** A name that exists. Without rrsets it is an empty non-terminal (RFC 4592 §2.2.2). */
export type ZoneNode = {
  readonly key: NameKey
  readonly rrsets: readonly PolicyRrset[]
  /** The delegation that the name is at or below: what the zone says there is not authoritative. */
  readonly cut: ZoneNode | undefined
  /** The name's child `*`, if it exists: the source of synthesis for names that do not (RFC 4592 §3.3.1). */
  readonly wildcard: ZoneNode | undefined
}

/** An rrset whose records a policy chooses. `ttl` in seconds. */
export type PolicyRrset = { readonly type: number; readonly ttl: number; readonly policy: Policy }

/** What a zone has for a name (RFC 1034 §4.3.2, RFC 4592). */
export type Found =
  | { readonly kind: 'exact' | 'wildcard'; readonly node: ZoneNode }
  | { readonly kind: 'delegation'; readonly node: ZoneNode }
  | { readonly kind: 'nothing'; readonly encloser: NameKey }

/** @param key a name at or below the zone's origin */
export function lookup(zone: Zone, key: NameKey): Found {
  const exact = zone.nodes.get(key)
  if (exact) return exact.cut ? { kind: 'delegation', node: exact.cut } : { kind: 'exact', node: exact }
  let encloser: ZoneNode | undefined
  let at = 0
  // The origin exists, so that the walk ends.
  while (!encloser) {
    at += key.charCodeAt(at) + 1
    encloser = zone.nodes.get(key.slice(at))
  }
  if (encloser.cut) return { kind: 'delegation', node: encloser.cut }
  const { wildcard } = encloser
  // A name server record at a wildcard is refused when the zone is compiled: a wildcard is never a delegation.
  return wildcard ? { kind: 'wildcard', node: wildcard } : { kind: 'nothing', encloser: encloser.key }
}

export function findRrset(node: ZoneNode, type: number): PolicyRrset | undefined {
  for (const rrset of node.rrsets) if (rrset.type === type) return rrset
  return undefined
}
