/**
 * The milliseconds of the quickest of some runs, the first that takes less than `enough` if there is one: other work on
 * the machine is not what is measured.
 */
export function leastMs(run: () => void, enough: number): number {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 100 && least >= enough; i++) {
    const start = performance.now()
    run()
    least = Math.min(least, performance.now() - start)
  }
  return least
}
