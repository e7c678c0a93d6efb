import { type Name, type NameKey, type Rrset, TYPE } from '../dns/query-path.ts'
import { MAX_CNAME_CHAIN } from '../limits.ts'
import { findRrset, type PolicyRrset, targetOf, type Zone, type ZoneNode, type Zones } from '../zone/query-path.ts'
import { isKeyType, type KeyRing } from './key-ring.ts'
import { NsecRdata, NXNAME_TYPES } from './nsec.ts'

/** A zone that is signed. */
export type SignedZone = { readonly zone: Zone; readonly ring: KeyRing }

/** The NSEC record of a name, and the seconds for which its denial is valid for everybody. */
export type Denial = { readonly nsec: Rrset; readonly ttl: number }

/**
 * Says that a name has no records of a type (RFC 9824 §3.2). The bitmap has what any client may get, less the type that
 * was asked for, and less CNAME: with it nobody would believe the denial. Where the denial is for some clients only, it
 * holds no longer than the policy's TTL, since caches give it to others (RFC 8198).
 * @param node the name's, or its wildcard's
 */
export function noData(signed: SignedZone, owner: Name, node: ZoneNode, type: number, zones: Zones): Denial {
  const types = typesAt(signed, node).filter((one) => one !== type && one !== TYPE.CNAME)
  return denied(signed, owner, types, ttlAt(node, type, zones))
}

/** Says that a name does not exist (RFC 9824 §3.1). */
export const noName = (signed: SignedZone, owner: Name): Denial =>
  denied(signed, owner, NXNAME_TYPES, Number.POSITIVE_INFINITY)

/** Says that a delegation has no DS: it is insecure (RFC 4035 §5.2). */
export const noSecurity = (signed: SignedZone, cut: Name): Denial =>
  denied(signed, cut, [TYPE.NS, TYPE.RRSIG, TYPE.NSEC], Number.POSITIVE_INFINITY)

/** Returns the NSEC record of a name that exists, for those who ask for it. */
export const nsecOf = (signed: SignedZone, owner: Name, node: ZoneNode): Rrset =>
  denied(signed, owner, typesAt(signed, node), Number.POSITIVE_INFINITY).nsec

/** RFC 9077 §3: the TTL of NSEC is that of a negative answer. */
function denied({ zone }: SignedZone, owner: Name, types: readonly number[], most: number): Denial {
  const ttl = Math.min(zone.negative.ttl, most)
  const rdata = new NsecRdata(owner.key, types, zone.origin.key)
  return { nsec: { owner, type: TYPE.NSEC, ttl, rdatas: [rdata] }, ttl }
}

/** Returns the types that a name may be answered with. An ALIAS stands for addresses. */
function typesAt({ zone, ring }: SignedZone, node: ZoneNode): readonly number[] {
  const types = new Set<number>([TYPE.RRSIG, TYPE.NSEC])
  const isApex = node.key === zone.origin.key
  for (const { type } of node.rrsets) {
    if (type === TYPE.ALIAS) types.add(TYPE.A).add(TYPE.AAAA)
    else if (node.cut === undefined || type === TYPE.NS || type === TYPE.DS) types.add(type)
  }
  if (isApex) for (const type of ring.rrsets.keys()) types.add(type)
  return [...types]
}

/** Returns the smallest TTL of what stands at a name and could have given the type, in seconds. */
function ttlAt(node: ZoneNode, type: number, zones: Zones): number {
  let ttl = Number.POSITIVE_INFINITY
  for (const rrset of node.rrsets) if (gives(rrset, type)) ttl = Math.min(ttl, rrset.ttl)
  const alias = isAddress(type) ? findRrset(node, TYPE.ALIAS) : undefined
  return alias ? Math.min(ttl, ttlOfTarget(alias, type, zones)) : ttl
}

const isAddress = (type: number): boolean => type === TYPE.A || type === TYPE.AAAA

const gives = (rrset: PolicyRrset, type: number): boolean =>
  rrset.type === type || rrset.type === TYPE.CNAME || (rrset.type === TYPE.ALIAS && isAddress(type))

/** Follows an ALIAS as far as nothing decides where it leads: another client may find addresses at the end. */
function ttlOfTarget(alias: PolicyRrset, type: number, zones: Zones): number {
  let ttl = Number.POSITIVE_INFINITY
  let rrset: PolicyRrset | undefined = alias
  for (let hops = 0; rrset && hops < MAX_CNAME_CHAIN; hops++) {
    const target = onlyTarget(rrset)
    const node = target === undefined ? undefined : nodeAt(zones, target)
    for (const one of node?.rrsets ?? []) if (gives(one, type)) ttl = Math.min(ttl, one.ttl)
    rrset = node && (findRrset(node, TYPE.CNAME) ?? findRrset(node, TYPE.ALIAS))
  }
  return ttl
}

function onlyTarget({ policy }: PolicyRrset): NameKey | undefined {
  const [rdata] = policy.kind === 'values' ? policy.rdatas : []
  return rdata && targetOf(rdata).key
}

function nodeAt(zones: Zones, name: NameKey): ZoneNode | undefined {
  const state = zones.find(name)
  const found = state?.kind === 'loaded' ? state.zone.names.lookup(name) : undefined
  return found?.kind === 'exact' || found?.kind === 'wildcard' ? found.node : undefined
}

/** True if the records of a type at an apex come from the key set. */
export const isFromKeys = ({ zone, ring }: SignedZone, name: NameKey, type: number): boolean =>
  isKeyType(type) && name === zone.origin.key && ring.rrsets.has(type)
