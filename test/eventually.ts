/** The real timers, since a test may replace them. */
const { setTimeout: start } = globalThis

/** The milliseconds between two attempts, and their number: together more than the limit of a test. */
const PAUSE_MS = 20
const LOOKS = 100_000

export const pause = (ms = PAUSE_MS): Promise<void> => new Promise((resolve) => void start(resolve, ms))

/** Waits until `check` does not throw. Only the test's limit ends it, so a slow machine does not fail the test. */
export async function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  for (let look = 1; ; look++) {
    try {
      return await check()
    } catch (error) {
      if (look === LOOKS) throw error
    }
    await pause()
  }
}
