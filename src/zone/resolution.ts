import { failure, type Name, type NameKey, NO_RECORDS, type QueryError, type Response } from '../dns/query-path.ts'
import type { AskedCheck } from '../health/query-path.ts'
import type { Zone } from './zone.ts'

/** The response; or the zone, or its part, that has to be loaded first. */
export type Resolution = Resolved | NeedsZone

export type Resolved = {
  readonly kind: 'resolved'
  readonly response: Response
  /** True if chance decided: the next query may get another answer. */
  readonly byChance: boolean
  /** The reason for a response that is a failure. */
  readonly error?: QueryError
  /** Checks that no document has: a script computed them from the query. */
  readonly asked?: readonly AskedCheck[]
  /** The name at which the walk left our zones, by a chain or a delegation. Other servers know more. */
  readonly beyond?: Name
}

/**
 * `part` is set if the zone is there, and one of its parts is not; `isOutside` if the addresses of names outside the
 * zones are not there.
 */
export type NeedsZone = {
  readonly kind: 'needs-zone'
  readonly origin: NameKey
  readonly part?: number
  readonly isOutside?: true
}

export const needsPart = ({ origin }: Zone, part: number): NeedsZone => ({
  kind: 'needs-zone',
  origin: origin.key,
  part,
})

export function failed(error: QueryError, scope = 0, byChance = false): Resolved {
  return { kind: 'resolved', response: { ...NO_RECORDS, scope, ...failure(error) }, byChance, error }
}
