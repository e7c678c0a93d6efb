import type { HealthCalls, PushEntry } from '../../api/index.ts'
import { distinctProbes, type ProbeCondition, type ProbeResult, PUSH, parseTarget } from '../../health/index.ts'
import type { WaitUntil } from '../../store/index.ts'
import { appliedNow } from '../applied.ts'
import type { Env, Pushed } from '../env.ts'
import { snapshotFor } from '../isolate.ts'
import { failure, reply } from './reply.ts'

/** Takes the states and loads that applications report. */
export const push =
  (env: Env, waitUntil: WaitUntil): HealthCalls['push'] =>
  async (entries) => {
    const all = await snapshotFor(env).conditions(Date.now(), waitUntil)
    const { conditions, complete } = all
    const pushable = conditions.filter(({ probe }) => probe.action.kind === 'push')
    const pushed: Pushed[] = []
    for (const entry of entries) {
      const found = distinctProbes(pushable.filter((condition) => isMeant(condition, entry)))
      if (found.length === 0 && !complete) return failure(503, NOT_ALL_READ)
      if (found.length === 0) return failure(404, unknownPush(entry, pushable))
      for (const { id } of found) pushed.push({ id, result: resultOf(entry) })
    }
    const applied = await appliedNow(env, all, Date.now(), waitUntil)
    await env.VANTAGE.get(env.VANTAGE.idFromName(PUSH)).push(pushed, applied)
    return reply(200, { targets: pushed.length })
  }

/** Without a target all targets of the check are meant. */
function isMeant({ check, probe }: ProbeCondition, entry: PushEntry): boolean {
  if (check !== entry.check) return false
  if (entry.target === undefined) return true
  const target = parseTarget(entry.target, 0)
  if (!target.ok || target.value.host !== probe.host) return false
  return target.value.port === 0 || target.value.port === probe.port
}

/** The error for a push if a zone could not be read: the check may still exist. */
const NOT_ALL_READ = 'not every zone could be read, and the check may be in one of those; try again'

function unknownPush({ check, target }: PushEntry, pushable: readonly ProbeCondition[]): string {
  const known = [...new Set(pushable.map((condition) => `${condition.check} of ${condition.target}`))].slice(0, 20)
  const there = known.length > 0 ? `expected one of: ${known.join('; ')}` : 'no published zone has a check of kind push'
  return `there is no push check ${check}${target === undefined ? '' : ` of ${target}`}; ${there}`
}

function resultOf({ state = 'up', load, weight, why }: PushEntry): ProbeResult {
  if (state === 'down') return { outcome: 'failed', ms: 0, why: why ?? 'reported down' }
  const report = typeof load === 'number' ? { load } : load && { load: load.value, ...limitsIn(load) }
  return { outcome: 'ok', ms: 0, ...report, ...(weight !== undefined && { weight }) }
}

const limitsIn = ({ target, capacity }: Exclude<PushEntry['load'], number | undefined>) =>
  target === undefined || capacity === undefined ? {} : { limits: { target, capacity } }
