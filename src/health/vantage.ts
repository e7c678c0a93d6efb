import type { Budget } from './budget.ts'
import type { TargetState } from './target-state.ts'

/**
 * The states of one vantage point: one document in KV. Only that vantage point writes it, since KV has no transactions.
 * Vantage points are `cron`, regions, agents, and `push`.
 */
export type Vantage = {
  readonly name: string
  /** The last confirmation, in milliseconds since the epoch: older states are stale. */
  readonly at: number
  /** The number of an agent's last accepted report: an older one is a replay. */
  readonly seq?: number
  readonly budget?: Budget
  readonly round?: Round
  /** True if an urgent change is not written yet. It is not stored. */
  readonly urgent?: boolean
  readonly targets: ReadonlyMap<string, TargetState>
}

/** The view that queries need of a vantage point: states by id, one at a time. */
export type VantageView = Omit<Vantage, 'targets'> & { readonly targets: Pick<Vantage['targets'], 'get'> }

/** Figures of the last round of probes. */
export type Round = {
  /** The start, in milliseconds since the epoch. */
  readonly at: number
  readonly ms: number
  readonly due: number
  readonly probed: number
  /** The number of due probes that wait for the next round. */
  readonly left: number
}

/** The Worker's vantage point if no regions are set. */
export const CRON = 'cron'
/** The vantage point that applications report to. */
export const PUSH = 'push'

/** Valid names of vantage points. */
export const VANTAGE_NAME = /^[a-z0-9-]{1,32}$/
