import { formatName } from '../../dns/query-path.ts'
import type { StalePolicy } from '../../health/query-path.ts'
import type { AskedPools } from '../../powerdns/index.ts'
import { ScriptLoader } from '../../powerdns/query-path.ts'
import type { OpenAids } from './open-zone.ts'

/** Makes the pools of a zone that only queries can know. @param zone as checks name it: `example.com` */
type AskedPoolsOf = (zone: string, stale: StalePolicy) => AskedPools

/** Returns what loads the scripts of stored zones. @param askedPoolsOf is left out where no script asks */
export const scriptsWith =
  (askedPoolsOf: AskedPoolsOf | undefined): NonNullable<OpenAids['scripts']> =>
  ({ head, origin, included }) => {
    const name = formatName(origin.key).replace(/(?<=.)\.$/, '')
    return new ScriptLoader({ origin, included, asked: askedPoolsOf?.(name, head.stale) }).load
  }
