/** The number of serials. */
const SERIALS = 2 ** 32

/** Seconds for which a serial that ran ahead of the clock is still one of EPOCH. */
const AHEAD = 3600

/**
 * Returns the serial after a change by SOA-EDIT-API, or undefined if there is no rule, which is `""`. Any other text
 * than those below counts as DEFAULT, as in PowerDNS.
 * @param now milliseconds since 1970
 */
export function nextSerial(rule: string, before: number, now: number): number | undefined {
  const more = (before + 1) % SERIALS
  switch (rule.toUpperCase()) {
    case '':
      return undefined
    case 'OFF':
      return before
    case 'INCREASE':
    case 'SOA-EDIT-INCREASE':
      return more
    case 'EPOCH': {
      const seconds = Math.floor(now / 1000) % SERIALS
      // Several changes in one second count on.
      return before >= seconds && before - seconds < AHEAD ? more : seconds
    }
    default:
      return Math.max(serialOfDay(now), more)
  }
}

/** Returns YYYYMMDD01 of the day in UTC. */
const serialOfDay = (now: number): number => Number(`${new Date(now).toISOString().slice(0, 10).replaceAll('-', '')}01`)

/** The rule of a zone that says nothing. */
export const DEFAULT_RULE = 'DEFAULT'
