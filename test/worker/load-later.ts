/**
 * Loads the code that the Worker loads at its first use. The test runner needs time for that, during which no deadline
 * must pass.
 */
export const loadLater = (): Promise<unknown> =>
  Promise.all([
    import('../../src/api/index.ts'),
    import('../../src/api/openapi/route.ts'),
    import('../../src/api/own/check.ts'),
    import('../../src/api/own/explain.ts'),
    import('../../src/policy/applied-shares.ts'),
    import('../../src/api/own/plan.ts'),
    import('../../src/api/own/zone-file.ts'),
    import('../../src/api/people.ts'),
    import('../../src/lua/health-call.ts'),
    import('../../src/re2.ts'),
    import('../../src/health/overrides-document.ts'),
    import('../../src/store/validate.ts'),
    import('../../src/store/zone-keys.ts'),
    import('../../src/worker/asked-targets.ts'),
    import('../../src/worker/control.ts'),
    import('../../src/worker/cron.ts'),
    import('../../src/worker/forwarding.ts'),
    import('../../src/worker/outside.ts'),
    import('../../src/worker/probe-session.ts'),
    import('../../src/worker/signing.ts'),
    import('../../src/worker/tell-asked.ts'),
    import('../../src/worker/vantage-point.ts'),
    import('../../src/worker/zone-adopter.ts'),
    import('../../src/worker/zone-ledger.ts'),
  ])
