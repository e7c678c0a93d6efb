import type { Served } from '../api/index.ts'
import { askWhole, type WaitUntil } from '../store/index.ts'
import type { Env } from './env.ts'
import { isolateSettings, snapshotFor } from './isolate.ts'

/** Returns the published zones of this isolate, for the questions of people. */
export const servedFrom = (env: Env, waitUntil: WaitUntil): Served => ({
  ask: (ask, needs) => askWhole({ snapshot: snapshotFor(env), waitUntil }, ask, Date.now(), needs),
  agents: [...isolateSettings(env).agents.keys()],
})
