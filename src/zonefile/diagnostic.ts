import { MAX_REPORTED_ISSUES } from '../limits.ts'

/** Where in a source: line and column count from 1, the column in characters. */
export type Position = { readonly file: string; readonly line: number; readonly column: number }

/** Something wrong, or suspect, in a source: what it is and what would be right. */
export type Diagnostic = Position & { readonly message: string }

/**
 * `file:line:column: message`, which editors and CI systems read. A message quotes the source, which may be somebody
 * else's: what a terminal would take for a command is written as `\DDD`.
 */
export const formatDiagnostic = ({ file, line, column, message }: Diagnostic): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  `${file}:${line}:${column}: ${message.replace(/[\x00-\x1f\x7f-\x9f]/g, escapeControl)}`

const escapeControl = (character: string): string => `\\${String(character.charCodeAt(0)).padStart(3, '0')}`

/** By position, the files in the order given; what is beyond the cap is counted, not listed. */
export function arranged(diagnostics: readonly Diagnostic[], files: readonly string[]): readonly Diagnostic[] {
  const order = new Map(files.map((file, i) => [file, i]))
  const sorted = diagnostics.toSorted(
    (a, b) =>
      (order.get(a.file) ?? files.length) - (order.get(b.file) ?? files.length) ||
      a.line - b.line ||
      a.column - b.column,
  )
  const beyond = sorted[MAX_REPORTED_ISSUES - 1]
  if (!beyond || sorted.length === MAX_REPORTED_ISSUES) return sorted
  const left = sorted.length - MAX_REPORTED_ISSUES + 1
  const message = `${left} more from here on; expected those above to be mended first`
  return [...sorted.slice(0, MAX_REPORTED_ISSUES - 1), { ...beyond, message }]
}
