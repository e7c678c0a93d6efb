import { RE2JS } from 're2js'
import { MAX_PATTERN_WORK } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'

/** Checks of a zone have few patterns, each of them many times. */
const MAX_KNOWN = 256
const known = new Map<string, Result<number>>()

/** The instructions of the program that RE2 makes of a pattern: it may take as many steps for each octet of a text. */
export function instructionsOf(pattern: string): Result<number> {
  const last = known.get(pattern)
  if (last) return last
  const counted = counting(pattern)
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(pattern, counted)
  return counted
}

function counting(pattern: string): Result<number> {
  try {
    return ok(RE2JS.compile(pattern).programSize())
  } catch (error) {
    return err(`not a pattern: ${(error as Error).message}; expected the syntax of RE2`)
  }
}

/** Octets that a pattern may be tried on altogether. */
export const octetsFor = (instructions: number): number => Math.floor(MAX_PATTERN_WORK / Math.max(1, instructions))

/** Why a pattern may not be tried on texts of so many octets. */
export function whyTooMuch(pattern: string, octets: number): string | undefined {
  const instructions = instructionsOf(pattern)
  if (!instructions.ok || octets <= octetsFor(instructions.value)) return undefined
  const most = octetsFor(octets)
  return `the pattern has ${instructions.value} instructions for ${octets} octets; expected at most ${most}: fewer or smaller repetitions, or fewer "bytes"`
}
