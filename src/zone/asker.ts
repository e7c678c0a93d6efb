import type { Question } from '../dns/index.ts'
import type { Whereabouts } from '../geo/index.ts'
import type { AskedCheck, Health } from '../health/index.ts'
import type { Address, Prefix } from '../net/index.ts'
import type { Rng } from '../policy/index.ts'
import type { Zones } from './zones.ts'

/**
 * All that an answer depends on besides the question and the zones. `identity` is what id.server says. What is optional
 * only scripts look at: `connection` is the address that the query came from, `ecs` its Client Subnet option.
 */
export type Asker = {
  readonly client: Address
  readonly health: Health
  /** Where clients are; nobody knows where it is left out. */
  readonly places?: Whereabouts | undefined
  readonly random: Rng
  readonly identity: string
  readonly connection?: Address
  readonly ecs?: Prefix | undefined
  readonly dnssecOk?: boolean
}

/** What stays the same on the way from a question to its answer. `asked`: checks that scripts computed on the way. */
export type Walking = {
  readonly question: Question
  readonly zones: Zones
  readonly asker: Asker
  asked?: AskedCheck[]
}
