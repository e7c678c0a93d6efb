import type { PlacedError } from './change.ts'

/** Sums errors up in a sentence: the first with its place, and the number of the others. */
export function summaryOf([first, ...others]: readonly PlacedError[]): string {
  if (!first) return 'the zone is not valid'
  const { line, column, message, expected } = first
  const more = others.length === 0 ? '' : `, and ${others.length} more`
  return `line ${line}, column ${column}: ${message}${expected === '' ? '' : `; expected ${expected}`}${more}`
}
