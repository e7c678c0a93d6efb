import { formatName } from '../../dns/index.ts'
import { AskedPools, type HealthCalls, ScriptLoader } from '../../powerdns/index.ts'
import type { OpenAids } from './open-zone.ts'

/** Returns what loads the scripts of stored zones. @param healthCalls makes the pools that only queries can know */
export const scriptsWith =
  (healthCalls: HealthCalls | undefined): NonNullable<OpenAids['scripts']> =>
  ({ head, origin, included }) => {
    const name = formatName(origin.key).replace(/(?<=.)\.$/, '')
    const asked = healthCalls && new AskedPools(healthCalls, name, head.stale)
    return new ScriptLoader({ origin, included, asked }).load
  }
