import { Health, type ProbeCondition } from '../health/index.ts'
import { askWhole, originKey, type WaitUntil } from '../store/index.ts'
import type { Env } from './env.ts'
import { snapshotFor } from './isolate.ts'

/**
 * `no-zones`: none is published. `zones-unread`: the list of zones, or the first of them, cannot be had.
 * `health-unread`: the checks cannot be had. `health-stale`: a probed target has a state that nobody confirms any more.
 */
export type Liveness = 'ok' | 'no-zones' | 'zones-unread' | 'health-unread' | 'health-stale'

/** A verdict is good for so long: anybody may ask, and the states of all targets are looked through for it. */
const VERDICT_MS = 1000

let verdict: { readonly at: number; readonly env: Env; readonly liveness: Promise<Liveness> } | undefined

/**
 * Returns if zones can be answered here, and health is fresh. It reads what a refresh interval allows. Never rejects.
 */
export function livenessOf(env: Env, waitUntil: WaitUntil, now: number): Promise<Liveness> {
  const isFresh = verdict && verdict.env === env && now >= verdict.at && now - verdict.at < VERDICT_MS
  if (verdict && isFresh) return verdict.liveness
  const liveness = find(env, waitUntil, now).catch((): Liveness => 'zones-unread')
  verdict = { at: now, env, liveness }
  return liveness
}

async function find(env: Env, waitUntil: WaitUntil, now: number): Promise<Liveness> {
  const snapshot = snapshotFor(env)
  const { conditions, complete } = await snapshot.conditions(now, waitUntil)
  const [first] = snapshot.published.keys()
  if (first === undefined) return snapshot.refused.length > 0 ? 'zones-unread' : 'no-zones'
  const asked = await askWhole({ snapshot, waitUntil }, ({ zones }) => zones.find(originKey(first))?.kind, now)
  if (!asked.ok || asked.value !== 'loaded') return 'zones-unread'
  if (conditions.length === 0) return complete ? 'ok' : 'health-unread'
  const health = await snapshot.freshHealth(Date.now(), waitUntil)
  return isStale(conditions, health) ? 'health-stale' : 'ok'
}

/** Pushed states are as old as applications let them be. */
function isStale(conditions: readonly ProbeCondition[], { vantages, now, platform }: Health): boolean {
  // Overrides do not matter here, and comparing each with each target is the most work.
  const measured = new Health(vantages, [], now, platform)
  return conditions.some((condition) => condition.probe.action.kind !== 'push' && measured.status(condition).stale)
}
