import type { Quorum } from '../check-fields.ts'
import type { StalePolicy } from '../condition.ts'
import { type Health, neededVotes, type Witness, type Witnessed } from '../health.ts'
import { type Signal, whenever } from '../signal.ts'
import type { TargetState } from '../target-state.ts'

/** A target as the guard looks at it. */
export type GuardTarget = {
  readonly probe: Witnessed & { readonly quorum: Quorum }
  readonly stale: StalePolicy
}

/** The last time that a target went down, and came back, if it did. Seconds since the epoch. */
export type Fall = { readonly at: number; readonly back: number | undefined }

/**
 * Returns the state of a target over time, after quorum, as far as its reports tell; undefined while nothing is known.
 */
export function signalOf({ probe, stale }: GuardTarget, health: Pick<Health, 'witnesses'>): Signal | undefined {
  const known = health.witnesses(probe, stale).filter(({ state }) => state.state !== 'unknown')
  const fresh = known.filter(({ silent }) => !silent)
  const votes = fresh.length > 0 || stale.policy === 'up' ? fresh : known
  const [only] = votes
  if (!only) return undefined
  // Most zones have one vantage point.
  if (votes.length === 1) return vote(only).signal
  const needed = neededVotes(probe.quorum, votes.length)
  return whenever(votes.map(vote), (ups) => ups >= needed)
}

const vote = ({ state }: Witness) => ({ signal: { isUp: state.state === 'up', flips: flipsOf(state) }, weight: 1 })

/** A target that nobody saw change has been what it is since it is known. */
function flipsOf({ state, since, fell, changes = 0 }: TargetState): readonly number[] {
  if (changes === 0) return []
  return state === 'up' && fell !== undefined ? [since, fell] : [since]
}

/** Returns undefined for a target that was not seen to go down. */
export function fallOf({ isUp, flips }: Signal): Fall | undefined {
  const at = flips[isUp ? 1 : 0]
  return at === undefined ? undefined : { at, back: isUp ? flips[0] : undefined }
}
