import { CRON, Health, type LiveOverride, type Platform, PUSH } from '../../health/index.ts'
import { ok, type Result } from '../../result.ts'
import { readVantages } from '../kv/health.ts'
import type { Kv } from '../kv/kv.ts'

/** Returns what reads health from KV, with other overrides than those that are there. */
export const healthInKv =
  (platform: Platform) =>
  async (kv: Pick<Kv, 'get'>, overrides: readonly LiveOverride[], now: number): Promise<Result<Health>> => {
    const vantages = await readVantages(kv, [CRON, PUSH])
    return vantages.ok ? ok(new Health(vantages.value, overrides, now, platform)) : vantages
  }
