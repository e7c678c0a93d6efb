import { DAY_MS } from '../calendar.ts'

/** Windows that recur each week, in the time of a place. */
export type Recurring = {
  /** The days on which a window begins; all of them if it is left out. */
  readonly days?: readonly Day[] | undefined
  /** The local time at which a window begins, `22:00`. */
  readonly at: string
  /** The length of a window, in seconds. */
  readonly for: number
  /** A name of the IANA time zone database, `Europe/Berlin`. */
  readonly zone: string
}

export const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
type Day = (typeof DAYS)[number]

/** A window begins at least once a week, and the clock may be put by hours. */
const LOOK_AHEAD_DAYS = 8

/**
 * Returns the window that a time is in, or else the next one. Windows that touch or overlap are one. Times are
 * milliseconds since the epoch. A local time that does not exist, because the clock is put forward, is that much later;
 * of one that exists twice the first counts (RFC 5545 §3.3.5).
 */
export function windowAt(every: Recurring, now: number): { readonly start: number; readonly end: number } {
  const length = every.for * 1000
  const today = Math.floor((now + offsetAt(every.zone, now)) / DAY_MS)
  const back = Math.ceil(length / DAY_MS) + 1
  let window: { start: number; end: number } | undefined
  for (let day = today - back; day <= today + back + LOOK_AHEAD_DAYS; day++) {
    const weekday = DAYS[(((day + THURSDAY) % 7) + 7) % 7] as Day
    if (every.days && !every.days.includes(weekday)) continue
    const start = instantOf(every.zone, day * DAY_MS + timeOfDay(every.at))
    if (start + length <= now) continue
    if (!window) window = { start, end: start + length }
    else if (start <= window.end) window.end = Math.max(window.end, start + length)
    else break
  }
  if (!window) throw new Error(`no window begins within ${LOOK_AHEAD_DAYS} days`)
  return window
}

/** The weekday of 1970-01-01. */
const THURSDAY = 4

/** Returns the milliseconds since midnight. */
function timeOfDay(text: string): number {
  const [hours, minutes] = text.split(':').map(Number) as [number, number]
  return (hours * 60 + minutes) * 60_000
}

/** Returns the instant of a local time, which is given as if it were UTC. */
function instantOf(zone: string, local: number): number {
  const [before, after] = [offsetAt(zone, local - DAY_MS), offsetAt(zone, local + DAY_MS)]
  // The offset before a change of the clock leads to the first of two instants, and past a gap.
  const first = local - before
  if (offsetAt(zone, first) === before) return first
  const second = local - after
  return offsetAt(zone, second) === after ? second : first
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** Returns the milliseconds that the local time of a zone is ahead of UTC. */
function offsetAt(zone: string, at: number): number {
  let format = formats.get(zone)
  if (!format) {
    if (formats.size >= MAX_FORMATS) formats.clear()
    format = new Intl.DateTimeFormat('en-US', { ...FIELDS, timeZone: zone })
    formats.set(zone, format)
  }
  const parts: Record<string, number> = {}
  for (const { type, value } of format.formatToParts(at)) parts[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000
}

const FIELDS: Intl.DateTimeFormatOptions = {
  ...{ calendar: 'iso8601', numberingSystem: 'latn', hourCycle: 'h23' },
  ...({ year: 'numeric', month: 'numeric', day: 'numeric' } as const),
  ...({ hour: 'numeric', minute: 'numeric', second: 'numeric' } as const),
}

/** Few zones are in use at once, and a format takes some 10 KB. */
const MAX_FORMATS = 32

/** Returns true if the platform knows a time zone. */
export function isTimeZone(zone: string): boolean {
  try {
    offsetAt(zone, 0)
    return true
  } catch {
    return false
  }
}
