import { addressBits } from '../../net/index.ts'
import { burtle } from '../hash.ts'
import type { ByClient } from '../kinds/by-client.ts'
import { type Candidate, select } from '../select.ts'
import type { OfKind, Policy } from '../types.ts'

type Pool = OfKind<Policy, 'pool'>

/** The units in which a part of the clients is counted. */
const UNITS = 1000

/**
 * Returns the choice of a pool by a hash, in which members come back: a client has such a member in its choice if the
 * hash of both is below the member's share. The share only grows, so that each client takes the member in once.
 */
export function admitted(pool: Pool, candidates: readonly Candidate[]): Policy {
  const coming = candidates.filter(({ keep }) => keep < 1)
  const decided = (out: readonly Candidate[]): Policy => {
    const left = candidates.filter((one) => !out.includes(one)).map((one) => ({ ...one, keep: 1 }))
    // A client for whom no member is in goes by all of them.
    return select(pool, left.length > 0 ? left : candidates.map((one) => ({ ...one, keep: 1 })))
  }
  const from = (next: number, out: readonly Candidate[]): Policy => {
    const candidate = coming[next]
    if (!candidate) return decided(out)
    return new Admission(
      `${pool.name} ${candidate.key || candidate.index}`,
      Math.max(1, Math.round(candidate.keep * UNITS)),
      () => from(next + 1, out),
      () => from(next + 1, [...out, candidate]),
    )
  }
  return from(0, [])
}

/** Splits the clients in two by a hash of each with a text. Most of the choices that could follow are never made. */
class Admission implements ByClient<Policy> {
  readonly kind = 'by-client'
  private readonly text: Uint8Array
  private readonly share: number
  private readonly made: [inside?: Policy, outside?: Policy] = []
  private readonly make: readonly [inside: () => Policy, outside: () => Policy]

  constructor(text: string, share: number, inside: () => Policy, outside: () => Policy) {
    this.text = new TextEncoder().encode(text)
    this.share = share
    this.make = [inside, outside]
  }

  get members(): readonly Policy[] {
    return [this.member(0), this.member(1)]
  }

  get over(): Policy {
    const weights = [this.share, UNITS - this.share]
    return { kind: 'weighted', members: this.members, weights, total: UNITS, count: 1 }
  }

  choose({ client }: Parameters<ByClient<Policy>['choose']>[0]): ReturnType<ByClient<Policy>['choose']> {
    const octets = new Uint8Array(client.bytes.length + this.text.length)
    octets.set(client.bytes)
    octets.set(this.text, client.bytes.length)
    const isInside = burtle(octets) % UNITS < this.share
    return { member: this.member(isInside ? 0 : 1), scope: addressBits(client.family) }
  }

  private member(at: 0 | 1): Policy {
    const member = this.made[at] ?? this.make[at]()
    this.made[at] = member
    return member
  }
}
