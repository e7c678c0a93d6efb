import type { Place } from '../geo/index.ts'

/** One decision on the way to an answer: what was chosen and why. Members count from 0, in the zone's order. */
export type PolicyStep =
  | { readonly step: 'values'; readonly records: number }
  | { readonly step: 'fail'; readonly why: string; readonly refused?: true }
  | { readonly step: 'all'; readonly of: number }
  | { readonly step: 'random'; readonly picked: readonly number[]; readonly of: number }
  | {
      readonly step: 'weighted'
      readonly picked: readonly number[]
      readonly weights: readonly number[]
      readonly total: number
    }
  | { readonly step: 'multi'; readonly picked: readonly number[]; readonly weights: readonly number[] }
  | { readonly step: 'hashed'; readonly hash: number; readonly of: number; readonly picked: number }
  | {
      readonly step: 'weighted-hashed' | 'name-hashed'
      readonly hash: number
      readonly point: number
      readonly total: number
      readonly picked: number
    }
  | { readonly step: 'consistent-hashed'; readonly hash: number; readonly point: number; readonly picked: number }
  | {
      readonly step: 'view' | 'networks'
      /** The network that decided, or null where none holds the client. */
      readonly matched: string | null
      readonly branch: number | 'otherwise'
      readonly scope: number
    }
  | PlaceStep
  | IsInStep
  | AlternativesStep
  | AskedStep
  | ScriptStep

/** Where the client is, who says so, and for whom else the decision holds. */
export type ByPlace = { readonly place: Place; readonly from: 'connection' | 'database'; readonly scope: number }

/** What is by distance, and where it is by the zone or the database. */
export type Spot = { readonly address?: string; readonly place: Place }

export type PlaceStep = ByPlace &
  (
    | {
        readonly step: 'place'
        /** What a script asked of it. */
        readonly by: PlaceAttribute
      }
    | {
        readonly step: 'geo'
        /** The key or the network that decided; null where none is of the client. */
        readonly matched: string | null
        readonly branch: number | 'otherwise'
      }
    | {
        readonly step: 'datacenters'
        readonly map: string
        readonly matched: string | null
        readonly order: readonly string[]
      }
    | {
        readonly step: 'nearest' | 'pickclosest'
        /** Members from the nearest on; those in a group are equally near. */
        readonly order: readonly (readonly number[])[]
        /** Of each member in the zone's order: kilometres, or PowerDNS's squared degrees; null where nothing is known. */
        readonly distances: readonly (number | null)[]
        readonly spots: readonly Spot[]
      }
  )

/** A script asked whether the client's place is one of some: PowerDNS's function of that name. */
export type IsInStep = {
  readonly step: 'country' | 'continent' | 'region' | 'asnum'
  /** In small letters; `unknown`. */
  readonly value: string
  readonly wanted: readonly string[]
  readonly holds: boolean
}

/** What health left of a pool or a failover. */
export type AlternativesStep = {
  readonly step: 'pool' | 'failover'
  readonly pool: string
  readonly members: readonly MemberStep[]
  readonly live: boolean
  /** Where the answer comes from: the members that are up, or what stands for all of them being down. */
  readonly from: 'members' | WhenDown
  readonly forced?: ForcedStep
}

export type MemberStep = {
  readonly member: number
  readonly state: 'up' | 'down' | 'drained'
  /** What was measured, whatever is forced; `unknown` counts as the check says. */
  readonly real: 'up' | 'down' | 'unknown'
  readonly check?: string
  readonly target?: string
  readonly datacenter?: string
  readonly forced?: ForcedStep
  /** Set where nobody has confirmed the state for longer than the zone allows. */
  readonly stale?: true
  readonly weight?: number
  readonly load?: number
}

export type ForcedStep = {
  readonly force: 'up' | 'down' | 'drained'
  readonly by: string
  readonly why: string
  readonly until?: string
}

/** A script called a health function with arguments that no document has: its checks are known from this query on. */
export type AskedStep = { readonly step: 'asked'; readonly call: string; readonly targets: number }

/** What a script looked at and came to; the steps of the functions that it called follow. */
export type ScriptStep = {
  readonly step: 'script'
  /** `bestwho`, `geo`, `qname`, …: what it used of the query; `chance`, if it drew by itself. */
  readonly read: readonly string[]
  /** Of its budget. */
  readonly steps: number
  /** In a few words; for an error a `fail` step follows. */
  readonly returned: string
}

/** `all` and `first`: as if they were up; `last`: the last of `members`. */
export type WhenDown = 'all' | 'first' | 'nodata' | 'servfail' | 'refused' | 'last'

/** What a script asks of a place. */
export type PlaceAttribute = 'asn' | 'continent' | 'coordinates' | 'country' | 'region'
