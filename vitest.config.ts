import { defineConfig } from 'vitest/config'
import { Tally } from './test/tally.ts'
import { workerBundle } from './test/worker-bundle.ts'

// The probes of the tests meet certificates of our own: Miniflare reads once, as it is loaded, which ones to trust.
const { NODE_EXTRA_CA_CERTS: trusted } = process.env
process.env.NODE_EXTRA_CA_CERTS = 'test/fixtures/tls/ca.pem'
const { cloudflareTest } = await import('@cloudflare/vitest-plugin')
if (trusted === undefined) delete process.env.NODE_EXTRA_CA_CERTS
else process.env.NODE_EXTRA_CA_CERTS = trusted

/** A slow machine makes a test slow, and never red: only what hangs for good takes so long. */
const HANGS_MS = 1_800_000
const patient = { testTimeout: HANGS_MS, hookTimeout: HANGS_MS }

/** The pure rooms run in plain Node; what touches KV, HTTP or the runtime runs inside workerd, on local KV. */
export default defineConfig({
  test: {
    reporters: ['default', new Tally()],
    teardownTimeout: HANGS_MS,
    // By default one core does nothing, which is half of a small machine.
    maxWorkers: '100%',
    // The Worker's log is for its operator. Vitest shows it beside what went wrong.
    silent: 'passed-only',
    projects: [
      // Pure code leaves nothing behind, so that the files of a process share its modules: loading them took half the time.
      {
        test: {
          name: 'unit',
          ...patient,
          isolate: false,
          setupFiles: './test/setup.ts',
          include: ['test/unit/**/*.test.ts'],
        },
      },
      {
        plugins: [
          workerBundle(),
          cloudflareTest({
            verbose: false,
            main: './test/worker/bundle/main.ts',
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings: { DNSSEC_SECRET: 'a secret of forty characters, for tests!' } },
          }),
        ],
        test: {
          name: 'worker',
          ...patient,
          isolate: false,
          setupFiles: './test/worker/setup.ts',
          include: ['test/worker/**/*.test.ts'],
          globalSetup: './test/unit/probe/setup.ts',
        },
      },
    ],
  },
})
