import type { Condition, Override, Status } from '../health/query-path.ts'
import { MAX_WEIGHT } from '../limits.ts'
import type { Meter } from '../meter.ts'
import { unreachable } from '../result.ts'
import type { ForcedStep, MemberStep, PoolMember, WhenDown } from './alternatives.ts'
import { membersFor } from './deterministic.ts'
import { stepsOf } from './kinds/index.ts'
import { NODATA } from './kinds/values.ts'
import { ranksOf } from './nearest.ts'
import { type Candidate, select } from './select.ts'
import { SELECT } from './selects.ts'
import { STEPS_A_MEMBER } from './steps.ts'
import type { AlternativesStep, Policy, Resolved, UndrawnInput } from './types.ts'
import { sumOf } from './weights.ts'

type Pool = Extract<Resolved, { kind: 'pool' }>
type Failover = Extract<Resolved, { kind: 'failover' }>

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
  readonly holds: number
  readonly step: AlternativesStep
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

function resolved(policy: Resolved, input: UndrawnInput, meter: Meter): PoolState {
  const members = inOrder(
    policy,
    policy.parts.map((part, i) => memberOf(policy, part, i, input, meter)),
    input,
  )
  const forced = input.health.forced({ pool: policy.name })
  const selection =
    policy.kind === 'pool' ? ofPool(policy, members, forced?.force) : ofFailover(policy, members, forced?.force)
  const isAllUnknown = !forced && members.every(isUnknown)
  const from = isAllUnknown && policy.failUnknown ? 'servfail' : forced?.force === 'drained' ? 'nodata' : selection.from
  const forcedFor = forced ? input.health.holdsUntil(forced) : Number.POSITIVE_INFINITY
  const step: AlternativesStep = {
    step: policy.kind,
    pool: policy.name,
    members: members.map(stepOf),
    live: selection.live,
    from,
    ...(forced && { forced: forcedOf(forced) }),
  }
  return {
    policy: from === 'members' ? selection.policy : fallback(policy, from, members),
    live: selection.live,
    unknown: isAllUnknown,
    drained: forced?.force === 'drained' || (from === 'nodata' && members.every(({ state }) => state === 'drained')),
    // A pool that is forced up still answers with those of its members that are up.
    holds: forced?.force === 'down' || forced?.force === 'drained' ? forcedFor : Math.min(forcedFor, selection.holds),
    step,
  }
}

const isUnknown = ({ real, forced }: Member): boolean => real === 'unknown' && !forced

/** Sorts members by distance, the nearest first, if the pool goes by it. */
function inOrder(policy: Resolved, members: readonly Member[], input: UndrawnInput): readonly Member[] {
  if (policy.kind === 'failover' || !policy.nearest) return members
  const ranks = ranksOf(policy.nearest, input)
  return members.map((member) => ({ ...member, rank: ranks[member.index] as number })).sort((a, b) => a.rank - b.rank)
}

// --- members ------------------------------------------------------------------------------------------------------

/** A member and its state. */
type Member = {
  readonly index: number
  readonly part: PoolMember
  readonly policy: Policy
  readonly state: 'up' | 'down' | 'drained'
  readonly real: Status['real']
  readonly holds: number
  readonly forced: Override | undefined
  readonly stale: boolean
  readonly weight: number | undefined
  readonly load: number | undefined
  /** The same for members that are equally near. Undefined if distance does not count. */
  readonly rank?: number
}

/** Returns the state of a member: its check's, if it has one, and that of its answer. */
function memberOf(
  { name, members }: Resolved,
  part: PoolMember,
  index: number,
  input: UndrawnInput,
  meter: Meter,
): Member {
  const policy = members[index] as Policy
  const { health } = input
  const forced = part.datacenter === undefined ? undefined : health.forced({ pool: name, datacenter: part.datacenter })
  const status = part.condition && health.status(part.condition)
  const inner = liveness(policy, input, meter)
  const seen = {
    ...{ index, part, policy, stale: status?.stale ?? false, weight: status?.weight, load: status?.load },
    real: status?.real ?? (inner.unknown ? 'unknown' : inner.live ? 'up' : 'down'),
  } as const
  // A forced datacenter hides its own state: in the choice and in the TTL.
  if (forced) return { ...seen, state: forced.force, forced, holds: health.holdsUntil(forced) }
  const holds = Math.min(status?.holds ?? Number.POSITIVE_INFINITY, inner.holds)
  const state =
    status?.state === 'drained' || inner.drained
      ? 'drained'
      : (status?.state ?? 'up') === 'up' && inner.live
        ? 'up'
        : 'down'
  return { ...seen, state, forced: status?.forced, holds }
}

/** Takes no spread: members may be more than a call takes arguments. */
const soonest = (of: readonly { readonly holds: number }[]): number =>
  of.reduce((min, { holds }) => Math.min(min, holds), Number.POSITIVE_INFINITY)

type Liveness = Pick<PoolState, 'live' | 'unknown' | 'drained' | 'holds'>

const ALIVE: Liveness = { live: true, unknown: false, drained: false, holds: Number.POSITIVE_INFINITY }

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
        holds: soonest(of),
      }
    }
  }
}

// --- pools --------------------------------------------------------------------------------------------------------

/** The members that health selects, as a policy; or else the rule for none. */
type Selection = {
  readonly policy: Policy
  readonly live: boolean
  readonly holds: number
  readonly from: 'members' | WhenDown
}

/** @param force the pool's own; a pool that is forced up and has no member up answers with all of them */
function ofPool(pool: Pool, members: readonly Member[], force: Override['force'] | undefined): Selection {
  const present = members.filter(({ state }) => state !== 'drained')
  const up = present.filter(({ state }) => state === 'up')
  const holds = soonest(members)
  const live = present.length > 0 && (force ? force === 'up' : up.length > 0 && isEnough(pool, up, present))
  if (present.length === 0 || !(live || pool.ignoreHealth)) {
    return { policy: NODATA, live, holds, from: fallbackMode(pool, present) }
  }
  const takesAll = pool.ignoreHealth || up.length === 0
  const left = takesAll ? candidates(pool, present) : survivors(pool, present)
  return { policy: select(pool, left), live, holds, from: 'members' }
}

/** Implements gdnsd's up_thresh: a part of the members, or of their weights if the selector reads weights. */
function isEnough({ minLive, select }: Pool, up: readonly Member[], present: readonly Member[]): boolean {
  const { weights } = SELECT[select]
  const sum = (of: readonly Member[]): number => sumOf(of.map(({ part }) => (weights ? part.weight : 1)))
  // 0.07 of 100 is 7: without the margin, rounding errors make it 8.
  return sum(up) >= Math.ceil(minLive * sum(present) - 1e-6)
}

function candidates(pool: Pool, members: readonly Member[]): Candidate[] {
  return members.map(({ index, part, policy, weight, load, rank = 0 }) => ({
    ...{ index, policy, group: part.group, key: part.key, rank },
    weight: pool.reported && weight !== undefined ? reportedWeight(weight) : part.weight,
    keep: keepOf(part, load),
  }))
}

/** Limits the weights that targets report: they may be any number. */
const reportedWeight = (weight: number): number => Math.min(MAX_WEIGHT, Math.max(0, Math.round(weight)))

/** Returns the members that are up, with the weights of those that are down if the pool hands them on. */
function survivors(pool: Pool, present: readonly Member[]): Candidate[] {
  const all = candidates(pool, present)
  if (pool.lost === 'spread') return all.filter((_, i) => present[i]?.state === 'up')
  const weights = all.map(({ weight }) => weight)
  present.forEach(({ state }, i) => {
    if (state === 'up') return
    for (let step = 1; step < present.length; step++) {
      const next = (i + step) % present.length
      if (present[next]?.state !== 'up') continue
      weights[next] = (weights[next] as number) + (all[i]?.weight ?? 0)
      break
    }
  })
  return all
    .map((candidate, i) => ({ ...candidate, weight: weights[i] as number }))
    .filter((_, i) => present[i]?.state === 'up')
}

/** Returns the share of queries that a loaded target keeps: all below `low`, none from `high` on. */
function keepOf({ shed }: PoolMember, load: number | undefined): number {
  if (!shed || load === undefined) return 1
  return Math.min(1, Math.max(0, (shed.high - load) / (shed.high - shed.low)))
}

// --- failover -----------------------------------------------------------------------------------------------------

/** The units that the queries of a failover are divided into, where load is shed. */
const SHARE_UNITS = 1000

/** A failover that is forced up and has no member up answers with its first. */
function ofFailover(failover: Failover, members: readonly Member[], force: Override['force'] | undefined): Selection {
  const present = members.filter(({ state }) => state !== 'drained')
  const shares: { readonly member: Member; share: number }[] = []
  let holds = Number.POSITIVE_INFINITY
  let left = SHARE_UNITS
  for (const member of members) {
    holds = Math.min(holds, member.holds)
    if (member.state !== 'up') continue
    const share = Math.round(left * keepOf(member.part, member.load))
    shares.push({ member, share })
    left -= share
    if (left === 0) break
  }
  const first = shares[0] ?? (force === 'up' && present[0] ? { member: present[0], share: 0 } : undefined)
  if (!first || (force && force !== 'up')) {
    return { policy: NODATA, live: false, holds, from: fallbackMode(failover, present) }
  }
  // The share that no member behind it takes over stays with the first.
  first.share += left
  const kept = (shares.length > 0 ? shares : [first]).filter(({ share }) => share > 0)
  const policies = kept.map(({ member }) => member.policy)
  const among = kept.map(({ member }) => member.index)
  const weights = kept.map(({ share }) => share)
  const policy: Policy =
    kept.length === 1
      ? (policies[0] as Policy)
      : { kind: 'weighted', members: policies, among, weights, total: SHARE_UNITS, count: 1 }
  return { policy, live: true, holds, from: 'members' }
}

// --- all down -----------------------------------------------------------------------------------------------------

/** Returns NODATA if every member is drained and there is no last resort. */
const fallbackMode = ({ whenDown }: Resolved, present: readonly Member[]): WhenDown =>
  present.length === 0 && whenDown !== 'last' ? 'nodata' : whenDown

/** Returns the answer for all members being down. Drained members stay out of it. */
function fallback(policy: Resolved, from: WhenDown, members: readonly Member[]): Policy {
  const present = members.filter(({ state }) => state !== 'drained')
  const whyDown = `nothing in ${policy.name} is up`
  switch (from) {
    case 'nodata':
      return NODATA
    case 'servfail':
      return { kind: 'fail', why: members.every(isUnknown) ? `nothing is known of ${policy.name} yet` : whyDown }
    case 'refused':
      return { kind: 'fail', why: whyDown, refused: true }
    case 'last':
      return policy.members.at(-1) as Policy
    case 'first':
      return present[0]?.policy ?? NODATA
    case 'all':
      if (present.length === 0) return NODATA
      return policy.kind === 'pool'
        ? select(policy, candidates(policy, present))
        : { kind: 'all', members: present.map((member) => member.policy) }
    default:
      return unreachable(from)
  }
}

// --- trace --------------------------------------------------------------------------------------------------------

function stepOf({ index, part, state, real, forced, stale, weight, load }: Member): MemberStep {
  return {
    ...{ member: index, state, real },
    ...(part.condition && nameOf(part.condition)),
    ...(part.datacenter !== undefined && { datacenter: part.datacenter }),
    ...(forced && { forced: forcedOf(forced) }),
    ...(stale && { stale: true as const }),
    ...(weight !== undefined && { weight }),
    ...(load !== undefined && { load }),
  }
}

function nameOf(condition: Condition): { check: string; target: string } {
  if (condition.kind !== 'every') return { check: condition.check, target: condition.target }
  const parts = condition.of.map(nameOf)
  const list = (field: 'check' | 'target') => [...new Set(parts.map((part) => part[field]))].join(', ')
  return { check: list('check'), target: list('target') }
}

const forcedOf = ({ force, by, why, until }: Override): ForcedStep => ({
  ...{ force, by, why },
  ...(until !== undefined && { until: new Date(until).toISOString() }),
})
