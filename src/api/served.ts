import type { KeySet } from '../dnssec/index.ts'
import type { AskedCheck } from '../health/index.ts'
import type { SubnetTrust } from '../net/index.ts'
import type { Result } from '../result.ts'
import type { Needs, Sources, ZoneEntry } from '../store/index.ts'

/** The published zones, as this isolate answers from them. */
export type Served = {
  /**
   * Asks a question that takes many look-ups. What it looks for is loaded, and it is asked again until all of it is
   * there.
   * @param ask has no effects
   * @param needs what is needed although no zone that is looked at may need it
   * @returns an error if storage does not give out what is needed
   */
  ask<T>(ask: (sources: Sources) => T, needs?: Needs): Promise<Result<T>>
  /** The names of agents, which checks may name. */
  readonly agents: readonly string[]
  /** True if upstream servers are named, who are asked for names outside the zones. */
  readonly asksUpstreams: boolean
  /** The connections whose Client Subnet options are believed, where the zone does not set it. */
  readonly clientSubnet: SubnetTrust
  /** Returns what the catalog says of the published zones; an error if it cannot be read. */
  published(): Promise<Result<readonly ServedZone[]>>
  /**
   * Returns the keys of zones, as far as they are signed and their keys can be read.
   * @param origins without the final dot
   */
  keySets(origins: readonly string[]): Promise<readonly KeySet[]>
  /** Notes checks that an answer met and no document has. */
  tell(asked: readonly AskedCheck[]): void
}

/** A published zone. `origin` has no final dot, `hash` is the document's, `since` is milliseconds since the epoch. */
export type ServedZone = Pick<ZoneEntry, 'serial' | 'hash' | 'since'> & { readonly origin: string }
