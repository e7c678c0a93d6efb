import { err, ok, type Result } from '../result.ts'
import { parseTime } from '../time.ts'

/** Parses the time of `--at`, or returns the present one. Times are milliseconds since the epoch. */
export function timeOf(text: string | undefined, now: number): Result<number> {
  const time = text === undefined ? now : parseTime(text)
  if (time !== undefined) return ok(time)
  return err(`--at "${text}" is not a valid time; expected one with its zone, like 2026-11-22T18:00:00Z`)
}
