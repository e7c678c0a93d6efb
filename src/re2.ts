import { RE2JS } from 're2js'
import { err, ok, type Result } from './result.ts'

/** The limit on cached sizes. The checks of a zone have few patterns, each many times. */
const MAX_CACHED = 256
const sizes = new Map<string, Result<number>>()

/**
 * Counts the instructions of RE2's program for a pattern. The library is large: code that serves queries does not
 * import this file.
 */
export function patternSize(pattern: string): Result<number> {
  const cached = sizes.get(pattern)
  if (cached) return cached
  const compiled = compilePattern(pattern)
  const size = compiled.ok ? ok(compiled.value.programSize()) : compiled
  if (sizes.size >= MAX_CACHED) sizes.clear()
  sizes.set(pattern, size)
  return size
}

/** Compiles a pattern, with a separate automaton, which grows as it is used. */
export function compilePattern(pattern: string): Result<RE2JS> {
  try {
    return ok(RE2JS.compile(pattern))
  } catch (error) {
    return err(`not a pattern: ${(error as Error).message}; expected the syntax of RE2`)
  }
}
