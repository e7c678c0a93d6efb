import type { Name, Rdata } from '../dns/query-path.ts'
import { type Decision, evaluate, type Rng, shuffled, Work } from '../policy/query-path.ts'
import type { Walking } from './asker.ts'
import { PolicyInput } from './policy-input.ts'
import type { NeedsZone } from './resolution.ts'
import type { PolicyRrset } from './zone.ts'

/** A decision about an rrset, or the zone that a script looked into and that has to be loaded first. */
export type Drawn = { readonly kind: 'drawn'; readonly decision: Decision } | NeedsZone

/** Decides what the rrsets on the way are answered with. The rules of the walk are the same for all deciders. */
export type Decider = {
  /**
   * @param walking as the zone of the rrset sees it
   * @param isFollowed true if the first record leads to another name, and any others count for nothing
   */
  decide(rrset: PolicyRrset, owner: Name, walking: Walking, isFollowed: boolean): Drawn
  /** Orders the addresses of an answer: clients take the first that they see. */
  order(addresses: readonly Rdata[]): readonly Rdata[]
}

/** Draws by chance, within the budget of one query. */
export class Draws implements Decider {
  private readonly random: Rng
  private work: Work | undefined
  /** By type and name, where an rrset may be asked for again: a reply has one draw of each. */
  private drawn: Map<string, Drawn> | undefined

  constructor(random: Rng) {
    this.random = random
  }

  /** Keeps what is drawn from now on, for further walks of the same reply. */
  keep(): void {
    this.drawn ??= new Map()
  }

  decide(rrset: PolicyRrset, owner: Name, walking: Walking): Drawn {
    const { drawn } = this
    if (!drawn) return this.evaluated(rrset, owner, walking)
    const id = `${rrset.type} ${owner.key}`
    const known = drawn.get(id)
    if (known) return known
    const draw = this.evaluated(rrset, owner, walking)
    if (draw.kind === 'drawn') drawn.set(id, draw)
    return draw
  }

  /** PowerDNS and gdnsd leave the order to chance too. */
  order(addresses: readonly Rdata[]): readonly Rdata[] {
    return shuffled(addresses, this.random)
  }

  private evaluated({ policy }: PolicyRrset, owner: Name, walking: Walking): Drawn {
    this.work ??= new Work()
    const input = new PolicyInput(walking, owner, this.work)
    const decision = evaluate(policy, input)
    return input.missing === undefined ? { kind: 'drawn', decision } : { kind: 'needs-zone', origin: input.missing }
  }
}
