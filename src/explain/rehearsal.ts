import { Health, type LiveOverride } from '../health/index.ts'
import { UNMETERED } from '../meter.ts'
import {
  isAlternatives,
  membersOf,
  overClients,
  type Policy,
  type Resolved,
  resolvePool,
  type UndrawnInput,
} from '../policy/index.ts'
import type { LocalZone, Zone } from '../zone/index.ts'
import { type Chance, NEVER } from './chance.ts'
import { probabilities } from './probability.ts'

/** A pool or failover before an override and with it. Members count from 0, in the zone's order. */
export type Rehearsal = {
  readonly pool: string
  /** True if members answered before, and none does with the override. */
  readonly isEmptied: boolean
  readonly members: readonly {
    readonly name: string
    readonly before: Share
    readonly after: Share
  }[]
}

/** The chance that an answer has a member, over chance and over all clients; null if that is not known. */
type Share = { readonly state: 'up' | 'down' | 'drained'; readonly chance: Chance }

/** Returns the pools of zones for which an override changes the state, or the share, of a member. */
export function rehearse(zones: readonly LocalZone[], before: Health, after: Health): readonly Rehearsal[] {
  const found: Rehearsal[] = []
  for (const { pool, guard } of poolsOf(zones)) {
    const seen = (health: Health) => seenIn(pool, guard?.over(health) ?? health)
    const [was, is] = [seen(before), seen(after)]
    const members = pool.parts.map((_, i) => ({
      name: is.names[i] as string,
      before: was.shares[i] as Share,
      after: is.shares[i] as Share,
    }))
    const isEmptied = was.answers && !is.answers
    if (isEmptied || members.some((member) => !areSame(member.before, member.after))) {
      found.push({ pool: pool.name, isEmptied, members })
    }
  }
  return found
}

/** Returns health at another time, as if each vantage point still confirmed the states of now. */
export function confirmedAt(
  { vantages, overrides, platform }: Health,
  at: number,
  forced: readonly LiveOverride[] = overrides,
): Health {
  const confirmed = vantages.map((vantage) => ({ ...vantage, at: Math.max(vantage.at, at) }))
  return new Health(confirmed, forced, at, platform)
}

/** The pools and failovers of zones. A map of datacenters counts as the failover in the order of the map. */
function poolsOf(zones: readonly LocalZone[]): readonly { readonly pool: Resolved; readonly guard: Zone['guard'] }[] {
  const pools: { pool: Resolved; guard: Zone['guard'] }[] = []
  const add = (policy: Policy, guard: Zone['guard']): void => {
    if (isAlternatives(policy))
      pools.push({ pool: policy.kind === 'pool' ? policy : { ...policy, kind: 'failover' }, guard })
    for (const member of membersOf(policy)) add(member, guard)
  }
  for (const { names, guard } of zones) {
    for (const { rrsets } of names.all()) for (const { policy } of rrsets) add(policy, guard)
  }
  return pools
}

/** The client is nobody in particular: shares are over all clients. */
const NOBODY = { client: { family: 1, bytes: new Uint8Array(4) }, name: '' } as const

function seenIn(pool: Resolved, health: Health) {
  const input: UndrawnInput = { ...NOBODY, health }
  const { members, policy, from } = resolvePool(pool, input, UNMETERED)
  const markers = new Map<Policy, Policy>(
    pool.parts.map((_, i) => [
      pool.members[i] as Policy,
      { kind: 'values', rdatas: [{ text: String(i), bytes: new Uint8Array(), names: [] }] },
    ]),
  )
  // Distance depends on the client.
  const isKnown = !('nearest' in pool)
  const { records } = probabilities(policy, input, 'all', (one) => markers.get(one) ?? overClients(one))
  const shares = new Array<Share>(pool.parts.length)
  const names = new Array<string>(pool.parts.length)
  for (const { index, state, part } of members) {
    const share = records.get(String(index))
    shares[index] = { state, chance: isKnown ? (share ?? NEVER) : null }
    const target = part.condition && part.condition.kind !== 'every' ? part.condition.target : undefined
    names[index] = [part.datacenter, target].filter((text) => text !== undefined).join(' ') || `member ${index + 1}`
  }
  return { answers: from === 'members', shares, names }
}

const areSame = (a: Share, b: Share): boolean =>
  a.state === b.state && (a.chance === null ? b.chance === null : b.chance !== null && a.chance.equals(b.chance))
