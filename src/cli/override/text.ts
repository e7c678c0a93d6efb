import { type OverrideReport, subjectText } from '../../health/index.ts'
import { printable } from '../../printable.ts'
import { span } from '../duration.ts'
import { type Cell, type Paint, table } from '../paint.ts'

/** Formats an override: `forced down by ops@host until 2026-11-22T18:00:00Z (in 2h05m): maintenance`. */
export function forcedText({ force, by, why, until }: OverrideReport, now: number): string {
  return printable(`forced ${force} by ${by}${untilText(until, now)}: ${why}`)
}

/** Returns a line for each override, with the number that `override remove` takes. */
export function overrideLines(overrides: readonly OverrideReport[], now: number, paint: Paint): string[] {
  const rows = overrides.map((override, i): Cell[] => {
    const { force, by, why, until, ended } = override
    const state: Cell = ended ? { text: 'ended', style: 'dim' } : { text: force, style: FORCED[force] }
    const subject = printable(subjectText(override))
    return [String(i + 1).padStart(3), state, subject, printable(`by ${by}${untilText(until, now)}: ${why}`)]
  })
  return table(rows, paint)
}

const FORCED = { up: 'green', down: 'red', drained: 'yellow' } as const

function untilText(until: string | undefined, now: number): string {
  if (until === undefined) return ''
  const left = Date.parse(until) - now
  return ` until ${until.replace(/\.\d+Z$/, 'Z')} (${left > 0 ? `in ${span(left)}` : `${span(-left)} ago`})`
}
