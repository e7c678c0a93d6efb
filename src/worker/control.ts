import type { AccessTokens, ApiEnv, HealthCalls } from '../api/index.ts'
import type { WaitUntil } from '../store/index.ts'
import { agentProbes, agentReport } from './calls/agents.ts'
import { healthCall } from './calls/health.ts'
import { monitorCalls } from './calls/monitor.ts'
import { putOverrides, readOverrides } from './calls/overrides.ts'
import { push } from './calls/push.ts'
import { reply } from './calls/reply.ts'
import { allConditions } from './conditions.ts'
import type { Env } from './env.ts'
import { isolateSettings } from './isolate.ts'
import { keyStorage } from './key-storage.ts'
import { ledgersFor } from './ledgers.ts'
import { isolatePeople } from './people.ts'
import { problemsIn } from './problems.ts'
import { servedFrom } from './served.ts'
import { trafficOf } from './traffic.ts'

/** Returns what the API works with, for one request. */
export const controlFor = (env: Env, waitUntil: WaitUntil): ApiEnv['Bindings'] => ({
  apiKey: isolateSettings(env).apiKey,
  people: peopleIn(env),
  keys: keyStorage(env.GSLB),
  health: healthCalls(env, waitUntil),
  ledgers: ledgersFor(env),
  served: servedFrom(env, waitUntil),
})

/** Settings that are not valid let nobody in; health tells of them. */
function peopleIn(env: Env): AccessTokens | undefined {
  const people = isolatePeople(env)
  return people.ok ? people.value : undefined
}

const healthCalls = (env: Env, waitUntil: WaitUntil): HealthCalls => ({
  agentSecret: (agent) => isolateSettings(env).agents.get(agent),
  hasAgents: isolateSettings(env).agents.size > 0,

  health: () => healthCall(env, waitUntil),
  traffic: trafficOf(env),

  async deployment() {
    const { deploymentOf } = await import('./deployment.ts')
    return reply(200, await deploymentOf(env, problemsIn(env, await allConditions(env, Date.now(), waitUntil))))
  },

  pools: async () => (await allConditions(env, Date.now(), waitUntil)).pools,

  metrics: async (form, writes) => {
    const { metricsText } = await import('./metrics.ts')
    return metricsText(form, writes, env, waitUntil)
  },

  liveness: async () => {
    const { livenessOf } = await import('./healthz.ts')
    return livenessOf(env, waitUntil, Date.now())
  },

  ...monitorCalls(env),
  overrides: () => readOverrides(env),
  putOverrides: putOverrides(env, waitUntil),
  push: push(env, waitUntil),
  agentProbes: agentProbes(env, waitUntil),
  agentReport: agentReport(env, waitUntil),
})
