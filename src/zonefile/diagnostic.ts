/** Where in a source: line and column count from 1, the column in characters. */
export type Position = { readonly file: string; readonly line: number; readonly column: number }

/** Something wrong, or suspect, in a source: what it is and what would be right. */
export type Diagnostic = Position & { readonly message: string }

/** `file:line:column: message`, which editors and CI systems read. */
export const formatDiagnostic = ({ file, line, column, message }: Diagnostic): string =>
  `${file}:${line}:${column}: ${message}`
