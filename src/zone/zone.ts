import { isSubdomain, type Name, type NameKey, type Rdata, type Rrset, TYPE } from '../dns/query-path.ts'
import type { Guard, StalePolicy } from '../health/query-path.ts'
import type { SubnetTrust } from '../net/index.ts'
import type { Policy } from '../policy/query-path.ts'
import type { Access } from './access.ts'
import type { ZoneNames } from './names.ts'

/** A zone ready for queries. */
export type Zone = {
  readonly origin: Name
  readonly serial: number
  /** The SOA as it stands in negative answers: its TTL is the smaller of its own and MINIMUM (RFC 2308 §3). */
  readonly negative: Rrset
  readonly names: ZoneNames
  /** True if a script may compute checks out of a query, which are known from the first such query on. */
  readonly asksTargets: boolean
  /** True if an answer depends on health or on overrides. */
  readonly usesHealth: boolean
  /** The connections whose Client Subnet options are believed; if it is left out, the Worker's setting counts. */
  readonly clientSubnet?: SubnetTrust | undefined
  /** The clients that it is for; if it is left out, everybody. */
  readonly access?: Access | undefined
  /** True if an answer depends on the client's location. */
  readonly usesPlaces: boolean
  /** Holds the states of targets if too many of them go down at once. */
  readonly guard?: Guard | undefined
}

/** A zone whose scripts compute checks out of queries. `zone` as in `AskedCheck`. */
export type AskingZone = { readonly zone: string; readonly stale: StalePolicy }

/** A name that exists. Without rrsets it is an empty non-terminal (RFC 4592 §2.2.2). */
export type ZoneNode = {
  readonly key: NameKey
  readonly rrsets: readonly PolicyRrset[]
  /** The delegation that the name is at or below: what the zone says there is not authoritative. */
  readonly cut: ZoneNode | undefined
  /** The DNAME that the name has or is below: all names below that one are redirected (RFC 6672). */
  readonly dname: ZoneNode | undefined
  /** The name's child `*`, if it exists: the source of synthesis for names that do not (RFC 4592 §3.3.1). */
  readonly wildcard: ZoneNode | undefined
}

/** An rrset whose records a policy chooses. Times are seconds. */
export type PolicyRrset = {
  readonly type: number
  readonly ttl: number
  /** Set if the TTL follows health: then `ttl` is the maximum, and this the minimum. */
  readonly minTtl?: number | undefined
  readonly policy: Policy
}

/**
 * Returns the TTL of records that health cannot change for `validForSeconds` seconds (gdnsd's dynamic TTL). It tells V8
 * that the result is a small whole number: `validForSeconds` may be Infinity, and such numbers are objects.
 */
export const effectiveTtl = ({ ttl, minTtl }: PolicyRrset, validForSeconds: number): number =>
  minTtl === undefined ? ttl : Math.max(minTtl, Math.min(ttl, validForSeconds)) | 0

/** Returns the SOA as it stands in negative answers, of which a zone writes many. @param ttl in seconds */
export const negativeOf = (origin: Name, ttl: number, soa: Rdata): Rrset => ({
  ...{ owner: origin, type: TYPE.SOA, ttl, rdatas: [soa] },
  isNamedBelow: soa.names.every(({ name }) => isSubdomain(name.key, origin.key)),
})

export function findRrset(node: ZoneNode, type: number): PolicyRrset | undefined {
  for (const rrset of node.rrsets) if (rrset.type === type) return rrset
  return undefined
}
