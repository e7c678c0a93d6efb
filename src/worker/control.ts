import { type AliasDocument, parseAliases, unresolvedAliases } from '../aliases/index.ts'
import type { AccessTokens, ApiEnv, HealthCalls, HealthReply, PushEntry } from '../api/index.ts'
import { logEvent } from '../events.ts'
import {
  distinctNames,
  distinctProbes,
  formatOverrides,
  formatVantage,
  healthReport,
  isForAgent,
  KeptHealth,
  type Probe,
  type ProbeCondition,
  type ProbeResult,
  PUSH,
  parseOverrides,
  parseTarget,
  parseVantage,
} from '../health/index.ts'
import { isFailing, type ReceiverReport } from '../notify/index.ts'
import {
  ALIASES_KEY,
  hashText,
  MIN_CACHE_TTL_SECONDS,
  OVERRIDES_KEY,
  publishedZones,
  type RefusedZone,
  type WaitUntil,
} from '../store/index.ts'
import { appliedNow } from './applied.ts'
import { type AllConditions, allConditions } from './conditions.ts'
import type { Env, Pushed } from './env.ts'
import { isolateSettings, snapshotFor } from './isolate.ts'
import { keyStorage } from './key-storage.ts'
import { ledgersFor } from './ledgers.ts'
import { monitorObject, tellMonitor } from './monitor-object.ts'
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

  async health() {
    const settings = isolateSettings(env)
    const snapshot = snapshotFor(env)
    const all = await allConditions(env, Date.now(), waitUntil)
    const health = await snapshot.freshHealth(Date.now(), waitUntil)
    const { aliases } = all
    const stored = aliases.length > 0 ? await storedAliases(env) : undefined
    const { poolsOf } = await import('../api/index.ts')
    const { keyFindings } = await import('./key-watch.ts')
    const findings = await keyFindings(env, waitUntil)
    const receivers = await failingReceivers(env, all)
    const kept = new KeptHealth(health)
    const report = healthReport(all.conditions, kept, settings, all, all.guards)
    const zones = publishedZones(snapshot.published)
    return reply(200, {
      ...report,
      zones,
      dnssec: findings.flatMap(({ zone, isBroken, warnings }) =>
        warnings.length > 0 ? [{ zone, isBroken, warnings }] : [],
      ),
      pools: poolsOf(all.pools, all.guards, kept),
      complete: all.complete,
      problems: [...problemsIn(env, all), ...(receivers ? [] : [NOT_ANSWERED])],
      refused: snapshot.refused.map(told),
      aliases: unresolvedAliases(aliases, stored, Date.now()),
      notifications: receivers ?? [],
    })
  },

  async deployment() {
    const { deploymentOf } = await import('./deployment.ts')
    return reply(200, await deploymentOf(env, problemsIn(env, await allConditions(env, Date.now(), waitUntil))))
  },

  traffic: trafficOf(env),

  pools: async () => (await allConditions(env, Date.now(), waitUntil)).pools,

  metrics: async (form, writes) => {
    const { metricsText } = await import('./metrics.ts')
    return metricsText(form, writes, env, waitUntil)
  },

  liveness: async () => {
    const { livenessOf } = await import('./healthz.ts')
    return livenessOf(env, waitUntil, Date.now())
  },

  events: async (query) => reply(200, { events: await calling(() => monitorObject(env).events(query)) }),

  async history(zone, target, from, to) {
    const history = await calling(() => monitorObject(env).history(zone, target, from, to))
    if (history) return reply(200, history)
    return failure(
      404,
      `nothing is known of the target ${target.slice(0, 80)} of ${zone.slice(0, 80)}; expected one that GET /api/v1/health lists`,
    )
  },

  notifications: async () => reply(200, await calling(() => monitorObject(env).notifications())),

  async testNotification(receiver) {
    const tested = await monitorObject(env).sendTest(receiver)
    return tested
      ? reply(200, tested)
      : failure(404, `there is no receiver ${receiver}; expected a number that GET /api/v1/notifications lists`)
  },

  async overrides() {
    const text = await storedOverrides(env)
    const parsed = parseOverrides(text)
    if (!parsed.ok) return failure(500, parsed.error)
    return {
      ...{ status: 200, body: JSON.parse(formatOverrides(parsed.value)) },
      headers: { ETag: await etagOf(text) },
    }
  },

  async putOverrides(text, isExpected, anyway) {
    const parsed = parseOverrides(text)
    if (!parsed.ok) return failure(422, `${parsed.error}; nothing was changed`)
    // KV has no transactions: two that ask at the same moment, or far apart in the world, are both let through.
    if (isExpected && !isExpected(await etagOf(await storedOverrides(env)))) return failure(412, CHANGED)
    if (!anyway) {
      const { emptiedPools, emptiedText } = await import('../api/index.ts')
      const { pools, guards } = await allConditions(env, Date.now(), waitUntil)
      const health = await snapshotFor(env).freshHealth(Date.now(), waitUntil)
      const before = parseOverrides(await storedOverrides(env))
      const emptied = emptiedPools(pools, guards, health, before.ok ? before.value : [], parsed.value)
      if (emptied.length > 0) return failure(409, emptiedText(emptied))
    }
    const written = formatOverrides(parsed.value)
    await env.GSLB.put(OVERRIDES_KEY, written)
    waitUntil(tellMonitor(env, { overrides: written }))
    return reply(200, { overrides: parsed.value.length })
  },

  async push(entries) {
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
  },

  async agentProbes(agent) {
    const all = await allConditions(env, Date.now(), waitUntil)
    const { conditions, complete } = all
    const checks = Map.groupBy(conditions, ({ probe }) => probe.id)
    const nameOf = distinctNames(conditions)
    const probes = probesFor(agent, all, env).map((probe) => ({
      ...probe,
      checks: checks.get(probe.id)?.map(nameOf),
    }))
    return reply(200, { probes, complete })
  },

  async agentReport(agent, text) {
    const parsed = parseVantage(text)
    if (!parsed.ok) return failure(422, parsed.error)
    const { targets, ...rest } = parsed.value
    // An agent has a say in what it was asked to probe, and in nothing else.
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
  },
})

/**
 * Returns the probes of an agent. An asked check is among them only if it names the agent: an agent may reach a private
 * network, and clients choose the targets of asked checks.
 */
const probesFor = (agent: string, { conditions, asked }: AllConditions, env: Env): Probe[] =>
  distinctProbes(conditions).filter(
    (probe) =>
      isForAgent(probe, agent, isolateSettings(env).platform) && (probe.from !== undefined || !asked.has(probe.id)),
  )

const CHANGED =
  'the overrides are no longer those that If-Match names: somebody has changed them; expected the ETag of what GET ' +
  'answers with now, and your change put to that; nothing was changed'

const storedOverrides = async (env: Env): Promise<string> =>
  (await env.GSLB.get(OVERRIDES_KEY, { type: 'text', cacheTtl: MIN_CACHE_TTL_SECONDS })) ?? '{"overrides":[]}'

async function storedAliases(env: Env): Promise<AliasDocument | undefined> {
  const text = await env.GSLB.get(ALIASES_KEY, { type: 'text', cacheTtl: MIN_CACHE_TTL_SECONDS })
  const parsed = parseAliases(text ?? '')
  return parsed.ok ? parsed.value : undefined
}

/**
 * Returns the receivers of notifications that could not be told, at most so many as a person reads.
 * @returns undefined if the object that tells them does not answer
 */
async function failingReceivers(env: Env, { notify }: AllConditions): Promise<readonly ReceiverReport[] | undefined> {
  if (!env.NOTIFY && notify.size === 0) return []
  try {
    const { receivers } = await calling(() => monitorObject(env).notifications())
    return receivers.filter(isFailing).slice(0, MAX_FAILING)
  } catch (error) {
    logEvent({ event: 'monitor-failed', why: String(error) })
    return undefined
  }
}

/** The problem of health. The log has the reason. */
const NOT_ANSWERED =
  'the object HealthMonitor does not answer, so that nobody knows which receivers of notifications fail; expected an answer: the ' +
  'log has its error as monitor-failed'

const MAX_FAILING = 100

/** Returns the tag of the stored text, so that it changes with overrides that were put by hand, too. */
const etagOf = async (text: string): Promise<string> => `"${(await hashText(text)).slice(0, 32)}"`

/** Times are ISO 8601. One that no date can be is left at the beginning. */
const told = ({ origin, why, since }: RefusedZone) => ({
  origin,
  why,
  since: new Date(Math.min(Math.max(0, since), LAST_MS)).toISOString(),
})

/** The end of the year 9999. */
const LAST_MS = 253_402_300_799_999

/** An object whose code was just replaced refuses one call. */
const calling = <T>(call: () => Promise<T>): Promise<T> => call().catch(call)

const reply = (status: 200, body: unknown): HealthReply => ({ status, body })

const failure = (status: 404 | 409 | 412 | 422 | 500 | 503, error: string): HealthReply => ({ status, error })

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
