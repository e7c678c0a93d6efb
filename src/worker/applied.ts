import type { Applied } from '../health/index.ts'
import type { WaitUntil } from '../store/index.ts'
import type { AllConditions } from './conditions.ts'
import type { Env } from './env.ts'
import { snapshotFor } from './isolate.ts'

/**
 * Returns how answers shift the loads of targets now, by the states in KV: it is written together with loads. Without a
 * pool that follows loads it is empty, and costs nothing.
 */
export async function appliedNow(
  env: Env,
  { pools, guards }: Pick<AllConditions, 'pools' | 'guards'>,
  now: number,
  waitUntil: WaitUntil,
): Promise<ReadonlyMap<string, Applied>> {
  // Few zones follow loads, and no query needs this.
  const { appliedShares, followsLoads } = await import('../policy/applied-shares.ts')
  if (!followsLoads(pools)) return new Map()
  return appliedShares(pools, guards, await snapshotFor(env).freshHealth(now, waitUntil))
}
