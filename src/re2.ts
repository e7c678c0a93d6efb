import { RE2JS } from 're2js'
import { err, ok, type Result } from './result.ts'

/** Checks of a zone have few patterns, each of them many times. */
const MAX_KNOWN = 256
const known = new Map<string, Result<number>>()

/**
 * Counts the instructions of the program that RE2 makes of a pattern. The library is large: what serves queries does
 * not import this file.
 */
export function patternSize(pattern: string): Result<number> {
  const last = known.get(pattern)
  if (last) return last
  const compiled = compilePattern(pattern)
  const size = compiled.ok ? ok(compiled.value.programSize()) : compiled
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(pattern, size)
  return size
}

/** Returns a pattern of its own, with an automaton that grows as it is used. */
export function compilePattern(pattern: string): Result<RE2JS> {
  try {
    return ok(RE2JS.compile(pattern))
  } catch (error) {
    return err(`not a pattern: ${(error as Error).message}; expected the syntax of RE2`)
  }
}
