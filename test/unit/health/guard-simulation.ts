import type { GuardSettings, TargetState } from '../../../src/health/index.ts'
import { nextState, UNPROBED } from '../../../src/health/index.ts'
import { failed, OK } from './support.ts'

// Somebody who looks on, second by second, and remembers all that he saw: the oracle of the guard.

/** Tells what one vantage point sees of one target in each second; undefined: it has no result. */
export type Seen = readonly ('up' | 'down' | undefined)[]

/** The guard at one second: who is held, and in which hold. */
export type Moment = {
  readonly held: ReadonlySet<number>
  readonly since: number | undefined
  readonly until: number | undefined
}

/** @param isDown the states of the targets in each second, by their number; undefined while nothing is known */
export function simulated(
  isDown: readonly (readonly (boolean | undefined)[])[],
  { share, within, for: longest, least }: GuardSettings,
): Moment[] {
  const moments: Moment[] = []
  const fellAt = new Map<number, number>()
  let hold: { since: number; from: number; low: number } | undefined
  let freeFrom = Number.NEGATIVE_INFINITY
  const end = ({ since, low }: { since: number; low: number }) => Math.min(since + longest, low + within)
  for (let t = 0; t < (isDown[0]?.length ?? 0); t++) {
    if (hold && t >= end(hold)) {
      freeFrom = end(hold)
      hold = undefined
    }
    const fallen = isDown.flatMap((states, n) => (states[t] === true && states[t - 1] === false ? [n] : []))
    for (const n of fallen) fellAt.set(n, t)
    const known = isDown.filter((states) => states[t] !== undefined).length
    const downSince = (from: number) =>
      isDown.flatMap((states, n) => (states[t] && (fellAt.get(n) ?? Number.NEGATIVE_INFINITY) >= from ? [n] : []))
    const isMany = (targets: readonly number[]) => targets.length > share * known + 1e-9
    if (hold) hold.low = isMany(downSince(hold.from)) ? Number.POSITIVE_INFINITY : Math.min(hold.low, t)
    const from = Math.max(freeFrom, t - within + 1)
    if (!hold && fallen.length > 0 && known >= least && isMany(downSince(from)))
      hold = { since: t, from, low: Number.POSITIVE_INFINITY }
    moments.push({
      held: new Set(hold ? downSince(hold.from) : []),
      since: hold?.since,
      until: hold && end(hold),
    })
  }
  return moments
}

/** Returns the rows that a vantage point has written by each second. */
export function rowsOf(seen: Seen): TargetState[] {
  let state = UNPROBED
  return seen.map((one, t) => {
    if (one !== undefined)
      state = nextState(state, one === 'up' ? OK : failed(), t, { fall: 1, rise: 1, first: 'decides' })
    return state
  })
}
