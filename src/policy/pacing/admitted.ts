import { addressBits } from '../../net/index.ts'
import type { PoolMember } from '../alternatives.ts'
import { burtle } from '../hash.ts'
import type { ByClient } from '../kinds/by-client.ts'
import { nextPoint, type Ring } from '../ring.ts'
import { type Candidate, ringOf, select } from '../select.ts'
import { SELECT } from '../selects.ts'
import { STEPS_A_SEARCH } from '../steps.ts'
import type { OfKind, Policy } from '../types.ts'
import { UNITS, weightsOverClients } from './admission-weights.ts'

type Pool = OfKind<Policy, 'pool'>

/**
 * Returns the choice of a pool by a hash, in which members come back: a client has such a member in its choice if the
 * hash of both is below the member's share. The share only grows, so that each client takes the member in once.
 */
export const admitted = (pool: Pool, candidates: readonly Candidate[]): Policy => new Admission(pool, candidates)

class Admission implements ByClient<Policy> {
  readonly kind = 'by-client'
  private readonly pool: Pool
  private readonly candidates: readonly Candidate[]
  /** The ring of all candidates, whose owners are numbers of them. */
  private readonly ring: Ring | undefined
  /**
   * For each candidate its text, which is hashed behind the client's address, and the hashes of 1000 that are let in.
   */
  private readonly rules: readonly (Rule | undefined)[]
  private draw: Policy | undefined

  constructor(pool: Pool, candidates: readonly Candidate[]) {
    this.pool = pool
    this.candidates = candidates.map((one) => ({ ...one, keep: 1 }))
    const indices = candidates.map(({ index }) => index)
    this.ring = pool.ring && ringOf(pool, pool.ring, indices)
    this.rules = candidates.map(({ keep, key, index }) =>
      keep < 1
        ? {
            text: new TextEncoder().encode(`${pool.name} ${key || index}`),
            share: Math.max(1, Math.round(keep * UNITS)),
          }
        : undefined,
    )
  }

  get members(): readonly Policy[] {
    return this.candidates.map(({ policy }) => policy)
  }

  get over(): Policy {
    this.draw ??= this.overClients()
    return this.draw
  }

  private overClients(): Policy {
    const { candidates, members, ring } = this
    const exact = weightsOverClients(
      candidates.map(({ weight }, i) => ({ weight, share: this.rules[i]?.share ?? UNITS })),
      ring ?? SELECT[this.pool.select].weights,
    )
    // Nobody draws by these weights: chances are computed with the exact ones.
    return { kind: 'weighted', members, weights: members.map(() => 1), total: members.length, count: 1, exact }
  }

  choose({ client, work }: Parameters<ByClient<Policy>['choose']>[0]): ReturnType<ByClient<Policy>['choose']> {
    work?.chargeSteps(STEPS_A_SEARCH * this.rules.filter((rule) => rule !== undefined).length)
    const inside = this.rules.map((rule) => rule === undefined || isInside(rule, client.bytes))
    // A client that no member admits chooses among all of them.
    const left = inside.includes(true) ? this.candidates.filter((_, i) => inside[i]) : this.candidates
    const member = this.ring
      ? onRing(this.pool, this.ring, this.candidates, left, client.bytes)
      : select(this.pool, left)
    return { member, scope: addressBits(client.family) }
  }
}

type Rule = { readonly text: Uint8Array; readonly share: number }

function isInside({ text, share }: Rule, client: Uint8Array): boolean {
  const octets = new Uint8Array(client.length + text.length)
  octets.set(client)
  octets.set(text, client.length)
  return burtle(octets) % UNITS < share
}

/**
 * Returns the choice by the ring among the members that are left, as `select` makes it, with no more of the ring than
 * the point of this client: a ring may have 100,000 points, and each client has members of its own.
 */
function onRing(
  pool: Pool,
  { points, owners }: Ring,
  all: readonly Candidate[],
  left: readonly Candidate[],
  client: Uint8Array,
): Policy {
  const numbers = new Map(left.map((one, i) => [one, i]))
  const first = nextPoint(points, burtle(client))
  for (let step = 0; ; step++) {
    const at = (first + step) % points.length
    const owner = numbers.get(all[owners[at] as number] as Candidate)
    if (owner === undefined) continue
    const ring = { points: Uint32Array.of(points[at] as number), owners: Uint32Array.of(owner) }
    return select({ ...pool, parts: left.map(({ index }) => pool.parts[index] as PoolMember), ring }, left)
  }
}
