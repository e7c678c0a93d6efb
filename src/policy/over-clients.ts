import type { GeoPartition } from '../geo/query-path.ts'
import { UNMETERED } from '../meter.ts'
import { addressBits } from '../net/index.ts'
import { isDeterministic } from './deterministic.ts'
import type { ConsistentHashed } from './kinds/consistent-hashed.ts'
import { choose } from './kinds/index.ts'
import type { WeightedHashed } from './kinds/weighted-hashed.ts'
import { locateFor } from './location.ts'
import { contains, membersOf } from './policy-tree.ts'
import { resolvePool } from './resolve-pool.ts'
import { SELECT } from './selects.ts'
import type { Deterministic, Drawn, OfKind, Policy, Resolved, Script, UndrawnInput } from './types.ts'

/** The choices by a hash of the client's address. */
type Hashed =
  | OfKind<Policy, 'hashed'>
  | ConsistentHashed<Policy>
  | (WeightedHashed<Policy> & { readonly kind: 'weighted-hashed' })

const isHashed = (policy: Policy): policy is Hashed =>
  policy.kind === 'hashed' || policy.kind === 'weighted-hashed' || isRing(policy)

/** No other kind has points of a ring. */
const isRing = (policy: Policy): policy is ConsistentHashed<Policy> => 'points' in policy

const draws = new WeakMap<Hashed, Drawn>()

/**
 * Returns a choice by a hash of the client's address as a draw: with the chance of each member over all clients, since
 * a hash is as good as chance. Any other policy is returned as it is.
 */
export function overClients(policy: Policy): Policy {
  if (policy.kind === 'by-client') return overClients(policy.over)
  if (!isHashed(policy)) return policy
  const cached = draws.get(policy)
  if (cached) return cached
  const drawn = drawOf(policy)
  draws.set(policy, drawn)
  return drawn
}

function drawOf(policy: Hashed): Drawn {
  const { members } = policy
  if (policy.kind === 'hashed') return { kind: 'random', members, count: 1 }
  const weights = isRing(policy) ? arcs(policy, members.length) : policy.weights
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return { kind: 'weighted', members, weights, total, count: 1 }
}

/** Returns the number of hashes of 32 bits for which the ring leads to each member. */
function arcs({ points, owners }: ConsistentHashed<Policy>, members: number): number[] {
  const sums = new Array<number>(members).fill(0)
  let from = (points.at(-1) ?? 0) - 2 ** 32
  points.forEach((point, i) => {
    const owner = owners[i] as number
    sums[owner] = (sums[owner] ?? 0) + point - from
    from = point
  })
  return sums
}

/** The choices by a network, by a place, or by a map of datacenters. */
export type Table = Extract<Deterministic, { readonly branches: unknown } | { readonly orders: unknown }>

const isTable = (policy: Deterministic): policy is Table => 'branches' in policy || 'orders' in policy

/** A choice that the client decides: a member by a table, an order by distance, or by its whole address. */
export type ClientChoice =
  | { readonly by: 'table'; readonly policy: Table; readonly member: Policy }
  | { readonly by: 'distance'; readonly policy: OfKind<Policy, 'pool'>; readonly order: string }
  | { readonly by: 'address' | 'code'; readonly policy: Policy }

/** The choices that the client decides, but for hashes of its address, which count as chance. */
export type Reach = {
  /** The shortest prefix length, in bits of the client's family, whose clients all get the same choices. */
  readonly scope: number
  /** The same for clients with the same choices; undefined if only a run of a script tells. */
  readonly path: string | undefined
  /** The number of choices by a hash. Several of one client are not independent. */
  readonly hashes: number
  /** The number of policies that were visited. */
  readonly steps: number
  /** Each choice on the way, hashes included: `branchText` tells them. */
  readonly choices: readonly ClientChoice[]
}

/** @param scopeOf returns the scope of what a script reads, for this client */
export function reachOf(policy: Policy, input: UndrawnInput, scopeOf: (script: Script) => number): Reach {
  const walk = new ReachWalk(input, scopeOf)
  walk.visit(policy)
  const { scope, path, hashes, steps, choices } = walk
  return { scope, path: path?.join(), hashes, steps, choices }
}

/** Visits every member that chance, health or a hash may choose: those that are down, too. */
class ReachWalk {
  scope = 0
  path: string[] | undefined = []
  hashes = 0
  steps = 0
  readonly choices: ClientChoice[] = []
  private readonly input: UndrawnInput
  private readonly scopeOf: (script: Script) => number

  constructor(input: UndrawnInput, scopeOf: (script: Script) => number) {
    this.input = input
    this.scopeOf = scopeOf
  }

  visit(policy: Policy): void {
    const { input } = this
    this.steps++
    if (policy.kind === 'values' || policy.kind === 'fail') return
    if (isHashed(policy)) this.addHash(policy)
    else if (isDeterministic(policy)) {
      const { member, scope } = choose(policy, input)
      // A hash of the queried name is the same for all clients.
      if (isTable(policy)) this.choices.push({ by: 'table', policy, member })
      this.add(scope, `#${numberOf(member)}`)
      return this.visit(member)
    }
    if (policy.kind === 'shift' && policy.at(input, UNMETERED, undefined).isByClient) this.addHash(policy)
    if (policy.kind === 'script') {
      const scope = this.scopeOf(policy)
      this.add(scope, '')
      if (policy.usesClients || policy.usesPlaces) this.choices.push({ by: 'code', policy })
      // A call may hash the address, although the code reads nothing of it.
      const readsAll = scope === addressBits(input.client.family)
      if (policy.usesClients || policy.usesPlaces || readsAll) this.path = undefined
    }
    if (policy.kind === 'pool') {
      if (policy.nearest) {
        const { scope, outcome } = locateFor(policy.nearest.division, input)
        this.add(scope, String(outcome))
        this.choices.push({ by: 'distance', policy, order: String(outcome) })
      }
      if (SELECT[policy.select].byClient) this.addHash(policy)
    }
    if ((policy.kind === 'pool' || policy.kind === 'failover') && policy.pacing) this.visitPassing(policy)
    // The states of such members depend on what the hash of this client chooses.
    if ((policy.kind === 'pool' || policy.kind === 'failover') && policy.members.some(hashesInside)) {
      this.add(addressBits(input.client.family), '')
      this.path = undefined
    }
    for (const member of membersOf(policy)) this.visit(member)
  }

  /** Clients that a member passes on are hashed, and where distances are known, their location decides, too. */
  private visitPassing(policy: Resolved): void {
    const { input } = this
    const isHashed = policy.kind === 'pool' && SELECT[policy.select].byClient
    // The choice by a hash is counted. The other hash of a client, that decides if it is passed on, is independent.
    if (isHashed || !contains(resolvePool(policy, input, UNMETERED).policy, isByClient)) return
    this.addHash(policy)
    if (policy.kind === 'pool' ? !policy.nearest : !policy.whole) return
    const { scope, outcome } = locateFor(BY_COORDINATES, input)
    this.add(scope, String(outcome))
  }

  private addHash(policy: Policy): void {
    this.hashes++
    this.choices.push({ by: 'address', policy })
  }

  private add(scope: number, choice: string): void {
    this.scope = Math.max(this.scope, scope)
    this.path?.push(choice)
  }
}

const isByClient = ({ kind }: Policy): boolean => kind === 'by-client'

/** Clients at the same coordinates are equally far from everything. */
const BY_COORDINATES: GeoPartition = {
  id: 'coordinates',
  reads: new Set(['latitude', 'longitude']),
  outcome: ({ latitude, longitude }) => `at ${latitude} ${longitude}`,
}

/** True if the state of a member may depend on a hash: a choice among policies that have states. */
const hashesInside = (policy: Policy): boolean =>
  contains(policy, (one) => isHashed(one) && one.members.some((member) => contains(member, hasState)))

const hasState = ({ kind }: Policy): boolean => kind === 'fail' || kind === 'pool' || kind === 'failover'

const numbers = new WeakMap<Policy, number>()
let last = 0

/** Returns a number for a policy, the same one each time. */
function numberOf(policy: Policy): number {
  const known = numbers.get(policy)
  if (known !== undefined) return known
  numbers.set(policy, ++last)
  return last
}
