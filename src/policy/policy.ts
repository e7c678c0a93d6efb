import type { Rdata } from '../dns/index.ts'
import type { ScopeMap } from '../net/index.ts'

/**
 * A compiled answer expression: what `evaluate` walks. Every kind but `values` and `fail` chooses among its members,
 * which are policies again.
 */
export type Policy = Values | Fail | All | Random | Weighted | Hashed | WeightedHashed | ConsistentHashed | Networks

/** These records, all of them; none is NODATA. */
export type Values = { readonly kind: 'values'; readonly rdatas: readonly Rdata[] }

/** SERVFAIL, as where a PowerDNS view matches nobody. */
export type Fail = { readonly kind: 'fail'; readonly why: string }

/** The records of every member. */
export type All = { readonly kind: 'all'; readonly members: readonly Policy[] }

/** `count` different members, each as likely as the next. */
export type Random = { readonly kind: 'random'; readonly members: readonly Policy[]; readonly count: number }

/** `count` different members, drawn one after the other by weight. `total` is the sum of the weights. */
export type Weighted = {
  readonly kind: 'weighted'
  readonly members: readonly Policy[]
  readonly weights: readonly number[]
  readonly total: number
  readonly count: number
}

/** The member that the hash of the client's address falls on. */
export type Hashed = { readonly kind: 'hashed'; readonly members: readonly Policy[] }

/** As `hashed`, by weight: over the client's address, or over the queried name. */
export type WeightedHashed = {
  readonly kind: 'weighted-hashed' | 'name-hashed'
  readonly members: readonly Policy[]
  readonly weights: readonly number[]
  readonly total: number
  /** The order in which the weights are summed up: PowerDNS's. */
  readonly order: readonly number[]
}

/** The member that owns the next point on a ring of hashes. */
export type ConsistentHashed = {
  readonly kind: 'consistent-hashed'
  readonly members: readonly Policy[]
  readonly weights: readonly number[]
  /** Sorted hashes, and the member that owns each. */
  readonly points: Uint32Array
  readonly owners: Uint32Array
}

/** The member of the network that decides for the client: the first of a `view`, the longest of `networks`. */
export type Networks = {
  readonly kind: 'view' | 'networks'
  readonly map: ScopeMap
  /** Per network: its text, and the member that it leads to. */
  readonly networks: readonly string[]
  readonly branches: Uint32Array
  /** The last member is for clients in no network. */
  readonly members: readonly Policy[]
}
