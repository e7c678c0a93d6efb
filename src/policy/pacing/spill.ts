import { coordinatesOf, greatCircleKm } from '../../geo/query-path.ts'
import type { Status } from '../../health/query-path.ts'
import { SPILL_TTL_SECONDS } from '../../limits.ts'
import type { LoadRule, PoolMember } from '../alternatives.ts'
import { locateFor } from '../location.ts'
import type { MemberState } from '../member-state.ts'
import { ranksOf } from '../nearest.ts'
import { SELECT } from '../selects.ts'
import type { Policy, Resolved, UndrawnInput } from '../types.ts'
import { type Distances, placeAmong } from './detour.ts'
import { byChance, byHash, byOrder, type Place, receiversOf } from './pass-on.ts'
import { excessOf, type Loaded, type Passed, roomOf, type Spread, spread } from './spread.ts'

/** A member that is up, and what is known of its load. */
type Up = { readonly member: MemberState; readonly load: Loaded | undefined }

/**
 * Passes clients on from members above the target of their load. The answers of such a member become a choice between
 * its own and those of the others.
 */
export function withSpill(
  policy: Resolved,
  members: readonly MemberState[],
  input: UndrawnInput,
): readonly MemberState[] {
  if (!members.some(({ part }) => part.pace?.load)) return members
  const up = members
    .filter(({ state }) => state === 'up')
    .map((member): Up => ({ member, load: loadOf(member.part, statusOf(member.part, input)) }))
  const loads = up.map(({ member, load }) => load && withRamp(load, member))
  const spreads = spread(
    loads,
    isInTurn(policy) ? 'in-turn' : 'by-room',
    up.map(({ member }) => member.part.weight),
  )
  const isSpilling = spreads.some(({ kept }) => kept < 1)
  const passing = new Map(up.map((one, i) => [one.member.index, { ...one, spread: spreads[i] as Spread, i }]))
  return members.map((member) => {
    const own = passing.get(member.index)
    const validForSeconds = isSpilling ? Math.min(member.validForSeconds, SPILL_TTL_SECONDS) : member.validForSeconds
    if (!own?.load) return { ...member, validForSeconds }
    const { kept, received } = own.spread
    const { keep = 1, step } = member.coming ?? {}
    const { offered, target, capacity } = own.load
    const spill = { offered, target, capacity, kept: rounded(kept), received: rounded(received) }
    const passedOn = kept < 1 ? passOn(policy, up, loads, own.i, own.spread, input) : member.policy
    return { ...member, validForSeconds, policy: passedOn, coming: { keep, step: { ...step, spill } } }
  })
}

const rounded = (value: number): number => Number(value.toFixed(4))

const statusOf = ({ condition }: PoolMember, { health }: UndrawnInput): Status | undefined =>
  condition && health.status(condition)

/** Returns what is known of a member's load; undefined if it is not to be followed, or nothing is reported. */
function loadOf({ pace }: PoolMember, status: Status | undefined): Loaded | undefined {
  const limits = limitsOf(pace?.load, status)
  const offered = status?.offered?.load ?? status?.load
  if (!limits || offered === undefined) return undefined
  return { offered, ...limits, load: status?.load ?? 0, has: status?.offered?.received ?? 0 }
}

function limitsOf(rule: LoadRule | undefined, status: Status | undefined) {
  const limits = rule === 'reported' ? status?.limits : rule
  // Reports of applications may be anything: without a target above 0 nothing could be kept.
  if (!limits || limits.target <= 0) return undefined
  return { target: limits.target, capacity: Math.max(limits.target, limits.capacity) }
}

/** A member that comes back has as much less room. */
const withRamp = (load: Loaded, { coming }: MemberState): Loaded => ({
  ...load,
  capacity: load.offered + Math.max(0, load.capacity - load.offered) * Math.min(1, coming?.keep ?? 1),
})

/** The levels of a failover, and members that are taken in turn, pass clients on to those behind them. */
const isInTurn = (policy: Resolved): boolean =>
  policy.kind === 'failover' ? policy.whole === undefined : policy.select === 'first'

function passOn(
  policy: Resolved,
  up: readonly Up[],
  loads: readonly (Loaded | undefined)[],
  at: number,
  { passed }: Spread,
  input: UndrawnInput,
): Policy {
  const memberAt = (i: number) => (up[i] as Up).member
  const own = memberAt(at)
  const text = `${policy.name} ${own.part.key || (own.part.datacenter ?? own.index)}`
  if (isInTurn(policy)) return byOrder(own, receiversOf(passed, memberAt), text, undefined)
  const order = orderOf(policy, up, input)
  if (order) {
    const flows = alongOrder(order, at, quotasFor(policy, loads, at, input), loads[at] as Loaded)
    return byOrder(own, receiversOf(flows, memberAt), text, placeOf(policy, up, at, flows, input))
  }
  const receivers = receiversOf(passed, memberAt)
  const isByClient = policy.kind === 'pool' && SELECT[policy.select].byClient
  return isByClient ? byHash(own, receivers, text) : byChance(own, receivers)
}

/** Returns the members that are up as the client has them, the nearest first; undefined if distance does not count. */
function orderOf(policy: Resolved, up: readonly Up[], input: UndrawnInput): readonly number[] | undefined {
  const numbers = up.map((_, i) => i)
  // A map has put them in order.
  if (policy.kind === 'failover') return numbers
  if (!policy.nearest) return undefined
  const ranks = ranksOf(policy.nearest, input)
  const rankOf = (i: number): number => ranks[(up[i] as Up).member.index] ?? Number.POSITIVE_INFINITY
  return numbers.sort((a, b) => rankOf(a) - rankOf(b) || a - b)
}

/**
 * Returns the load that may go from one member to each. Several may have clients who go on to the same one: its room is
 * divided by what each has to pass on, so that it is enough wherever clients are.
 */
function quotasFor(
  policy: Resolved,
  loads: readonly (Loaded | undefined)[],
  at: number,
  input: UndrawnInput,
): readonly number[] {
  const excesses = loads.map(excessOf)
  const own = excesses[at] as number
  const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0)
  const others = policy.kind === 'failover' && policy.whole ? sum(excessesOf(policy.whole.parts, input)) : 0
  const part = own / Math.max(sum(excesses), others)
  return loads.map((load, i) => (i === at ? 0 : roomOf(load, excesses[i] as number) * part))
}

/** Returns what each datacenter of a map has to pass on. */
const excessesOf = (parts: readonly PoolMember[], input: UndrawnInput): readonly number[] =>
  parts.map((part) => {
    const status = statusOf(part, input)
    return status?.state === 'up' ? excessOf(loadOf(part, status)) : 0
  })

/** Returns the parts that go on to the members in the order of a client. */
function alongOrder(order: readonly number[], at: number, quotas: readonly number[], load: Loaded): readonly Passed[] {
  let rest = excessOf(load)
  return order.flatMap((to) => {
    const taken = to === at ? 0 : Math.min(rest, quotas[to] as number)
    rest -= taken
    return taken > 0 ? [{ to, part: taken / load.offered }] : []
  })
}

/** Returns how near a client is to the next member, among all clients of its own; undefined if nobody knows. */
function placeOf(
  policy: Resolved,
  up: readonly Up[],
  at: number,
  flows: readonly Passed[],
  input: UndrawnInput,
): Place | undefined {
  const indexAt = (i: number): number => {
    const { index } = (up[i] as Up).member
    return policy.kind === 'failover' ? (policy.whole?.order[index] as number) : index
  }
  const division = policy.kind === 'failover' ? policy.whole?.division : policy.nearest?.division
  const distances = distancesOf(policy)
  if (!division || !distances) return undefined
  const { place } = locateFor(division, input)
  const members = { own: indexAt(at), receivers: flows.map(({ to }) => indexAt(to)), up: up.map((_, i) => indexAt(i)) }
  return placeAmong(place, input.places?.database, distances, members)
}

function distancesOf(policy: Resolved): Distances | undefined {
  if (policy.kind === 'pool') return policy.nearest?.distances
  const { whole } = policy
  if (!whole?.coordinates.some((known) => known)) return undefined
  const known = byMap.get(whole.coordinates)
  if (known) return known
  const distances: Distances = (place) => {
    const from = coordinatesOf(place)
    return whole.coordinates.map((to) => from && to && greatCircleKm(from, to))
  }
  byMap.set(whole.coordinates, distances)
  return distances
}

const byMap = new WeakMap<object, Distances>()
