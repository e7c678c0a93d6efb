import { type Plan, type PlanOptions, plan } from '../../../src/explain/index.ts'
import { NO_HEALTH } from '../../../src/health/index.ts'
import { buildScopeMap, lookupScope } from '../../../src/net/index.ts'
import type { Zone } from '../../../src/zone/index.ts'
import { luaZone } from '../lua/support.ts'
import { address, prefix, zoneOf } from '../support.ts'

export const planOf = (before: readonly Zone[], after: readonly Zone[], more: Partial<PlanOptions> = {}): Plan =>
  plan(before, after, { states: [{ name: undefined, health: NO_HEALTH }], ...more })

/** The plan for one zone, whose records are JSON. */
export const planOfRecords = (before: object, after: object, more: Partial<PlanOptions> = {}): Plan =>
  planOf([zoneOf(before)], [zoneOf(after)], more)

/** The plan for one zone, whose records are lines of a zone file. */
export const planOfLua = (before: string, after: string, more: Partial<PlanOptions> = {}): Plan =>
  planOf([luaZone(before)], [luaZone(after)], more)

/** Finds the network that has a client: -1 for none. */
export function networkFinder(prefixes: readonly string[]): (client: string) => number {
  const networks = prefixes.map((text) => prefix(text))
  const map = buildScopeMap(
    networks,
    'longest',
    networks.map((_, i) => i),
    -1,
  )
  return (client) => lookupScope(map, address(client)).index
}
