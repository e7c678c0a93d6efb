import { failure, type NameKey, NO_RECORDS, type QueryError, type Response } from '../dns/query-path.ts'
import type { AskedCheck } from '../health/query-path.ts'
import type { Step } from './trace.ts'

/** The response with every decision that led to it; or the zone that has to be loaded first. */
export type Resolution = Resolved | NeedsZone

export type Resolved = {
  readonly kind: 'resolved'
  readonly response: Response
  /** True if chance decided: the next query may get another answer. */
  readonly byChance: boolean
  readonly trace: readonly Step[]
  /** The reason for a response that is a failure. */
  readonly error?: QueryError
  /** Checks that no document has: a script computed them from the query. */
  readonly asked?: readonly AskedCheck[]
}

export type NeedsZone = { readonly kind: 'needs-zone'; readonly origin: NameKey }

export function failed(error: QueryError, trace: readonly Step[], scope = 0, byChance = false): Resolved {
  return { kind: 'resolved', response: { ...NO_RECORDS, scope, ...failure(error) }, byChance, trace, error }
}
