import type { Vantage } from './vantage.ts'

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
