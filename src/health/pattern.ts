import { MAX_PATTERN_WORK } from '../limits.ts'
import type { Result } from '../result.ts'

/**
 * Counts the instructions of a pattern's program, which may take as many steps for each octet of a text; an error says
 * why it is not a pattern. Passed in where documents are validated for the first time; left out where that was done
 * before, since the code that compiles patterns is large.
 */
export type PatternSize = (pattern: string) => Result<number>

/** Octets that a pattern may be tried on altogether. */
export const octetsFor = (instructions: number): number => Math.floor(MAX_PATTERN_WORK / Math.max(1, instructions))

/** Returns why a pattern may not be tried on texts of so many octets; nothing for a text that is not a pattern. */
export function whyTooMuch(pattern: string, octets: number, patternSize: PatternSize): string | undefined {
  const instructions = patternSize(pattern)
  if (!instructions.ok || octets <= octetsFor(instructions.value)) return undefined
  const most = octetsFor(octets)
  return `the pattern has ${instructions.value} instructions for ${octets} octets; expected at most ${most}: fewer or smaller repetitions, or fewer "bytes"`
}
