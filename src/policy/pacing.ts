import type { Health } from '../health/query-path.ts'
import type { Meter } from '../meter.ts'
import type { PoolMember } from './alternatives.ts'
import type { MemberState } from './member-state.ts'
import type { Candidate } from './select.ts'
import type { Loading, Stored } from './storing.ts'
import type { OfKind, Policy, Resolved, Shift, UndrawnInput } from './types.ts'

// Few zones come back gently or shift weights: the code for that is loaded with the first of them (src/policy/pacing/).

/** How a member counts again after it was down, as a document writes it. */
export type Pace = {
  /** The seconds that it has to be up before it counts; `manual`: until a person resumes it. */
  readonly failback?: number | 'manual' | undefined
  /** The seconds in which its weight grows from a tenth to all. */
  readonly rampUp?: number | undefined
  /** The share that goes to the next level of a failover while this one is the first that is up. */
  readonly trickle?: number | undefined
}

/** What a member gives up while it comes back, or for a trickle. */
export type Coming = {
  /** The factor of its weight, or its share. */
  readonly keep: number
  readonly step: ComingStep
}

/** The same in a trace. */
export type ComingStep = {
  /** The factor of the weight of a member that comes back. */
  readonly factor?: number
  /** The seconds until it counts again; `manual`: a person has to resume it. */
  readonly waits?: number | 'manual'
  readonly trickle?: number
}

/** The code of pools whose members come back gently. */
export type Pacing = {
  /** Returns the members as they count. */
  members(policy: Resolved, members: readonly MemberState[], input: UndrawnInput, meter: Meter): readonly MemberState[]
  /** Returns the choice of a pool where shares are not weights; undefined where they are. */
  choice(pool: OfKind<Policy, 'pool'>, candidates: readonly Candidate[]): Policy | undefined
  /** Returns the members that were up last, of those that are not drained. */
  lastKnown(policy: Resolved, members: readonly MemberState[], health: Health): readonly MemberState[]
}

/** Loads what is stored of it. */
export type PacingLoader = {
  /** @param stored the pace of each part */
  alternatives(stored: unknown, parts: readonly PoolMember[]): { parts: readonly PoolMember[]; pacing: Pacing }
  shift(stored: Stored, loading: Loading<Policy>): Shift
}
