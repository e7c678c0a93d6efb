/** Calls `fire` after `ms` milliseconds. The returned function calls that off. */
export type Timer = (ms: number, fire: () => void) => () => void

/** Keeps the isolate working after the answer has gone out. */
export type WaitUntil = (work: Promise<unknown>) => void
