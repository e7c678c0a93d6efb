import type { Guards, Health, PoolShape } from '../../health/index.ts'
import { MAX_METRIC_POOLS } from '../../limits.ts'
import { type PoolStatus, poolStatuses } from '../../policy/index.ts'

/** Returns the pools of `GET /api/v1/health`: as many as `/metrics` tells. */
export const poolsOf = (
  pools: ReadonlyMap<string, readonly PoolShape[]>,
  guards: Guards,
  health: Health,
): readonly PoolStatus[] => poolStatuses(pools, guards, health, MAX_METRIC_POOLS)
