import { type Rdata, TYPE } from '../../dns/query-path.ts'

// The octets of a name in a part; docs/zone-format.md has them in order.

/** The references that follow the name: to a delegation and a DNAME that it is at or below, and to its wildcard. */
export const NODE = { cut: 1, dname: 2, wildcard: 4 } as const

/** Set in a TTL that follows health: the least one follows. A TTL has 31 bits (RFC 2181 §8). */
export const HAS_LEAST_TTL = 0x8000_0000

/** The forms of an rrset's answer: the octets of one address, the numbers of fixed records, or that of a policy. */
export const FORM = { address: 1, records: 2, policy: 3 } as const

/** Pairs of the table of names that a search looks at. The table is a third empty: a few are enough. */
export const MAX_PROBES = 128

/** Returns true for an address: its octets say everything. Data of other types may have no octets at all. */
export const isInline = (type: number, { bytes, blank }: Rdata): boolean =>
  blank === undefined && bytes.length > 0 && bytes.length === addressLength(type)

/** Octets of an address of that type; 0 for any other type. */
export const addressLength = (type: number): number => (type === TYPE.A ? 4 : type === TYPE.AAAA ? 16 : 0)
