import { LAST_TIME_MS } from '../calendar.ts'
import { VOUCHED_MS } from './book.ts'
import { type AliasDocument, entryId } from './document.ts'
import { ADDRESS_TYPES, type AddressType, servedOf } from './entry.ts'

/** A target that cannot be resolved. `since`: ISO 8601. */
export type UnresolvedAlias = {
  readonly name: string
  readonly type: AddressType
  readonly why: string
  readonly since: string
  /** True if the addresses that were told before are still served. */
  readonly isServed: boolean
}

/** Entries of a report: more say no more to a person. */
const MAX_REPORTED = 100

/**
 * Returns the targets that cannot be resolved.
 * @param names of all targets
 * @param now milliseconds since the epoch
 */
export function unresolvedAliases(
  names: readonly string[],
  document: AliasDocument | undefined,
  now: number,
): readonly UnresolvedAlias[] {
  const unresolved: UnresolvedAlias[] = []
  for (const name of names) {
    for (const type of ADDRESS_TYPES) {
      const entry = document?.entries.get(entryId(name, type))
      if (!document || !entry?.failing || unresolved.length === MAX_REPORTED) continue
      const { since, why } = entry.failing
      const isServed = servedOf(entry, now, document.at + VOUCHED_MS) !== undefined
      unresolved.push({ name, type, why, since: new Date(Math.min(since, LAST_TIME_MS)).toISOString(), isServed })
    }
  }
  return unresolved
}
