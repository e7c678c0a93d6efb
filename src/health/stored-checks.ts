import { flagOf, listOf, objectOf } from '../stored-value.ts'
import type { ProbeCondition, StalePolicy } from './condition.ts'
import { type GuardSettings, readGuardSettings } from './guard/settings.ts'
import { loadPools, type PoolShape, storePools } from './pool-shape.ts'
import { readProbeCondition, readStalePolicy } from './stored-condition.ts'

/** All that the cron needs of a zone. */
export type StoredChecks = {
  /** Every check of a target that the zone's answers consult. */
  readonly conditions: readonly ProbeCondition[]
  /** The pools of its answers, as far as health decides in them. */
  readonly pools: readonly PoolShape[]
  readonly stale: StalePolicy
  readonly guard?: { readonly settings: GuardSettings } | undefined
  /** True if a script may compute checks out of a query. */
  readonly asksTargets: boolean
}

/** Returns the JSON value of a zone's checks. Their policy for old states is the zone's, which is written once. */
export function storeChecks({ conditions, pools, stale, guard, asksTargets }: StoredChecks): object {
  const isZones = (own: StalePolicy): boolean => own.after === stale.after && own.policy === stale.policy
  const brief = conditions.map(({ kind: _, stale: own, ...rest }) => (isZones(own) ? rest : { ...rest, stale: own }))
  const rules = { stale, ...(guard && { guard: guard.settings }) }
  return { ...rules, asksTargets, conditions: brief, pools: storePools(pools, conditions) }
}

/** Reads what `storeChecks` made. Throws on anything else. An earlier version stored no pools. */
export function loadChecks(value: unknown): StoredChecks {
  const fields = objectOf(value)
  const stale = readStalePolicy(fields.stale)
  const conditions = listOf(fields.conditions).map((one) => readProbeCondition(one, stale))
  const pools = loadPools(fields.pools ?? [], conditions)
  const { guard } = fields
  return {
    ...{ conditions, pools, stale, asksTargets: flagOf(fields.asksTargets) },
    ...(guard !== undefined && { guard: { settings: readGuardSettings(guard) } }),
  }
}
