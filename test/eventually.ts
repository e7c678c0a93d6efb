/** Kept from the start: a test may put another clock in their place. */
const { setTimeout: start } = globalThis

/** Milliseconds between two looks, and how many there are: more time than a test has. */
const PAUSE_MS = 20
const LOOKS = 100_000

export const pause = (ms = PAUSE_MS): Promise<void> => new Promise((resolve) => void start(resolve, ms))

/** Waits until `check` throws no more. A slow machine makes it slow, and never red: only the test's own limit ends it. */
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
