import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { Tally } from './test/tally.ts'

/** The pure rooms run in plain Node; what touches KV, HTTP or the runtime runs inside workerd, on local KV. */
export default defineConfig({
  test: {
    reporters: ['default', new Tally()],
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: { name: 'worker', include: ['test/worker/**/*.test.ts'] },
      },
    ],
  },
})
