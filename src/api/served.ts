import type { Result } from '../result.ts'
import type { Needs, Sources } from '../store/index.ts'

/** The published zones, as this isolate answers from them. */
export type Served = {
  /**
   * Asks a question that takes many look-ups. What it looks for is loaded, and it is asked again until all of it is there.
   * @param ask has no effects
   * @param needs what is needed although no zone that is looked at may need it
   * @returns an error if storage does not give out what is needed
   */
  ask<T>(ask: (sources: Sources) => T, needs?: Needs): Promise<Result<T>>
  /** The names of agents, which checks may name. */
  readonly agents: readonly string[]
}
