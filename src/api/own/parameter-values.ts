import { err, ok, type Result } from '../../result.ts'
import { parseTime } from '../../time.ts'

/** Returns milliseconds since the epoch; undefined for a parameter that is left out. */
export function timeOf(text: string | undefined): Result<number | undefined> {
  if (text === undefined) return ok(undefined)
  const time = parseTime(text)
  return time === undefined
    ? err(`"${text.slice(0, 40)}" is not a time; expected one like 2026-12-01T12:00:00Z`)
    : ok(time)
}

/** Returns true for a client with a token. */
export function tokenOf(text: string | undefined): Result<boolean> {
  return text === undefined || text === '1'
    ? ok(text === '1')
    : err(`token is "${text.slice(0, 40)}"; expected 1, or nothing of it`)
}
