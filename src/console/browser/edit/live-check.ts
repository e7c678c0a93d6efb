import { type Diagnostic, linter } from '@codemirror/lint'
import type { Extension, Text } from '@codemirror/state'
import type { Checked, Found } from '../../zone/editing.ts'
import type { EditorData } from '../../zone/editor.tsx'
import { segmentOf } from '../../zone/paths.ts'
import { ask } from '../island.ts'

/** A pause in typing after which the text is checked, in milliseconds. */
const PAUSE_MS = 700

/** Findings that are marked: the page of a check lists more. */
const MAX_MARKED = 200

const MEDIA_TYPES = { zone: 'text/dns', json: 'application/json' } as const

/** Checks the text by the API whenever somebody pauses, and marks what it finds. */
export const liveCheck = (data: EditorData, tell: (text: string) => void): Extension =>
  linter(async ({ state: { doc } }) => diagnosticsOf(doc, data, tell), { delay: PAUSE_MS })

async function diagnosticsOf(doc: Text, data: EditorData, tell: (text: string) => void): Promise<Diagnostic[]> {
  if (doc.length > data.liveChars) {
    tell('The text is too long to be checked as you type: press “Check”.')
    return []
  }
  const checked = await ask<Checked>(`zones/${segmentOf(data.zone)}/check`, {
    method: 'POST',
    headers: { 'Content-Type': MEDIA_TYPES[data.form] },
    body: doc.toString(),
  })
  if (!checked.ok) {
    tell(`It cannot be checked now: ${checked.error}`)
    return []
  }
  const { errors, warnings } = checked.value
  tell(summaryOf(errors, warnings))
  return [...errors, ...warnings]
    .filter(({ source }) => source === undefined)
    .slice(0, MAX_MARKED)
    .map((found) => diagnosticOf(doc, found))
}

function summaryOf(errors: readonly Found[], warnings: readonly Found[]): string {
  if (errors.length + warnings.length === 0) return 'Checked: nothing is wrong.'
  const [first] = errors
  const place = first === undefined || first.source ? '' : `, the first in line ${first.line}`
  return `Checked: ${countOf(errors, 'error')}${place}; ${countOf(warnings, 'warning')}.`
}

const countOf = (list: readonly unknown[], word: string): string =>
  `${list.length} ${word}${list.length === 1 ? '' : 's'}`

/** Marks from the place of the finding to the end of the word there, or the line if there is none. */
function diagnosticOf(doc: Text, { line, column, message, expected, severity }: Found): Diagnostic {
  const { from: start, text } = doc.line(Math.min(Math.max(1, line), doc.lines))
  const at = Math.min(Math.max(0, column - 1), text.length)
  const word = /^\S+/.exec(text.slice(at))?.[0].length ?? 0
  const from = word > 0 ? start + at : start
  const to = word > 0 ? from + word : start + text.length
  const wanted = expected === '' ? '' : `; ${expected}`
  return {
    ...{ from, to, message: `${message}${wanted}` },
    severity: severity === undefined ? 'error' : severity === 'advice' ? 'info' : 'warning',
  }
}
