import { defineConfig } from 'vitest/config'
import { Tally } from './test/tally.ts'

/** Real clients against running servers, one file after the other: each starts its own on loopback. */
export default defineConfig({
  test: {
    name: 'e2e',
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: ['test/e2e/setup.ts'],
    reporters: ['default', new Tally()],
    fileParallelism: false,
    // Only what hangs takes so long.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
  },
})
