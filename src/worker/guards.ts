import { type Log, logEvent } from '../events.ts'
import type { Guards, Health } from '../health/index.ts'
import type { WaitUntil } from '../store/index.ts'
import type { Env } from './env.ts'
import { snapshotFor } from './isolate.ts'

/** A hold is told of by the ticks that come so soon after its begin: Workers KV may show it a minute later. */
const TOLD_MS = 180_000

/** The begin of the last hold that this isolate told of, by zone. */
const told = new Map<string, number>()

/** Writes a line of the log for each guard that has begun to hold. Without a guard it reads nothing. */
export async function tellGuards(guards: Guards, env: Env, waitUntil: WaitUntil): Promise<void> {
  if (guards.size === 0) return
  logHolds(guards, await snapshotFor(env).freshHealth(Date.now(), waitUntil), told, logEvent)
}

/** @param told the begins that were told of, which it adds to */
export function logHolds(guards: Guards, health: Health, told: Map<string, number>, log: Log): void {
  for (const zone of told.keys()) if (!guards.has(zone)) told.delete(zone)
  for (const guard of guards.values()) {
    const hold = guard.holding(health)
    if (!hold || told.get(guard.zone) === hold.since || health.now - hold.since >= TOLD_MS) continue
    told.set(guard.zone, hold.since)
    const { zone, fell, of, since, until } = hold
    log({ event: 'guard-holds', zone, fell, of, since: iso(since), until: iso(until) })
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()
