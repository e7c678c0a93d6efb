import type { PoolShape, ProbeCondition, StalePolicy, ZoneGuard } from '../health/index.ts'
import type { ReceiverDocument } from '../notify/index.ts'
import { recordsOf } from '../policy/index.ts'
import type { NodeMap } from './names.ts'
import type { Zone } from './zone.ts'

/** A zone as it is compiled: its names are all in memory, and can be listed. */
export type LocalZone = Zone & {
  readonly names: NodeMap
  /** Every check of a target that its answers consult. */
  readonly conditions: readonly ProbeCondition[]
  /** Its pools and failovers, as far as health decides in them. */
  readonly pools: readonly PoolShape[]
  /** The fate of states that nobody has confirmed. */
  readonly stale: StalePolicy
  readonly guard?: ZoneGuard | undefined
  /** True if `_health` in front of a name tells the states of its targets. */
  readonly tellsHealth: boolean
  /** The receivers of its changes. */
  readonly notify?: readonly ReceiverDocument[] | undefined
  /** The names outside of it, or delegated, that its ALIAS records lead to; absolute, in lower case. */
  readonly outsideAliases: readonly string[]
}

/** Returns the number of targets of its checks. */
export const countProbes = ({ conditions }: LocalZone): number => new Set(conditions.map(({ probe }) => probe.id)).size

/** Returns the number of its records. A choice has all that it may answer; one that has none counts as one. */
export function countRecords({ names }: LocalZone): number {
  let records = 0
  for (const { rrsets } of names.nodes.values()) {
    for (const { policy } of rrsets) records += Math.max(1, recordsOf(policy).length)
  }
  return records
}
