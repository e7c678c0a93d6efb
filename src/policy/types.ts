import type { NameKey, Rdata } from '../dns/index.ts'
import type { Database, Division, Levels, Located, Place, Whereabouts } from '../geo/index.ts'
import type { AskedCheck, Condition, Health } from '../health/index.ts'
import type { Address, ScopeMap } from '../net/index.ts'
import type { Ring } from './consistent-hashed.ts'
import type { ScriptQuery } from './query.ts'
import type { Rng } from './random.ts'
import type { Select } from './selects.ts'
import type { PolicyStep, Spot, WhenDown } from './trace.ts'
import type { Work } from './work.ts'

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

/** Code that computes an answer from the query. What it is written in is known to who compiled it alone. */
export interface Script {
  readonly kind: 'script'
  /** The policies that its calls evaluate. */
  readonly policies: readonly Policy[]
  /** True if it may look at who asks, beside what its policies do. */
  readonly usesClients: boolean
  /** True if it may look at where clients are. */
  readonly usesPlaces: boolean
  /** True if it may look at where the addresses are that it chooses from. */
  readonly usesClosest: boolean
  /** True if a query may ask for checks that no document has. */
  readonly asksTargets: boolean
  /** @param decide evaluates one of `policies` with the same input, and leaves duplicates in */
  run(input: Input, decide: (policy: Policy) => Decision): Decision
}

// --- places ---------------------------------------------------------------------------------------------------------

/** The member that the client's place leads to, or one of the networks that stand before it. */
export type Geo = {
  readonly kind: 'geo'
  /** Its outcomes are numbers of branches that answer alike. */
  readonly division: Division
  readonly levels: Levels<number>
  /** Per network: its text, and the member that it leads to. */
  readonly networks: readonly string[]
  readonly branches: Uint32Array
  /** The last member is for all others. */
  readonly members: readonly Policy[]
}

/** A failover along the order in which the map has the datacenters for the client. */
export type Datacenters = {
  readonly kind: 'datacenters'
  readonly map: DatacenterMap
  readonly name: string
  /** One for each datacenter of the map, in its order; one more is what is answered when all are down. */
  readonly members: readonly Policy[]
  readonly parts: readonly Part[]
  readonly whenDown: WhenDown
  readonly failUnknown: boolean
  /** Whether the client has a say inside a datacenter too. */
  readonly steered: boolean
  /** What orders come to, by their outcome: made as they come up, and kept, since health remembers by identity. */
  readonly orders: Map<string, Policy>
}

/** In which order, by distance from the client, a pool has its members; those equally near are a group. */
export type Nearest = {
  readonly division: Division
  readonly groups: (at: Located['place'], database: Database) => readonly (readonly number[])[]
  /** How far members are, in kilometres, or by PowerDNS's measure in squared degrees. */
  readonly distances: (at: Located['place'], database: Database) => readonly (number | undefined)[]
  readonly spots: (database: Database) => readonly Spot[]
}

/** A zone's map, ready for queries. Its outcomes are orders of datacenters: [fra, nyc] is another one than [nyc, fra]. */
export type DatacenterMap = {
  readonly name: string
  readonly datacenters: readonly string[]
  readonly division: Division
  /** Indices of the datacenters in an order. */
  readonly indices: (outcome: string) => readonly number[]
  /** As the zone spells them. */
  readonly networks: readonly string[]
  /** What a place is found under, and whether distance decides; null for the order of all others. */
  readonly matched: (place: Place) => string | null
}

// --- evaluation -----------------------------------------------------------------------------------------------------

/** All that a decision may depend on; `client` is read only by what decides by it. `name` is the queried name, or the one that a CNAME led to. */
export type Input = {
  readonly client: Address
  readonly name: NameKey
  readonly health: Health
  /** Where clients are; nobody knows where it is left out. */
  readonly places?: Whereabouts | undefined
  readonly random: Rng
  /** The budget that the query has left. */
  readonly work: Work
  readonly query?: ScriptQuery | undefined
  /** Told of checks that are in no document: a script computed them. */
  readonly ask?: (checks: readonly AskedCheck[]) => void
  /** Who follows every way that a script can take. */
  readonly explorer?: Explorer
}

/** Says what is drawn in place of chance, to see all that can come of it. */
export type Explorer = {
  /** What a call in a script comes to; undefined: it is evaluated. */
  readonly outcomeOf: (part: Policy) => Decision | undefined
  /** Which of some things is drawn, each as likely as its weight. */
  readonly choose: (weights: readonly number[]) => number
}

/**
 * The records of an answer, how it came about, and for whom it holds.
 * `scope`: the shortest prefix length, in bits of the client's family, whose clients would all have come to the same
 * branch; 0 where the client decided nothing.
 */
export type Decision = {
  readonly rdatas: readonly Rdata[]
  readonly scope: number
  /** Whether another query may get another member. */
  readonly byChance: boolean
  readonly failure?: Fail
  /** Seconds until health can change the answer at the earliest; Infinity where it has no say. */
  readonly holds: number
  readonly trace: readonly PolicyStep[]
}
