import { MAX_MESSAGE_CHARS, MAX_QUOTE_CHARS, MAX_REPORTED_ISSUES } from '../limits.ts'
import { printable } from '../printable.ts'

/** Where in a source: line and column count from 1, the column in characters. */
export type Position = { readonly file: string; readonly line: number; readonly column: number }

/**
 * `error`: the source cannot be used. `warning`: it can, and most likely does something else than was meant.
 * `advice`: it is right as far as can be seen from here; worth a look.
 */
export type Severity = 'error' | 'warning' | 'advice'

/** A finding before it is known how grave it is; without a severity it has that of the list that it stands in. */
export type Finding = Position & { readonly message: string; readonly severity?: Severity | undefined }

/** One thing to tell of a source. `message` is `fact; expected mend`, or the fact alone. */
export type Diagnostic = Position & { readonly severity: Severity; readonly message: string }

/** A diagnostic as `--json` prints it. `expected` is empty where the message names no mend. */
export type DiagnosticJson = Diagnostic & { readonly expected: string }

/** `file:line:column: message`, which editors and CI systems read; the severity stands in front of the message, unless it is an error. */
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

/** Sorts by position, the files in the order given; counts what is beyond the cap, and does not list it. */
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
  const told = sorted.slice(0, MAX_REPORTED_ISSUES).map((finding) => ({
    ...{ file: finding.file, line: finding.line, column: finding.column },
    ...{ severity: finding.severity ?? severity, message: concise(finding.message) },
  }))
  const last = told.at(-1)
  if (!last || sorted.length === told.length) return told
  const left = sorted.length - told.length + 1
  const message = `${left} more from here on; expected those above to be mended first`
  return [...told.slice(0, -1), { ...last, severity, message }]
}

/** The message, with long quotes of the source cut, so that a slip inside of a long record is told in a line. */
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

const shortened = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text)
