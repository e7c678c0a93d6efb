import type { Condition, Override, Status } from '../health/index.ts'
import { MAX_WEIGHT } from '../limits.ts'
import type { Meter } from '../meter.ts'
import { unreachable } from '../result.ts'
import { membersFor } from './chosen.ts'
import { ranksOf } from './nearest.ts'
import { type Candidate, select } from './select.ts'
import { SELECT } from './selects.ts'
import { STEPS_A_MEMBER, stepsOf } from './steps.ts'
import type { AlternativesStep, ForcedStep, MemberStep, WhenDown } from './trace.ts'
import type { Failover, Input, Part, Policy, Pool } from './types.ts'

/** What a pool or a failover comes to while health is as it is. */
type Reduced = {
  /** What is left to be decided: by chance, or by the client. */
  readonly policy: Policy
  /** Whether what contains it may count on it: gdnsd's DOWN is the opposite. */
  readonly live: boolean
  /** Whether nothing has been measured of anything in it. */
  readonly unknown: boolean
  /** Whether it is as if it were not there: by hand, or because nothing of it is. */
  readonly drained: boolean
  /** Seconds until this can change at the earliest. */
  readonly holds: number
  readonly step: AlternativesStep
}

type Asked = Omit<Input, 'random' | 'work'>

/**
 * The one place where health decides. A pool becomes a choice among those that are up, in the words of the kinds that
 * know nothing of health: they are evaluated, and their chances computed, as ever.
 * @param meter is charged for the members; `UNMETERED` where no query waits
 */
export function reduce(policy: Pool | Failover, asked: Asked, meter: Meter): Reduced {
  // The steps are charged even if the result is cached: an answer does not depend on what was asked before.
  meter.chargeSteps(policy.parts.length * STEPS_A_MEMBER)
  if (policy.steeredInside) return reduced(policy, asked, meter)
  const { memo } = asked.health
  const known = memo.get(policy) as Reduced | undefined
  if (known) return known
  const made = reduced(policy, asked, meter)
  memo.set(policy, made)
  return made
}

function reduced(policy: Pool | Failover, asked: Asked, meter: Meter): Reduced {
  const members = inOrder(
    policy,
    policy.parts.map((part, i) => memberOf(policy, part, i, asked, meter)),
    asked,
  )
  const forced = asked.health.forced({ pool: policy.name })
  const made =
    policy.kind === 'pool' ? reducePool(policy, members, forced?.force) : reduceFailover(policy, members, forced?.force)
  const unknown = !forced && policy.failUnknown && members.every(isUnknown)
  const from = unknown ? 'servfail' : forced?.force === 'drained' ? 'nodata' : made.from
  const forcedFor = forced ? asked.health.holdsUntil(forced) : Number.POSITIVE_INFINITY
  return {
    policy: from === 'members' ? made.policy : whenDown(policy, from, members),
    live: made.live,
    unknown: !forced && members.every(isUnknown),
    drained: forced?.force === 'drained' || (from === 'nodata' && members.every(({ state }) => state === 'drained')),
    // What is forced up still answers with those of its members that are.
    holds: forced?.force === 'down' || forced?.force === 'drained' ? forcedFor : Math.min(forcedFor, made.holds),
    step: {
      step: policy.kind,
      pool: policy.name,
      members: members.map(stepOf),
      live: made.live,
      from,
      ...(forced && { forced: forcedOf(forced) }),
    },
  }
}

const isUnknown = ({ real, forced }: Member): boolean => real === 'unknown' && !forced

/** Where the place of the client counts, the nearest first. */
function inOrder(policy: Pool | Failover, members: readonly Member[], asked: Asked): readonly Member[] {
  if (policy.kind === 'failover' || !policy.nearest) return members
  const ranks = ranksOf(policy.nearest, asked)
  return members.map((member) => ({ ...member, rank: ranks[member.index] as number })).sort((a, b) => a.rank - b.rank)
}

// --- members ------------------------------------------------------------------------------------------------------

/** A member, and how it is. */
type Member = {
  readonly index: number
  readonly part: Part
  readonly policy: Policy
  readonly state: 'up' | 'down' | 'drained'
  readonly real: Status['real']
  readonly holds: number
  readonly forced: Override | undefined
  readonly stale: boolean
  readonly weight: number | undefined
  readonly load: number | undefined
  /** The same for members that are equally near; 0 where place does not count. */
  readonly rank?: number
}

/** As its check says, if it has one, and as what is inside it is. */
function memberOf({ name, members }: Pool | Failover, part: Part, index: number, asked: Asked, meter: Meter): Member {
  const policy = members[index] as Policy
  const { health } = asked
  const forced = part.datacenter === undefined ? undefined : health.forced({ pool: name, datacenter: part.datacenter })
  const status = part.condition && health.status(part.condition)
  const inner = liveness(policy, asked, meter)
  const seen = {
    ...{ index, part, policy, stale: status?.stale ?? false, weight: status?.weight, load: status?.load },
    real: status?.real ?? (inner.unknown ? 'unknown' : inner.live ? 'up' : 'down'),
  } as const
  // A forced datacenter hides what is in it: its state, and its say in the TTL.
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

/** Members may be more than a call takes arguments. */
const soonest = (of: readonly { readonly holds: number }[]): number =>
  of.reduce((least, { holds }) => Math.min(least, holds), Number.POSITIVE_INFINITY)

type Liveness = Pick<Reduced, 'live' | 'unknown' | 'drained' | 'holds'>

const ALIVE: Liveness = { live: true, unknown: false, drained: false, holds: Number.POSITIVE_INFINITY }

/** Whether something can answer. What has no health is alive; a view that matches nobody is not. */
function liveness(policy: Policy, asked: Asked, meter: Meter): Liveness {
  switch (policy.kind) {
    case 'values':
    // What a script gives is known when it has run, which is when it is asked for.
    case 'script':
      return ALIVE
    case 'fail':
      return { ...ALIVE, live: false }
    case 'pool':
    case 'failover':
      return reduce(policy, asked, meter)
    default: {
      const members = membersFor(policy, asked)
      meter.chargeSteps(stepsOf(policy) + members.length * STEPS_A_MEMBER)
      const of = members.map((member) => liveness(member, asked, meter))
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

type Made = {
  readonly policy: Policy
  readonly live: boolean
  readonly holds: number
  readonly from: 'members' | WhenDown
}

/** @param force of the pool as a whole; a pool that is forced up and has nothing up gives out what it has */
function reducePool(pool: Pool, members: readonly Member[], force: Override['force'] | undefined): Made {
  const present = members.filter(({ state }) => state !== 'drained')
  const up = present.filter(({ state }) => state === 'up')
  const holds = soonest(members)
  const live = present.length > 0 && (force ? force === 'up' : up.length > 0 && isEnough(pool, up, present))
  if (present.length === 0 || !(live || pool.ignoreHealth)) {
    return { policy: NOTHING, live, holds, from: insteadOf(pool, present) }
  }
  const everybody = pool.ignoreHealth || up.length === 0
  const left = everybody ? candidates(pool, present) : survivors(pool, present)
  return { policy: select(pool, left), live, holds, from: 'members' }
}

const NOTHING: Policy = { kind: 'values', rdatas: [] }

/** gdnsd's up_thresh: of the members, or of the weights where they have a say. */
function isEnough({ minLive, select }: Pool, up: readonly Member[], present: readonly Member[]): boolean {
  const { weights } = SELECT[select]
  const sum = (of: readonly Member[]): number => of.reduce((total, { part }) => total + (weights ? part.weight : 1), 0)
  // 0.07 of 100 is 7, and not the 8 that rounding errors make of it.
  return sum(up) >= Math.ceil(minLive * sum(present) - 1e-6)
}

function candidates(pool: Pool, members: readonly Member[]): Candidate[] {
  return members.map(({ index, part, policy, weight, load, rank = 0 }) => ({
    ...{ index, policy, group: part.group, key: part.key, rank },
    weight: pool.reported && weight !== undefined ? reportedWeight(weight) : part.weight,
    keep: keepOf(part, load),
  }))
}

/** What targets say of themselves may be anything. */
const reportedWeight = (weight: number): number => Math.min(MAX_WEIGHT, Math.max(0, Math.round(weight)))

/** Those that are up, with the weights of those that are not where the pool hands them on. */
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
  return all.map((one, i) => ({ ...one, weight: weights[i] as number })).filter((_, i) => present[i]?.state === 'up')
}

/** The share of queries that a loaded target keeps: all below `low`, none from `high` on. */
function keepOf({ shed }: Part, load: number | undefined): number {
  if (!shed || load === undefined) return 1
  return Math.min(1, Math.max(0, (shed.high - load) / (shed.high - shed.low)))
}

// --- failover -----------------------------------------------------------------------------------------------------

/** Parts of a query in a thousand, where load is shed. */
const PARTS = 1000

/** A failover that is forced up and has nothing up gives out its first. */
function reduceFailover(failover: Failover, members: readonly Member[], force: Override['force'] | undefined): Made {
  const present = members.filter(({ state }) => state !== 'drained')
  const shares: { readonly member: Member; share: number }[] = []
  let holds = Number.POSITIVE_INFINITY
  let left = PARTS
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
    return { policy: NOTHING, live: false, holds, from: insteadOf(failover, present) }
  }
  // What nobody behind it takes over stays with the first.
  first.share += left
  const kept = (shares.length > 0 ? shares : [first]).filter(({ share }) => share > 0)
  const policies = kept.map(({ member }) => member.policy)
  const among = kept.map(({ member }) => member.index)
  const weights = kept.map(({ share }) => share)
  const policy: Policy =
    kept.length === 1
      ? (policies[0] as Policy)
      : { kind: 'weighted', members: policies, among, weights, total: PARTS, count: 1 }
  return { policy, live: true, holds, from: 'members' }
}

// --- all down -----------------------------------------------------------------------------------------------------

/** Where nothing is left that could be given out nevertheless, there is nothing to answer. */
const insteadOf = ({ whenDown }: Pool | Failover, present: readonly Member[]): WhenDown =>
  present.length === 0 && whenDown !== 'last' ? 'nodata' : whenDown

/** What was taken out by hand stays out, whatever is down. */
function whenDown(policy: Pool | Failover, from: WhenDown, members: readonly Member[]): Policy {
  const present = members.filter(({ state }) => state !== 'drained')
  const whyDown = `nothing in ${policy.name} is up`
  switch (from) {
    case 'nodata':
      return NOTHING
    case 'servfail':
      return { kind: 'fail', why: members.every(isUnknown) ? `nothing is known of ${policy.name} yet` : whyDown }
    case 'refused':
      return { kind: 'fail', why: whyDown, refused: true }
    case 'last':
      return policy.members.at(-1) as Policy
    case 'first':
      return present[0]?.policy ?? NOTHING
    case 'all':
      if (present.length === 0) return NOTHING
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
