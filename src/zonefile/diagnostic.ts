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
  const sorted = diagnostics
    .map(shortened)
    .toSorted(
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

/** The longest message, and the longest text that one quotes: a line of a terminal or two. */
const MAX_MESSAGE_CHARS = 220
const MAX_QUOTED_CHARS = 40

/** What is expected stays: the fact before it is cut. */
function shortened(diagnostic: Diagnostic): Diagnostic {
  if (diagnostic.message.length <= MAX_MESSAGE_CHARS) return diagnostic
  const quoted = new RegExp(`"([^"]{${MAX_QUOTED_CHARS}})[^"]+"`, 'g')
  const message = diagnostic.message.replace(quoted, '"$1…"')
  if (message.length <= MAX_MESSAGE_CHARS) return { ...diagnostic, message }
  const at = message.lastIndexOf('; expected')
  const expected = at >= 0 && message.length - at < MAX_MESSAGE_CHARS / 2 ? message.slice(at) : ''
  return { ...diagnostic, message: `${message.slice(0, MAX_MESSAGE_CHARS - 1 - expected.length)}…${expected}` }
}
