import type { Name, NameKey, Rrset } from '../dns/query-path.ts'
import type { PolicyRrset, Zone } from './zone.ts'

/** The names that led to the one that is looked up, and the ALIAS among them, if there is one. */
export type Chain = {
  readonly names: readonly NameKey[]
  readonly aliased: Aliased | undefined
}

export const NO_CHAIN: Chain = { names: [], aliased: undefined }

/**
 * The first ALIAS of a chain: its owner gets the addresses at the end of the chain as its own.
 * @property ttl the smallest TTL since, in seconds
 */
export type Aliased = { readonly owner: Name; readonly zone: Zone; readonly ttl: number }

export const withTtl = (aliased: Aliased, ttl: number): Aliased => ({ ...aliased, ttl: Math.min(aliased.ttl, ttl) })

/** Returns the zone's SOA for a negative answer that is valid for no longer than `seconds`. */
export const cappedSoa = ({ negative }: Zone, seconds: number): Rrset =>
  seconds < negative.ttl ? { ...negative, ttl: seconds } : negative

/** Returns the SOA for an rrset without records. NODATA caused by health is cached no longer than a positive answer. */
export const negativeSoa = (zone: Zone, { minTtl }: PolicyRrset, ttl: number): Rrset =>
  minTtl === undefined ? zone.negative : cappedSoa(zone, ttl)
