/**
 * A state over time, as far as it is known: the present one, and the times at which it changed, the newest first. Times
 * are seconds since the epoch.
 */
export type Signal = { readonly isUp: boolean; readonly flips: readonly number[] }

export const always = (isUp: boolean): Signal => ({ isUp, flips: [] })

/** A signal, and what it adds to a sum while it is up. */
export type Weighed = { readonly signal: Signal; readonly weight: number }

/** Returns the signal that is up whenever the sum of the weights of those that are up passes a test. */
export function whenever(parts: readonly Weighed[], test: (sum: number) => boolean): Signal {
  const steps = parts.flatMap(({ signal, weight }) =>
    signal.flips.map((at, i) => ({ at, back: signal.isUp === (i % 2 === 0) ? -weight : weight })),
  )
  steps.sort((a, b) => b.at - a.at)
  let sum = parts.reduce((total, { signal, weight }) => total + (signal.isUp ? weight : 0), 0)
  const isUp = test(sum)
  let state = isUp
  const flips: number[] = []
  steps.forEach(({ at, back }, i) => {
    sum += back
    if (steps[i + 1]?.at === at || test(sum) === state) return
    state = !state
    flips.push(at)
  })
  return { isUp, flips }
}

/** Returns the signal that comes up later, by some seconds each time, and goes down at once. @param now seconds */
export function delayed({ isUp, flips }: Signal, seconds: number, now: number): Signal {
  if (seconds === 0) return { isUp, flips }
  const later: number[] = []
  let end = Number.POSITIVE_INFINITY
  let isUpNow = isUp
  flips.forEach((at, i) => {
    const rises = isUp === (i % 2 === 0)
    if (!rises) {
      end = at
      return
    }
    const start = at + seconds
    if (start > now) isUpNow = false
    else if (start < end) {
      if (end < Number.POSITIVE_INFINITY) later.push(end)
      later.push(start)
    }
  })
  // It was up before all that is known.
  const wasUp = isUp === (flips.length % 2 === 0)
  if (wasUp && end < Number.POSITIVE_INFINITY && !later.includes(end)) later.push(end)
  return { isUp: isUpNow, flips: later }
}
