/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */

type AgeProps = {
  /** A time as the API writes it, ISO 8601, or in milliseconds since the epoch. */
  readonly at: string | number | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Tells how long ago something was; the exact time is in its title. */
export const Age = ({ at, now }: AgeProps) => <Moment at={at} now={now} ahead="in the future" behind="ago" />

/** Tells how long something still lasts. */
export const Until = ({ at, now }: AgeProps) => <Moment at={at} now={now} ahead="left" behind="ago" />

const Moment = ({ at, now, ahead, behind }: AgeProps & { readonly ahead: string; readonly behind: string }) => {
  const ms = typeof at === 'number' ? at : Date.parse(at ?? '')
  if (!Number.isFinite(ms)) return <span class="muted">unknown</span>
  const iso = new Date(ms).toISOString()
  const text = ms > now ? `${durationText(ms - now)} ${ahead}` : `${durationText(now - ms)} ${behind}`
  return (
    <time datetime={iso} title={iso.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}>
      {text}
    </time>
  )
}

/** Formats a duration by its largest unit, or its largest two: `45 s`, `3 min`, `2 h 5 min`, `12 d`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  const days = Math.floor(hours / 24)
  return days < 3 && hours % 24 > 0 ? `${days} d ${hours % 24} h` : `${days} d`
}
