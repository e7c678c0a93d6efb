/** Where a command writes to. Tests pass their own. */
export type Console = {
  /** A line of what was asked for. */
  readonly out: (line: string) => void
  /** A line about it: errors, warnings, progress. */
  readonly err: (line: string) => void
  /** Rewrites the last line of `err` in place; undefined where that is not a terminal. */
  readonly rewrite: ((line: string) => void) | undefined
}

/**
 * Exit statuses: a finding (a bad zone, KV that cannot be reached), and a command line that makes no sense. Those of
 * `status` say how things are: something is down, or in doubt, or could not be asked.
 */
export const EXIT = { OK: 0, FAILED: 1, USAGE: 2, DOWN: 1, DOUBT: 2, UNASKED: 3 } as const
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT]

export const processConsole: Console = {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  rewrite: process.stderr.isTTY ? (line) => void process.stderr.write(`\r\x1b[K${line}`) : undefined,
}
