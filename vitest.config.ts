import { defineConfig } from 'vitest/config'
import { Tally } from './test/tally.ts'

// The probes of the tests meet certificates of our own: Miniflare reads once, as it is loaded, which ones to trust.
const { NODE_EXTRA_CA_CERTS: trusted } = process.env
process.env.NODE_EXTRA_CA_CERTS = 'test/fixtures/tls/ca.pem'
const { cloudflareTest } = await import('@cloudflare/vitest-plugin')
if (trusted === undefined) delete process.env.NODE_EXTRA_CA_CERTS
else process.env.NODE_EXTRA_CA_CERTS = trusted

/** The pure rooms run in plain Node; what touches KV, HTTP or the runtime runs inside workerd, on local KV. */
export default defineConfig({
  test: {
    reporters: ['default', new Tally()],
    projects: [
      { test: { name: 'unit', testTimeout: 20_000, include: ['test/unit/**/*.test.ts'] } },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: {
          name: 'worker',
          include: ['test/worker/**/*.test.ts'],
          globalSetup: './test/unit/probe-setup.ts',
        },
      },
    ],
  },
})
