import * as api from '../../src/api/index.ts'
import * as healthCalls from '../../src/lua/health-call.ts'
import * as re2 from '../../src/re2.ts'
import * as validate from '../../src/store/validate.ts'
import * as askedTargets from '../../src/worker/asked-targets.ts'
import * as control from '../../src/worker/control.ts'
import * as cron from '../../src/worker/cron.ts'
import * as probeSession from '../../src/worker/probe-session.ts'
import * as vantagePoint from '../../src/worker/vantage-point.ts'

export * from '../../src/worker.ts'
export { default } from '../../src/worker.ts'

/** The modules that the Worker imports at their first use. They are exported so that the bundler leaves nothing out. */
export const parts = [
  ...[api, healthCalls, re2, validate, askedTargets],
  ...[control, cron, probeSession, vantagePoint],
].map((part) => Object.keys(part).length)
