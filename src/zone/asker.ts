import type { Question } from '../dns/query-path.ts'
import type { GeoSources } from '../geo/query-path.ts'
import type { AskedCheck, Health } from '../health/query-path.ts'
import type { Address, Prefix, SubnetTrust } from '../net/index.ts'
import type { Rng } from '../policy/query-path.ts'
import type { Zone } from './zone.ts'
import type { Zones } from './zones.ts'

/**
 * All that an answer depends on besides the question and the zones. `identity` is what id.server says. What is optional
 * only scripts look at: `connection` is the address that the query came from, `ecs` its Client Subnet option.
 */
export type Asker = {
  readonly client: Address
  readonly health: Health
  /** Where clients are; nobody knows where it is left out. */
  readonly places?: GeoSources | undefined
  readonly random: Rng
  readonly identity: string
  readonly connection?: Address
  readonly ecs?: Prefix | undefined
  readonly dnssecOk?: boolean
  /** True if the query has a Client Subnet option that is not believed. */
  readonly ignoresSubnet?: boolean
  /** The asker as a zone sees it: its Client Subnet option may not be believed there. */
  readonly within?: (trust: SubnetTrust | undefined) => Asker
}

/** Returns the walking for a zone, which may not believe the Client Subnet option. */
export function walkingIn(walking: Walking, { clientSubnet }: Zone): Walking {
  const { asker } = walking
  const seen = asker.within?.(clientSubnet) ?? asker
  return seen === asker ? walking : { ...walking, asker: seen, whole: walking.whole ?? walking }
}

/**
 * The data that stay the same from a question to its answer. `asked`: checks that scripts computed on the way.
 * `whole` is the walking that this one was made of for a zone: it gathers what is asked.
 */
export type Walking = {
  readonly question: Question
  readonly zones: Zones
  readonly asker: Asker
  readonly whole?: Walking
  asked?: AskedCheck[]
}
