import { neededVotes, type Witness } from './health.ts'
import type { Probe } from './probe.ts'

/**
 * Returns since when the measured state of a target is what it is, in seconds since the epoch: the time at which the
 * last vote came that the verdict needs. Undefined while nothing is known.
 * @param witnesses what each vantage point reports on it
 */
export function sinceOf({ quorum }: Probe, real: 'up' | 'down' | 'unknown', witnesses: readonly Witness[]) {
  if (real === 'unknown') return undefined
  const [only] = witnesses
  // Most targets have one vantage point, and thousands are told at once.
  if (only && witnesses.length === 1) return only.state.state === real ? only.state.since : undefined
  const known = witnesses.filter(({ state }) => state.state !== 'unknown')
  const fresh = known.filter(({ silent }) => !silent)
  const votes = fresh.length > 0 ? fresh : known
  const times = votes.filter(({ state }) => state.state === real).map(({ state }) => state.since)
  times.sort((a, b) => a - b)
  const ups = neededVotes(quorum, votes.length)
  const needed = real === 'up' ? ups : votes.length - ups + 1
  return times[Math.max(0, needed - 1)] ?? times.at(-1)
}
