import { type OverrideReport, subjectText } from '../../health/index.ts'
import { printable } from '../../printable.ts'
import { span } from '../duration.ts'
import { type Cell, type Paint, table } from '../paint.ts'

/** Formats an override: `forced down by ops@host until 2026-11-22T18:00:00Z (in 2h05m): maintenance`. */
export function forcedText(override: OverrideReport, now: number): string {
  const { by, why } = override
  return printable(`${whatText(override)} by ${by}${timesText(override, now)}: ${why}`)
}

function whatText({ force, weight }: OverrideReport): string {
  switch (force) {
    case 'weight':
      return `weight set to ${weight}`
    case 'resume':
      return 'resumed'
    default:
      return `forced ${force}`
  }
}

/** Returns a line for each override, with the number that `override remove` takes. */
export function overrideLines(overrides: readonly OverrideReport[], now: number, paint: Paint): string[] {
  const rows = overrides.map((override, i): Cell[] => {
    const { by, why } = override
    const subject = printable(subjectText(override))
    return [
      String(i + 1).padStart(3),
      stateCell(override),
      subject,
      printable(`by ${by}${timesText(override, now)}: ${why}`),
    ]
  })
  return table(rows, paint)
}

function stateCell({ force, weight, ended, active = true }: OverrideReport): Cell {
  if (ended) return { text: 'ended', style: 'dim' }
  const text = force === 'weight' ? `weight ${weight}` : force
  return active ? { text, style: FORCED[force] } : { text: `${text}, later`, style: 'dim' }
}

const FORCED = { up: 'green', down: 'red', drained: 'yellow', weight: 'yellow', resume: 'green' } as const

function timesText({ force, from, until, every, changesAt }: OverrideReport, now: number): string {
  const begins = from !== undefined && (force === 'resume' || Date.parse(from) > now)
  const parts = [
    ...(begins ? [` from ${timeText(from, now)}`] : []),
    ...(every ? [` every ${everyText(every)}`] : []),
    ...(until === undefined ? [] : [` until ${timeText(until, now)}`]),
    ...(every && changesAt !== undefined ? [`, changes at ${timeText(changesAt, now)}`] : []),
  ]
  return parts.join('')
}

const everyText = ({ days, at, for: length, zone }: NonNullable<OverrideReport['every']>): string =>
  `${days ? days.join(',') : 'day'} at ${at} for ${length} in ${zone}`

function timeText(time: string, now: number): string {
  const left = Date.parse(time) - now
  return `${time.replace(/\.\d+Z$/, 'Z')} (${left > 0 ? `in ${span(left)}` : `${span(-left)} ago`})`
}
