import type { Forced, Health } from '../health/query-path.ts'
import { MAX_WEIGHT } from '../limits.ts'
import { unreachable } from '../result.ts'
import type { PoolMember, WhenDown } from './alternatives.ts'
import { NODATA } from './kinds/values.ts'
import { isUnknown, type MemberState, soonest } from './member-state.ts'
import { pacingOf } from './pacing.ts'
import { type Candidate, select } from './select.ts'
import { SELECT } from './selects.ts'
import type { OfKind, Policy, Resolved } from './types.ts'
import { sumOf } from './weights.ts'

type Pool = OfKind<Policy, 'pool'>
type Failover = OfKind<Policy, 'failover'>

/** The members that health selects, as a policy; or else the rule for none. */
type Selection = {
  readonly policy: Policy
  readonly live: boolean
  readonly validForSeconds: number
  readonly from: 'members' | WhenDown
}

/** @param force the pool's own; a pool that is forced up and has no member up answers with all of them */
export function selectOfPool(
  pool: Pool,
  members: readonly MemberState[],
  force: Forced['force'] | undefined,
): Selection {
  const present = members.filter(({ state }) => state !== 'drained')
  const up = present.filter(({ state }) => state === 'up')
  const validForSeconds = soonest(members)
  const live = present.length > 0 && (force ? force === 'up' : up.length > 0 && isEnough(pool, up, present))
  if (present.length === 0 || !(live || pool.ignoreHealth)) {
    return { policy: NODATA, live, validForSeconds, from: fallbackMode(pool, present) }
  }
  const takesAll = pool.ignoreHealth || up.length === 0
  const left = takesAll ? candidates(pool, present) : survivors(pool, present)
  return { policy: select(pool, left), live, validForSeconds, from: 'members' }
}

/** Implements gdnsd's up_thresh: a part of the members, or of their weights if the selector reads weights. */
function isEnough({ minLive, select }: Pool, up: readonly MemberState[], present: readonly MemberState[]): boolean {
  const { weights } = SELECT[select]
  const sum = (of: readonly MemberState[]): number => sumOf(of.map(({ part }) => (weights ? part.weight : 1)))
  // 0.07 of 100 is 7: without the margin, rounding errors make it 8.
  return sum(up) >= Math.ceil(minLive * sum(present) - 1e-6)
}

function candidates(pool: Pool, members: readonly MemberState[]): Candidate[] {
  return members.map(({ index, part, policy, weighed, weight, load, coming, rank = 0 }) => ({
    index,
    policy,
    group: part.group,
    key: part.key,
    rank,
    weight: weighed?.weight ?? (pool.reported && weight !== undefined ? reportedWeight(weight) : part.weight),
    keep: keepOf(part, load) * (coming?.keep ?? 1),
  }))
}

/** Limits the weights that targets report: they may be any number. */
const reportedWeight = (weight: number): number => Math.min(MAX_WEIGHT, Math.max(0, Math.round(weight)))

/** Returns the members that are up, with the weights of those that are down if the pool hands them on. */
function survivors(pool: Pool, present: readonly MemberState[]): Candidate[] {
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
export function selectOfFailover(
  failover: Failover,
  members: readonly MemberState[],
  force: Forced['force'] | undefined,
): Selection {
  const present = members.filter(({ state }) => state !== 'drained')
  const shares: { readonly member: MemberState; share: number }[] = []
  let validForSeconds = Number.POSITIVE_INFINITY
  let left = SHARE_UNITS
  for (const member of members) {
    validForSeconds = Math.min(validForSeconds, member.validForSeconds)
    if (member.state !== 'up') continue
    const share = Math.round(left * keepOf(member.part, member.load) * (member.coming?.keep ?? 1))
    shares.push({ member, share })
    left -= share
    if (left === 0) break
  }
  const first = shares[0] ?? (force === 'up' && present[0] ? { member: present[0], share: 0 } : undefined)
  if (!first || (force && force !== 'up')) {
    return { policy: NODATA, live: false, validForSeconds, from: fallbackMode(failover, present) }
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
  return { policy, live: true, validForSeconds, from: 'members' }
}

// --- all down -----------------------------------------------------------------------------------------------------

/** Returns NODATA if every member is drained and there is no last resort. */
const fallbackMode = ({ whenDown }: Resolved, present: readonly MemberState[]): WhenDown =>
  present.length === 0 && whenDown !== 'last' ? 'nodata' : whenDown

/** Returns the answer for all members being down. Drained members stay out of it. */
export function fallback(policy: Resolved, from: WhenDown, members: readonly MemberState[], health: Health): Policy {
  const known = from === 'last-known' ? pacingOf(policy)?.lastKnown(policy, members, health) : undefined
  const present = known ?? members.filter(({ state }) => state !== 'drained')
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
    case 'last-known':
      if (present.length === 0) return NODATA
      return policy.kind === 'pool'
        ? select(policy, candidates(policy, present))
        : { kind: 'all', members: present.map((member) => member.policy) }
    default:
      return unreachable(from)
  }
}
