/** The output of a command. Tests pass a recorder. */
export type Console = {
  /** Writes a line of the result. */
  readonly out: (line: string) => void
  /** Writes an error, a warning or progress. */
  readonly err: (line: string) => void
  /** Rewrites the last line of `err` in place; undefined if `err` is not a terminal. */
  readonly rewrite: ((line: string) => void) | undefined
}

/**
 * Exit statuses: 1 is a failure (an invalid zone, KV that cannot be reached), 2 an invalid command line. `status`
 * reports that a target is down, a state is in doubt, or the Worker cannot be reached. `plan` reports that an answer
 * changes, and any error, an invalid command line too, as a failure.
 */
export const EXIT = { OK: 0, FAILED: 1, USAGE: 2, CHANGED: 2, DOWN: 1, DOUBT: 2, UNASKED: 3 } as const
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT]

export const processConsole: Console = {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  rewrite: process.stderr.isTTY ? (line) => void process.stderr.write(`\r\x1b[K${line}`) : undefined,
}
