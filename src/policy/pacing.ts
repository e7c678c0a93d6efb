import type { Health } from '../health/query-path.ts'
import type { Meter } from '../meter.ts'
import type { PacingCode } from './alternatives.ts'
import type { MemberState } from './member-state.ts'
import type { Candidate } from './select.ts'
import type { OfKind, Policy, Resolved, UndrawnInput } from './types.ts'

// Few zones come back gently or shift weights: the code for that is loaded with the first of them (src/policy/pacing/).

/** The code of pools whose members come back gently. */
export interface Pacing extends PacingCode {
  /** Returns the members as they count. */
  members(policy: Resolved, members: readonly MemberState[], input: UndrawnInput, meter: Meter): readonly MemberState[]
  /** Returns the choice of a pool where shares are not weights; undefined where they are. */
  choice(pool: OfKind<Policy, 'pool'>, candidates: readonly Candidate[]): Policy | undefined
  /** Returns the members that were up last, of those that are not drained. */
  lastKnown(policy: Resolved, members: readonly MemberState[], health: Health): readonly MemberState[]
}

/** Returns the code that a pool has with it. The files of kinds know it by no more than its name. */
export const pacingOf = ({ pacing }: Resolved): Pacing | undefined => pacing as Pacing | undefined
