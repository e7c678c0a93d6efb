import { type KeySet, parseKeySet } from '../dnssec/index.ts'
import { err, ok, type Result } from '../result.ts'
import { Damaged } from '../stored-value.ts'
import type { KeyChange, KeyFacts, KeyOutcome, KeyRefusal } from './call.ts'
import { changeKeys } from './change.ts'

/** Reads the keys of a zone as KV has them; no text: the zone has none. */
export function readKeys(text: string | null | undefined): Result<KeySet | undefined, KeyRefusal> {
  if (text === null || text === undefined) return ok(undefined)
  try {
    return ok(parseKeySet(text))
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
    const why = `the keys in KV are damaged: ${error.message}; "dnssec disable --force" removes them, and "dnssec import" puts others there`
    return err({ kind: 'conflict', why })
  }
}

/**
 * Changes the keys of a zone as KV has them. Damaged ones can be removed, and nothing else: there has to be a way out.
 */
export async function changeStoredKeys(
  text: string | null | undefined,
  change: KeyChange,
  facts: KeyFacts,
): Promise<Result<KeyOutcome, KeyRefusal>> {
  const set = readKeys(text)
  if (set.ok) return changeKeys(set.value, change, facts)
  if (change.kind !== 'disable' || !change.isForced) return set
  return ok({ set: null, told: [`the damaged keys of ${facts.origin}. are gone; it is not signed any more`] })
}
