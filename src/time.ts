/** Returns a time in ISO 8601; undefined for one that no date can be. @param ms milliseconds since the epoch */
export const dateText = (ms: number | undefined): string | undefined =>
  ms !== undefined && Math.abs(ms) <= LAST_DATE_MS ? new Date(ms).toISOString() : undefined

/** The last time that a date can be. */
const LAST_DATE_MS = 8_640_000_000_000_000

/** Parses a time with its zone, like `2026-11-22T18:00:00Z`, to milliseconds since the epoch; else undefined. */
export function parseTime(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined
  // Date.parse accepts 30 February as 2 March.
  const day = `${text.slice(0, 10)}T00:00:00.000Z`
  if (Number.isNaN(Date.parse(text)) || Number.isNaN(Date.parse(day))) return undefined
  return new Date(day).toISOString() === day ? Date.parse(text) : undefined
}
