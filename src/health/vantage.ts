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

/** What queries need of a vantage point: states by id, one at a time. */
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

export const emptyVantage = (name: string): Vantage => ({ name, at: 0, targets: new Map() })

/**
 * Merges the documents of two writers: the later state of each target counts. KV has no transactions, and the cron may
 * run twice at once: neither run may undo the results of the other.
 * @param keptSince keeps targets that only `other` contains, perhaps of zones that are still unknown here, if they were
 *   probed after this time, in seconds since the epoch
 * @param askedSince the same for targets that queries asked for
 */
export function mergeVantages(base: Vantage, other: Vantage, keptSince: number, askedSince = keptSince): Vantage {
  const targets = new Map(base.targets)
  for (const [id, state] of other.targets) {
    if (state.at > (targets.get(id)?.at ?? (state.asked ? askedSince : keptSince))) targets.set(id, state)
  }
  const budget = later(base.budget, other.budget)
  const round = later(base.round, other.round)
  return { ...base, at: Math.max(base.at, other.at), targets, ...(budget && { budget }), ...(round && { round }) }
}

const later = <T extends { readonly at: number }>(a: T | undefined, b: T | undefined): T | undefined =>
  a && b ? (a.at >= b.at ? a : b) : (a ?? b)
