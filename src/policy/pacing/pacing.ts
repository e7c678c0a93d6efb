import { LAST_KNOWN_SECONDS, LEAST_RAMP_SHARE } from '../../limits.ts'
import { UNMETERED } from '../../meter.ts'
import type { Coming } from '../alternatives.ts'
import type { MemberState } from '../member-state.ts'
import type { Pacing } from '../pacing.ts'
import { SELECT } from '../selects.ts'
import type { Resolved, UndrawnInput } from '../types.ts'
import { admitted } from './admitted.ts'
import { History } from './history.ts'
import { inTurn } from './in-turn.ts'
import { withSpill } from './spill.ts'

/** The code of pools and failovers whose members come back gently, or pass load on. */
export const PACING: Pacing = {
  isPacing: true,

  members(policy, members, input, meter) {
    const history = new History(input, meter)
    const paced = members.map((member) => pacedMember(policy, member, history, input))
    // If nothing else is up, those that only wait for their time count at once; what a person has to let in stays out.
    const isAny = paced.some(({ state }) => state === 'up')
    const counted = isAny
      ? paced
      : paced.map((member) => (isTimed(member) ? { ...member, state: 'up' as const } : member))
    return withSpill(policy, withTrickle(policy, counted), input)
  },

  choice(pool, candidates) {
    const { byClient, byDistance } = SELECT[pool.select]
    if (byClient) return admitted(pool, candidates)
    return byDistance || pool.select === 'first' ? inTurn(pool, candidates) : undefined
  },

  lastKnown(policy, members, health) {
    const present = members.filter(({ state }) => state !== 'drained')
    const history = new History({ ...NOBODY, health }, UNMETERED)
    const ends = present.map((member) => {
      const { isUp, flips } = history.member(policy, member.part, member.policy)
      // A member that is up, and does not count, was up last.
      return isUp ? health.now / 1000 : (flips[0] ?? Number.NEGATIVE_INFINITY)
    })
    const last = ends.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
    const known = present.filter((_, i) => (ends[i] as number) >= last - LAST_KNOWN_SECONDS)
    return policy.kind === 'failover' ? known.slice(0, 1) : known
  },
}

/** Health does not depend on it: members whose states depend on the client have none that is known. */
const NOBODY = { client: { family: 1, bytes: new Uint8Array(4) }, name: '' } as const

function pacedMember(policy: Resolved, member: MemberState, history: History, { health }: UndrawnInput): MemberState {
  const { part, state, forced } = member
  const { failback = 0, rampUp = 0 } = part.pace ?? {}
  // A forced member counts as a person says.
  if (state !== 'up' || forced || (failback === 0 && rampUp === 0)) return member
  const { isUp, flips } = history.member(policy, part, member.policy)
  const [back] = flips
  if (!isUp || back === undefined) return member
  const now = health.now / 1000
  const start = startOf(back, failback, () => history.resumedAt(policy, part))
  if (start === undefined) return { ...member, state: 'down', coming: { keep: 1, step: { waits: 'manual' } } }
  if (now < start) {
    const waits = wholeSeconds(start - now)
    const validForSeconds = Math.min(member.validForSeconds, waits)
    return { ...member, state: 'down', coming: { keep: 1, step: { waits } }, validForSeconds }
  }
  const left = start + rampUp - now
  if (left <= 0) return member
  const factor = LEAST_RAMP_SHARE + ((1 - LEAST_RAMP_SHARE) * (now - start)) / rampUp
  const validForSeconds = Math.min(member.validForSeconds, wholeSeconds(Math.min(left, rampUp / TTLS_A_RAMP)))
  return { ...member, coming: { keep: factor, step: { factor: rounded(factor) } }, validForSeconds }
}

/** Returns the time at which a member counts again; undefined if a person has to resume it first. */
function startOf(back: number, failback: number | 'manual', resumedAt: () => number): number | undefined {
  if (failback !== 'manual') return back + failback
  const resumed = resumedAt()
  return resumed < back ? undefined : resumed
}

const isTimed = ({ coming }: MemberState): boolean => typeof coming?.step.waits === 'number'

/**
 * An answer lives for a tenth of a ramp at most: it is asked for again each time that the factor has grown by as much.
 */
const TTLS_A_RAMP = 10

const wholeSeconds = (seconds: number): number => Math.max(1, Math.floor(seconds))

const rounded = (factor: number): number => Number(factor.toFixed(4))

/** Takes a share of the first level that is up, for the next one that is. */
function withTrickle(policy: Resolved, members: readonly MemberState[]): readonly MemberState[] {
  if (policy.kind !== 'failover') return members
  const first = members.findIndex(({ state }) => state === 'up')
  const trickle = members[first]?.part.pace?.trickle
  if (trickle === undefined) return members
  return members.map((member, i): MemberState => {
    if (i !== first) return member
    const { keep = 1, step } = member.coming ?? ({} as Partial<Coming>)
    return { ...member, coming: { keep: keep * (1 - trickle), step: { ...step, trickle } } }
  })
}
