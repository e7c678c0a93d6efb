import type { ProbeCondition } from '../condition.ts'
import type { Health } from '../health.ts'
import { zoneOfCheck } from '../zone-of-check.ts'
import type { ZoneGuard } from './zone-guard.ts'

/** The guards of zones, by the origin without the final dot; the root is a dot. */
export type Guards = ReadonlyMap<string, ZoneGuard>

export const NO_GUARDS: Guards = new Map()

/** Returns health as the answers of a check's zone use it. */
export function guardedBy(guards: Guards, health: Health): (condition: ProbeCondition) => Health {
  if (guards.size === 0) return () => health
  const origins = new Set(guards.keys())
  return ({ check }) => guardedIn(zoneOfCheck(check, origins), guards, health)
}

/** Returns health as the answers of a zone use it. @param zone with or without the final dot, or empty for the root */
export function guardedIn(zone: string, guards: Guards, health: Health): Health {
  const name = zone.length > 1 && zone.endsWith('.') ? zone.slice(0, -1) : zone || '.'
  return guards.get(name)?.over(health) ?? health
}
