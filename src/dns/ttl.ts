import { MAX_TTL } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'

const UNIT_SECONDS: Readonly<Record<string, number>> = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 }

/** Returns true if the text has the form of a TTL: a number, or BIND's units as in `1h30m`. */
export const looksLikeTtl = (text: string): boolean => /^\d+$|^(\d+[wdhms])+$/i.test(text)

/** Parses a time into seconds: a number, or weeks, days, hours, minutes and seconds as in `1w2d`, `1h30m`. */
export function parseTtl(text: string): Result<number> {
  if (!looksLikeTtl(text)) return err(`"${text}" is not a valid time; expected seconds, or units as in 1h30m`)
  const seconds = /^\d+$/.test(text)
    ? Number(text)
    : [...text.toLowerCase().matchAll(/(\d+)([wdhms])/g)].reduce(
        (sum, [, count, unit]) => sum + Number(count) * (UNIT_SECONDS[unit as string] as number),
        0,
      )
  return seconds <= MAX_TTL ? ok(seconds) : err(`${text} is too long; expected at most ${MAX_TTL} seconds (RFC 2181)`)
}
