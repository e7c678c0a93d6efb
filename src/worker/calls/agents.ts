import type { HealthCalls } from '../../api/index.ts'
import {
  distinctNames,
  distinctProbes,
  formatVantage,
  isForAgent,
  type Probe,
  parseVantage,
} from '../../health/index.ts'
import type { WaitUntil } from '../../store/index.ts'
import { appliedNow } from '../applied.ts'
import { type AllConditions, allConditions } from '../conditions.ts'
import type { Env } from '../env.ts'
import { isolateSettings } from '../isolate.ts'
import { failure, reply } from './reply.ts'

/** Returns the probes of an agent, with the names of their checks. */
export const agentProbes =
  (env: Env, waitUntil: WaitUntil): HealthCalls['agentProbes'] =>
  async (agent) => {
    const all = await allConditions(env, Date.now(), waitUntil)
    const { conditions, complete } = all
    const checks = Map.groupBy(conditions, ({ probe }) => probe.id)
    const nameOf = distinctNames(conditions)
    const probes = probesFor(agent, all, env).map((probe) => ({
      ...probe,
      checks: checks.get(probe.id)?.map(nameOf),
    }))
    return reply(200, { probes, complete })
  }

/** Takes the report of an agent, and tells if it has to ask for its probes again. */
export const agentReport =
  (env: Env, waitUntil: WaitUntil): HealthCalls['agentReport'] =>
  async (agent, text) => {
    const parsed = parseVantage(text)
    if (!parsed.ok) return failure(422, parsed.error)
    const { targets, ...rest } = parsed.value
    // An agent reports what it was asked to probe, and nothing else.
    const all = await allConditions(env, Date.now(), waitUntil)
    const asked = new Set(probesFor(agent, all, env).map(({ id }) => id))
    const taken = new Map([...targets].filter(([id]) => asked.has(id)))
    const report = formatVantage({ ...rest, targets: taken })
    const applied = await appliedNow(env, all, Date.now(), waitUntil)
    const place = env.VANTAGE.get(env.VANTAGE.idFromName(`agent:${agent}`))
    const outcome = await place.report(agent, report, all.complete, applied)
    const refetch = taken.size !== targets.size || taken.size !== asked.size
    if (outcome === 'taken') return reply(200, { taken: true, targets: taken.size, refetch })
    if (outcome === 'replayed') return failure(409, 'a report with this number, or a later one, was taken already')
    return failure(422, outcome.invalid)
  }

/**
 * Returns the probes of an agent. An asked check is among them only if it names the agent: an agent may reach a private
 * network, and clients choose the targets of asked checks.
 */
const probesFor = (agent: string, { conditions, asked }: AllConditions, env: Env): Probe[] =>
  distinctProbes(conditions).filter(
    (probe) =>
      isForAgent(probe, agent, isolateSettings(env).platform) && (probe.from !== undefined || !asked.has(probe.id)),
  )
