import type { Coordinates, GeoPartition } from '../geo/query-path.ts'
import type { CheckReference, Condition, LoadLimits } from '../health/query-path.ts'

// The forms that the kinds with health share: pool, failover and datacenters.

// --- in documents ---------------------------------------------------------------------------------------------------

type Checked = { readonly check?: CheckReference | readonly CheckReference[] | undefined }

/** The rules by which a member counts again after it was down, as a document writes them. */
export type Pace = {
  /** The seconds that it has to be up before it counts; `manual`: until a person resumes it. */
  readonly failback?: number | 'manual' | undefined
  /** The seconds in which its weight grows from a tenth to all. */
  readonly rampUp?: number | undefined
  /** The share that goes to the next level of a failover while this one is the first that is up. */
  readonly trickle?: number | undefined
  /** The limits of its load: what is above its target goes to others. */
  readonly load?: LoadRule | undefined
}

/** Limits of a load; `reported`: those that come with it. */
export type LoadRule = LoadLimits | 'reported'

/** The share that a member gives up while it comes back, or for a trickle. */
export type Coming = {
  /** The factor of its weight, or its share. */
  readonly keep: number
  readonly step: ComingStep
}

/** The same in a trace. */
type ComingStep = {
  /** The factor of the weight of a member that comes back. */
  readonly factor?: number
  /** The seconds until it counts again; `manual`: a person has to resume it. */
  readonly waits?: number | 'manual'
  readonly trickle?: number
  /** Set if its load is known, and has limits. */
  readonly spill?: SpillStep
}

/**
 * The load of a member with all of its own clients and no others, its limits, the share of its clients that it keeps,
 * and the load of the clients that others pass on to it.
 */
export type SpillStep = LoadLimits & { readonly offered: number; readonly kept: number; readonly received: number }

export interface AlternativesExpression<E, W extends string> extends Checked, Pace {
  readonly name?: string | undefined
  readonly whenDown?: W | 'last-known' | Silence | { readonly answer: E } | undefined
  readonly whenUnknown?: 'servfail' | undefined
}

type Silence = 'nodata' | 'servfail' | 'refused'

/** Its `check` and `target` override the pool's; `shed` needs a check whose targets report their load. */
export type FailoverMemberExpression<E> = Checked &
  Pace & {
    readonly answer: E
    readonly target?: string | undefined
    readonly datacenter?: string | undefined
    readonly shed?: { readonly low: number; readonly high: number } | undefined
  }

export type PoolMemberExpression<E> = FailoverMemberExpression<E> & {
  readonly weight?: number | undefined
  readonly group?: string | undefined
  readonly key?: string | undefined
  /** Degrees, for `nearest`. */
  readonly latitude?: number | undefined
  readonly longitude?: number | undefined
}

/** Tells a member with more fields from one that is an answer by itself. */
export const isMember = <E, M extends FailoverMemberExpression<E>>(written: E | M): written is M =>
  typeof written === 'object' && written !== null && !Array.isArray(written) && !('kind' in written)

/** A member as a document has it, and its path from the expression. */
export type WrittenMember<M> = readonly [member: M, path: readonly (string | number)[]]

/** Returns the answer of a member, with its path from the expression. */
export const answerIn = <E>([member, path]: WrittenMember<E | FailoverMemberExpression<E>>) =>
  isMember(member) ? ([member.answer, [...path, 'answer']] as const) : ([member, path] as const)

// --- compiled -------------------------------------------------------------------------------------------------------

/** A member of a pool or failover, apart from its answer. */
export type PoolMember = {
  /** Decides if the member is up. Undefined: its answer does. */
  readonly condition: Condition | undefined
  readonly datacenter: string | undefined
  readonly weight: number
  readonly group: string | undefined
  /** The text for consistent hashing. */
  readonly key: string
  /** Load is shed from `low` on, and all of it at `high`. */
  readonly shed: { readonly low: number; readonly high: number } | undefined
  /** The rules by which it counts again after it was down, and the limits of its load. */
  readonly pace?: Pace
}

export interface Alternatives<P> {
  /** The name in overrides and traces: `www.example.com/A`, and the pool's own name behind it. */
  readonly name: string
  /** One for each of `parts`, and for `whenDown` `last` one more: the answer if all are down. */
  readonly members: readonly P[]
  readonly parts: readonly PoolMember[]
  readonly whenDown: WhenDown
  /** True if the answer is SERVFAIL as long as no member has a result. */
  readonly failUnknown: boolean
  /** True if the client, or the queried name, matters: for health, or for the choice among the members that are up. */
  readonly dependsOnClient: boolean
  /** Set if a member has a pace or limits of its load, or `whenDown` needs to know what was up last. */
  readonly pacing?: PacingCode
}

/** The map of datacenters that a failover is an order of. */
export type Whole = {
  readonly parts: readonly PoolMember[]
  readonly division: GeoPartition
  readonly coordinates: readonly (Coordinates | undefined)[]
  /** The datacenter of each part of the failover, by its number in the map. */
  readonly order: readonly number[]
}

/** The code of members that come back gently (src/policy/pacing.ts). */
export interface PacingCode {
  readonly isPacing: true
}

/** `all` and `first`: as if they were up; `last-known`: those that were up last; `last`: the last of `members`. */
export type WhenDown = 'all' | 'first' | 'last-known' | Silence | 'last'

/** The answer counts the whole list if all members are down and `whenDown` says so. */
export const maxMembersOf = ({ whenDown, members }: Alternatives<unknown>): number =>
  whenDown === 'all' || whenDown === 'last-known' ? members.length : 1

// --- in traces ------------------------------------------------------------------------------------------------------

/** The members of a pool or a failover by their health, and the source of the answer. */
export type AlternativesStep<S extends string> = {
  readonly step: S
  readonly pool: string
  readonly members: readonly MemberStep[]
  readonly live: boolean
  /** The members that are up, or the rule for all of them being down. */
  readonly from: 'members' | WhenDown
  readonly forced?: ForcedStep
}

export type MemberStep = ComingStep & {
  readonly member: number
  readonly state: 'up' | 'down' | 'drained'
  /** The measured state, under any override; `unknown` counts as the check says. */
  readonly real: 'up' | 'down' | 'unknown'
  readonly check?: string
  readonly target?: string
  readonly datacenter?: string
  readonly forced?: ForcedStep
  readonly held?: HeldStep
  readonly weighed?: WeighedStep
  /** Set if nobody has confirmed the state for longer than the zone allows. */
  readonly stale?: true
  readonly weight?: number
  readonly load?: number
}

export type ForcedStep = Reason & { readonly force: 'up' | 'down' | 'drained' }

/** The hold of a zone's guard: `fell` of `of` targets went down. Times are ISO 8601. */
export type HeldStep = {
  readonly zone: string
  readonly since: string
  readonly until: string
  readonly fell: number
  readonly of: number
}

/** The weight that an override sets. */
export type WeighedStep = Reason & { readonly weight: number }

type Reason = { readonly by: string; readonly why: string; readonly until?: string }
