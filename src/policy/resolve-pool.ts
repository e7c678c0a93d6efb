import type { Forced } from '../health/query-path.ts'
import type { Meter } from '../meter.ts'
import type { PoolMember, WhenDown } from './alternatives.ts'
import { membersFor } from './deterministic.ts'
import { stepsOf } from './kinds/index.ts'
import { forcedOf, isUnknown, type MemberState, soonest, stepOf } from './member-state.ts'
import { ranksOf } from './nearest.ts'
import { pacingOf } from './pacing.ts'
import { fallback, selectOfFailover, selectOfPool } from './selection.ts'
import { STEPS_A_MEMBER } from './steps.ts'
import type { AlternativesStep, Policy, Resolved, UndrawnInput } from './types.ts'

/** The result for a pool or a failover. It is valid until health changes. */
type PoolState = {
  /** The choice that is left for chance or for the client. */
  readonly policy: Policy
  /** True if a pool around it may count on it: gdnsd's DOWN is the opposite. */
  readonly live: boolean
  /** True if no target in it has a result. */
  readonly unknown: boolean
  /** True if it counts as absent: by an override, or because all its members are drained. */
  readonly drained: boolean
  /** Seconds until this can change at the earliest. */
  readonly validForSeconds: number
  /** The members' states in the order of the choice, the source of the choice, and what forces the pool. */
  readonly members: readonly MemberState[]
  readonly from: 'members' | WhenDown
  readonly forced: Forced | undefined
}

/**
 * Replaces a pool by an equivalent policy without health over the members that are up. This is the only place where
 * health decides: the same few kinds serve queries and give exact chances.
 * @param meter is charged for the members; `UNMETERED` if no query waits
 */
export function resolvePool(policy: Resolved, input: UndrawnInput, meter: Meter): PoolState {
  // The steps are charged even if the result is cached: an answer does not depend on earlier queries.
  meter.chargeSteps(policy.parts.length * STEPS_A_MEMBER)
  if (policy.kind === 'pool' ? policy.healthDependsOnClient : policy.dependsOnClient) {
    return resolved(policy, input, meter)
  }
  const { memo } = input.health
  const cached = memo.get(policy) as PoolState | undefined
  if (cached) return cached
  const state = resolved(policy, input, meter)
  memo.set(policy, state)
  return state
}

export const poolStep = ({ kind, name }: Resolved, { members, live, from, forced }: PoolState): AlternativesStep => ({
  step: kind,
  pool: name,
  members: members.map(stepOf),
  live,
  from,
  ...(forced && { forced: forcedOf(forced) }),
})

function resolved(policy: Resolved, input: UndrawnInput, meter: Meter): PoolState {
  const seen = policy.parts.map((part, i) => memberOf(policy, part, i, input, meter))
  const members = inOrder(policy, pacingOf(policy)?.members(policy, seen, input, meter) ?? seen, input)
  const { health } = input
  const subject = { pool: policy.name }
  const forced = health.forced(subject)
  const selection =
    policy.kind === 'pool'
      ? selectOfPool(policy, members, forced?.force)
      : selectOfFailover(policy, members, forced?.force)
  const isAllUnknown = !forced && members.every(isUnknown)
  const from = isAllUnknown && policy.failUnknown ? 'servfail' : forced?.force === 'drained' ? 'nodata' : selection.from
  const forcedFor = health.overrideSeconds(subject)
  return {
    policy: from === 'members' ? selection.policy : fallback(policy, from, members, health),
    live: selection.live,
    unknown: isAllUnknown,
    drained: forced?.force === 'drained' || (from === 'nodata' && members.every(({ state }) => state === 'drained')),
    // A pool that is forced up still answers with those of its members that are up.
    validForSeconds:
      forced?.force === 'down' || forced?.force === 'drained'
        ? forcedFor
        : Math.min(forcedFor, selection.validForSeconds),
    members,
    from,
    forced,
  }
}

/** Sorts members by distance, the nearest first, if the pool chooses by distance. */
function inOrder(policy: Resolved, members: readonly MemberState[], input: UndrawnInput): readonly MemberState[] {
  if (policy.kind === 'failover' || !policy.nearest) return members
  const ranks = ranksOf(policy.nearest, input)
  return members.map((member) => ({ ...member, rank: ranks[member.index] as number })).sort((a, b) => a.rank - b.rank)
}

// --- members ------------------------------------------------------------------------------------------------------

/** Returns the state of a member: its check's, if it has one, and that of its answer. */
function memberOf(
  { name, members }: Resolved,
  part: PoolMember,
  index: number,
  input: UndrawnInput,
  meter: Meter,
): MemberState {
  const policy = members[index] as Policy
  const { health } = input
  const { datacenter } = part
  const subject = datacenter === undefined ? undefined : { pool: name, datacenter }
  const forced = subject && health.forced(subject)
  const forcedFor = subject ? health.overrideSeconds(subject) : Number.POSITIVE_INFINITY
  const status = part.condition && health.status(part.condition)
  const inner = liveness(policy, input, meter)
  const seen = {
    index,
    part,
    policy,
    stale: status?.stale ?? false,
    held: forced ? undefined : status?.held,
    weight: status?.weight,
    weighed: (subject && health.weighed(subject)) ?? status?.weighed,
    load: status?.load,
    real: status?.real ?? (inner.unknown ? 'unknown' : inner.live ? 'up' : 'down'),
  } as const
  // A forced datacenter hides its own state: in the choice and in the TTL.
  if (forced) return { ...seen, state: forced.force, forced, validForSeconds: forcedFor }
  const validForSeconds = Math.min(
    forcedFor,
    status?.validForSeconds ?? Number.POSITIVE_INFINITY,
    inner.validForSeconds,
  )
  const state =
    status?.state === 'drained' || inner.drained
      ? 'drained'
      : (status?.state ?? 'up') === 'up' && inner.live
        ? 'up'
        : 'down'
  return { ...seen, state, forced: status?.forced, validForSeconds }
}

type Liveness = Pick<PoolState, 'live' | 'unknown' | 'drained' | 'validForSeconds'>

const ALIVE: Liveness = { live: true, unknown: false, drained: false, validForSeconds: Number.POSITIVE_INFINITY }

/** Returns if a policy can answer. Policies without health are alive; a view that matches no client is not. */
function liveness(policy: Policy, input: UndrawnInput, meter: Meter): Liveness {
  switch (policy.kind) {
    case 'values':
    // A script runs when its answer is needed, and not before.
    case 'script':
      return ALIVE
    case 'fail':
      return { ...ALIVE, live: false }
    case 'pool':
    case 'failover':
      return resolvePool(policy, input, meter)
    default: {
      const members = membersFor(policy, input)
      meter.chargeSteps(stepsOf(policy) + members.length * STEPS_A_MEMBER)
      const of = members.map((member) => liveness(member, input, meter))
      return {
        live: of.some((one) => one.live),
        unknown: of.every((one) => one.unknown),
        drained: of.every((one) => one.drained),
        validForSeconds: soonest(of),
      }
    }
  }
}
