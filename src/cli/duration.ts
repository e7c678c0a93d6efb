/** Formats a duration in its two largest units: `3m12s`, `2h05m`, `4d03h`. @param ms milliseconds, 0 or more */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  const two = (value: number): string => String(value).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  if (seconds < 60) return `${seconds}s`
  if (minutes < 60) return `${minutes}m${two(seconds % 60)}s`
  if (hours < 24) return `${hours}h${two(minutes % 60)}m`
  return `${Math.floor(hours / 24)}d${two(hours % 24)}h`
}

/** Formats a time to the second. */
export const isoTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
