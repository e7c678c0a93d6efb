import { MAX_PATTERN_WORK } from '../limits.ts'
import type { Result } from '../result.ts'

/**
 * Counts the instructions of a pattern's program: a search takes up to so many steps for each octet of a text. An error
 * says why the text is not a pattern. It is passed in where documents are validated for the first time, and left out
 * afterwards, since the code that compiles patterns is large.
 */
export type PatternSize = (pattern: string) => Result<number>

/** Returns the number of octets that a pattern may search in all. */
export const octetsFor = (instructions: number): number => Math.floor(MAX_PATTERN_WORK / Math.max(1, instructions))

/** Returns the error of a pattern that is too large to search so many octets; undefined if it is not a pattern. */
export function whyTooMuch(pattern: string, octets: number, patternSize: PatternSize): string | undefined {
  const instructions = patternSize(pattern)
  if (!instructions.ok || octets <= octetsFor(instructions.value)) return undefined
  const max = octetsFor(octets)
  const fact = `the pattern has ${instructions.value} instructions for ${octets} octets`
  return `${fact}; expected at most ${max}: fewer or smaller repetitions, or fewer "bytes"`
}
