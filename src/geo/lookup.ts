import type { Address } from '../net/index.ts'
import type { Location } from './location.ts'
import type { GeoOutcome, GeoPartition } from './partition.ts'

/** The location of a client, its outcome in a partition, and the scope in which the outcome is the same. */
export type Located = {
  readonly place: Location
  /** The index of the partition's network that decided instead of the location, or -1. */
  readonly network: number
  readonly outcome: GeoOutcome
  /**
   * The length of the shortest prefix in which every client has the same outcome, in bits of the client's family. It is
   * longer, and still valid, until look-ups have had enough steps to find the shortest.
   */
  readonly scope: number
}

/** The number of steps that are left. */
export type StepBudget = { left: number }

/** Locates addresses. Queries know the database as this: its code is loaded with the first database. */
export type GeoLookup = {
  lookup(address: Address): { readonly place: Location }
  /** @param budget the steps that are left for this query, which several look-ups may share */
  locate(client: Address, partition: GeoPartition, budget?: StepBudget): Located
  /**
   * Returns at most so many of its locations with coordinates, evenly out of all: for one number always the same list.
   */
  sample?(most: number): readonly Location[]
}
