import type { Kind } from './events.ts'

/** A thing with a state at one moment. */
export type Subject = {
  readonly kind: Kind
  /** Its name among all subjects. */
  readonly key: string
  /** A word such as `up`, `degraded`, `silent`; of a zone the hash of its version. */
  readonly state: string
  /** The state of a target for answers if an override sets it, else the measured one; for the record. */
  readonly shown: string
  readonly about: About
  /** The keys of the targets that decide the state of a pool. */
  readonly parts?: readonly string[]
  /** The zones that it concerns, without the final dot. It takes work for some, and is needed for changes alone. */
  readonly zones: () => readonly string[]
}

/** The facts about a subject that messages tell, as far as they apply. Times are milliseconds since the epoch. */
export type About = {
  readonly zone?: string
  readonly check?: string
  readonly target?: string
  readonly pool?: string
  readonly vantage?: string
  /** An override in words, and who set it. */
  readonly override?: string
  readonly by?: string
  readonly live?: number
  readonly members?: number
  /** The level of a failover that is answered. */
  readonly level?: number
  readonly serial?: number
  readonly why?: string
  readonly since?: number
  /** The datacenters of pools that have the target. */
  readonly datacenters?: readonly string[]
  /** Set if the zones no longer have it. */
  readonly gone?: true
}
