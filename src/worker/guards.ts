import { logEvent } from '../events.ts'
import type { Guards } from '../health/index.ts'
import { MAX_TOLD_HOLDS } from '../limits.ts'
import type { WaitUntil } from '../store/index.ts'
import type { Env } from './env.ts'
import { snapshotFor } from './isolate.ts'

/** A hold is told of by the ticks that come so soon after its begin: Workers KV may show it a minute later. */
const TOLD_MS = 180_000

/** The begin of the last hold that this isolate told of, by zone. */
const told = new Map<string, number>()

/** Writes a line of the log for each guard that has begun to hold. Without a guard it reads nothing. */
export async function tellGuards(guards: Guards, env: Env, waitUntil: WaitUntil): Promise<void> {
  for (const zone of told.keys()) if (!guards.has(zone)) told.delete(zone)
  if (guards.size === 0) return
  const health = await snapshotFor(env).freshHealth(Date.now(), waitUntil)
  let lines = 0
  for (const guard of guards.values()) {
    const hold = guard.holding(health)
    if (!hold || told.get(guard.zone) === hold.since || health.now - hold.since >= TOLD_MS) continue
    if (++lines > MAX_TOLD_HOLDS) return
    told.set(guard.zone, hold.since)
    const { zone, fell, of, since, until } = hold
    logEvent({ event: 'guard-holds', zone, fell, of, since: iso(since), until: iso(until) })
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()
