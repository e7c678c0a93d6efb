import { MAX_CONVERSATION_BYTES } from '../limits.ts'
import type { Expected } from './check-fields.ts'
import { type Action, type DocumentOf, type Kind, kindOf } from './kinds/index.ts'
import { type PatternSize, whyTooMuch } from './pattern.ts'

/**
 * Returns the error of fields that are valid one by one, but not together.
 * @param patternSize measures patterns; without it they count as validated
 */
export function contradiction(document: DocumentOf<Kind>, patternSize: PatternSize | undefined): string | undefined {
  const kind = kindOf(document)
  const conflict = kind.contradiction?.(document)
  if (conflict !== undefined) return conflict
  const expected = kind.searched?.(document)
  if (!patternSize || !expected || !('matches' in expected)) return undefined
  return whyTooMuch(expected.matches, kind.searchedOctets?.(document) ?? MAX_CONVERSATION_BYTES, patternSize)
}

/** Returns the text or pattern that a probe searches for. */
export const expectedBy = (action: Action): Expected | undefined => kindOf(action).searched?.(action)
