import { type AliasDocument, parseAliases, unresolvedAliases } from '../../aliases/index.ts'
import type { HealthReply } from '../../api/index.ts'
import { LAST_TIME_MS } from '../../calendar.ts'
import { healthReport, KeptHealth } from '../../health/index.ts'
import {
  ALIASES_KEY,
  MIN_CACHE_TTL_SECONDS,
  publishedZones,
  type RefusedZone,
  type WaitUntil,
} from '../../store/index.ts'
import { allConditions } from '../conditions.ts'
import type { Env } from '../env.ts'
import { isolateSettings, snapshotFor } from '../isolate.ts'
import { problemsIn } from '../problems.ts'
import { failingReceivers } from './monitor.ts'
import { reply } from './reply.ts'

/** Returns the report of health: targets, pools, zones, and all that is wrong. */
export async function healthCall(env: Env, waitUntil: WaitUntil): Promise<HealthReply> {
  const settings = isolateSettings(env)
  const snapshot = snapshotFor(env)
  const all = await allConditions(env, Date.now(), waitUntil)
  const health = await snapshot.freshHealth(Date.now(), waitUntil)
  const { aliases } = all
  const stored = aliases.length > 0 ? await storedAliases(env) : undefined
  const { poolsOf } = await import('../../api/index.ts')
  const { keyFindings } = await import('../key-watch.ts')
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
}

async function storedAliases(env: Env): Promise<AliasDocument | undefined> {
  const text = await env.GSLB.get(ALIASES_KEY, { type: 'text', cacheTtl: MIN_CACHE_TTL_SECONDS })
  const parsed = parseAliases(text ?? '')
  return parsed.ok ? parsed.value : undefined
}

/** The problem of health. The log has the reason. */
const NOT_ANSWERED =
  'the object HealthMonitor does not answer, so that nobody knows which receivers of notifications fail; expected an answer: the ' +
  'log has its error as monitor-failed'

/** Times are ISO 8601. One that no date can be is left at the beginning. */
const told = ({ origin, why, since }: RefusedZone) => ({
  origin,
  why,
  since: new Date(Math.min(Math.max(0, since), LAST_TIME_MS)).toISOString(),
})
