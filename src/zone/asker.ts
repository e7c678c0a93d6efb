import type { GeoSources } from '../geo/query-path.ts'
import type { Health } from '../health/query-path.ts'
import type { Address } from '../net/index.ts'
import type { Rng } from '../policy/query-path.ts'
import type { Outside } from './outside.ts'

/**
 * Everything that an answer depends on besides the question and the zones, for callers without a message. `identity` is
 * the text of id.server. Without `places` every location is unknown.
 */
export type Asker = {
  readonly client: Address
  readonly health: Health
  readonly places?: GeoSources | undefined
  readonly random: Rng
  readonly identity: string
  readonly outside?: Outside | undefined
  /** True to ask zones as somebody whom all of them are for. */
  readonly isInsider?: boolean
}
