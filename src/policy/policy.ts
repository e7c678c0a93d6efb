import type { Name, Rdata } from '../dns/index.ts'
import type { Condition } from '../health/index.ts'
import type { ScopeMap } from '../net/index.ts'
import type { AskedPools } from './asked-pools.ts'
import type { Ring } from './consistent-hashed.ts'
import type { Datacenters, Geo, Nearest } from './place.ts'
import type { ScriptCode } from './script-code.ts'
import type { Select } from './selects.ts'

/**
 * A compiled answer expression: what `evaluate` walks. Every kind but `values` and `fail` chooses among its members,
 * which are policies again; a script computes what it gives.
 */
export type Policy =
  | Values
  | Fail
  | All
  | Random
  | Weighted
  | Multi
  | Hashed
  | WeightedHashed
  | ConsistentHashed
  | Networks
  | Geo
  | Datacenters
  | Pool
  | Failover
  | Script

/** The places that the members have in the zone, where health has left others out. */
type Among = { readonly among?: readonly number[] }

/**
 * These records, all of them; none is NODATA.
 * @property stored those of them that no code gives; left out: all
 */
export type Values = {
  readonly kind: 'values'
  readonly rdatas: readonly Rdata[]
  readonly stored?: readonly Rdata[]
}

/** SERVFAIL, as where a PowerDNS view matches nobody; or REFUSED. */
export type Fail = { readonly kind: 'fail'; readonly why: string; readonly refused?: true }

/** The records of every member. */
type All = { readonly kind: 'all'; readonly members: readonly Policy[] }

/** `count` different members, each as likely as the next. */
type Random = Among & {
  readonly kind: 'random'
  readonly members: readonly Policy[]
  readonly count: number
}

/** `count` different members, drawn one after the other by weight. `total` is the sum of the weights. */
export type Weighted = Among & {
  readonly kind: 'weighted'
  readonly members: readonly Policy[]
  readonly weights: readonly number[]
  readonly total: number
  readonly count: number
}

/** Each member by itself, as likely as its weight is of the largest, which is always there (gdnsd's weighted `multi`). */
export type Multi = Among & {
  readonly kind: 'multi'
  readonly members: readonly Policy[]
  readonly weights: readonly number[]
  readonly largest: number
}

/** The member that the hash of the client's address falls on. */
export type Hashed = Among & { readonly kind: 'hashed'; readonly members: readonly Policy[] }

/** As `hashed`, by weight: over the client's address, or over the queried name. */
export type WeightedHashed = Among & {
  readonly kind: 'weighted-hashed' | 'name-hashed'
  readonly members: readonly Policy[]
  readonly weights: readonly number[]
  readonly total: number
  /** The order in which the weights are summed up: PowerDNS's. */
  readonly order: readonly number[]
}

/** The member that owns the next point on a ring of hashes. */
export type ConsistentHashed = Among & {
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

/** One of several that stand in for each other, and what decides whether it can. */
export type Part = {
  /** Undefined: as alive as the member itself is. */
  readonly condition: Condition | undefined
  readonly datacenter: string | undefined
  readonly weight: number
  readonly group: string | undefined
  /** What consistent hashing hashes. */
  readonly key: string
  /** Load is shed from `low` on, and all of it at `high`. */
  readonly shed: { readonly low: number; readonly high: number } | undefined
}

type Alternatives = {
  /** As overrides and traces call it: `www.example.com/A`, and the pool's own name behind it. */
  readonly name: string
  /** As many as `parts`; one more is what is answered when all are down. */
  readonly members: readonly Policy[]
  readonly parts: readonly Part[]
  readonly whenDown: WhenDown
  /** Whether SERVFAIL is the answer while nothing is known of any member. */
  readonly failUnknown: boolean
  /** Whether the client, or the queried name, has a say in it: in what is alive, or in what is selected. */
  readonly steered: boolean
  /** Whether it has in what is alive: then nothing holds for the next query. */
  readonly steeredInside: boolean
}

/** `all` and `first`: as if they were up; `last`: the last of `members`. */
export type WhenDown = 'all' | 'first' | 'nodata' | 'servfail' | 'refused' | 'last'

/** Some of the members that are up. */
export type Pool = Alternatives & {
  readonly kind: 'pool'
  readonly select: Select
  readonly count: number
  /** Whether weights that targets report replace the members' own. */
  readonly reported: boolean
  /** Whether the share of a member that is down goes to the others, or to the next that is up. */
  readonly lost: 'spread' | 'next'
  /** The part of the members, or of their weights, that has to be up for the pool to be so. */
  readonly minLive: number
  readonly ignoreHealth: boolean
  /** Set where the client's place decides which members come first. */
  readonly nearest?: Nearest
  /** Set for consistent hashing: the ring of all members. */
  readonly ring?: Ring
}

/** The first member that is up. */
export type Failover = Alternatives & { readonly kind: 'failover' }

/** What Lua code makes of the query. */
export type Script = {
  readonly kind: 'script'
  readonly code: ScriptCode
  /** As overrides call its pools: the rrset. */
  readonly name: string
  /** Set where its queries may come upon checks that no document has, with what makes their pools. */
  readonly asks: true | 'all lists' | undefined
  readonly asked?: AskedPools | undefined
  /** Of the records that it gives. */
  readonly type: number
  readonly zone: Name
  /** The name of its record: the wildcard, where it is one. */
  readonly owner: Name
  /** The last records that it gave, by Lua's text. */
  readonly records: Map<string, Rdata>
}
