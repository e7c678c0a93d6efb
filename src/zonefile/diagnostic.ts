import { MAX_MESSAGE_CHARS, MAX_QUOTE_CHARS, MAX_REPORTED_ISSUES } from '../limits.ts'
import { printable } from '../printable.ts'

/** A position in a source. Line and column count from 1, the column in characters. */
export type Position = { readonly file: string; readonly line: number; readonly column: number }

/**
 * `error`: the source cannot be used. `warning`: it can be used, but most likely contains a mistake. `advice`: it may
 * be right, and depends on facts that the source does not contain.
 */
type Severity = 'error' | 'warning' | 'advice'

/** A finding whose severity may be unset: then the list that contains it decides. */
export type Finding = Position & { readonly message: string; readonly severity?: Severity | undefined }

/** A message about a source. `message` is `fact; expected fix`, or the fact alone. */
export type Diagnostic = Position & { readonly severity: Severity; readonly message: string }

/** A diagnostic as `--json` prints it. `expected` is empty if the message has no fix. */
type DiagnosticJson = Diagnostic & { readonly expected: string }

/**
 * Formats `file:line:column: message`, which editors and CI systems read. The severity comes before the message, unless
 * it is an error.
 */
export function formatDiagnostic({ file, line, column, severity, message }: Diagnostic): string {
  const prefix = severity === 'error' ? '' : `${severity}: `
  return `${printable(file)}:${line}:${column}: ${prefix}${printable(message)}`
}

export function diagnosticJson({ file, line, column, severity, message }: Diagnostic): DiagnosticJson {
  const at = message.indexOf(EXPECTED)
  const [fact, expected] = at < 0 ? [message, ''] : [message.slice(0, at), message.slice(at + EXPECTED.length)]
  return { file, line, column, severity, message: fact, expected }
}

const EXPECTED = '; expected '

/** Sorts findings by position, in the order of `files`. Findings beyond the limit are only counted. */
export function arranged(
  findings: readonly Finding[],
  severity: Severity,
  files: readonly string[],
): readonly Diagnostic[] {
  const order = new Map(files.map((file, i) => [file, i]))
  const sorted = findings.toSorted(
    (a, b) =>
      (order.get(a.file) ?? files.length) - (order.get(b.file) ?? files.length) ||
      a.line - b.line ||
      a.column - b.column,
  )
  const listed = sorted.slice(0, MAX_REPORTED_ISSUES).map((finding) => ({
    file: finding.file,
    line: finding.line,
    column: finding.column,
    severity: finding.severity ?? severity,
    message: concise(finding.message),
  }))
  const last = listed.at(-1)
  if (!last || sorted.length === listed.length) return listed
  const left = sorted.length - listed.length + 1
  const message = `${left} more from here on; expected those above to be fixed first`
  return [...listed.slice(0, -1), { ...last, severity, message }]
}

/** Shortens long quotes of the source in a message, so that an error in a long record fits in a line. */
function concise(message: string): string {
  if (message.length <= MAX_MESSAGE_CHARS) return message
  const cut = message.replace(
    QUOTED,
    (_, mark: string, text: string) => mark + shortened(text, MAX_QUOTE_CHARS + 1) + mark,
  )
  if (cut.length <= MAX_MESSAGE_CHARS) return cut
  const at = cut.indexOf(EXPECTED)
  if (at < 0 || cut.length - at > MAX_MESSAGE_CHARS / 2) return shortened(cut, MAX_MESSAGE_CHARS)
  return shortened(cut.slice(0, at), MAX_MESSAGE_CHARS - (cut.length - at)) + cut.slice(at)
}

const QUOTED = /(?<=^|[\s(])(["'])((?:(?!\1).){40,}?)\1(?=[\s;,.:)]|$)/gs

const shortened = (text: string, max: number): string => (text.length > max ? `${text.slice(0, max - 1)}…` : text)
