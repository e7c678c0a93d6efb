import { AskedPools, type HealthCalls } from '../../powerdns/index.ts'
import type { scriptsWith } from './scripts.ts'

/** Returns what makes the pools that only queries can know. It needs the compiler. */
export const askedPoolsWith =
  (healthCalls: HealthCalls): NonNullable<Parameters<typeof scriptsWith>[0]> =>
  (zone, stale) =>
    new AskedPools(healthCalls, zone, stale)
