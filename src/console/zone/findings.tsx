/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import { Note, State } from '../parts/index.ts'
import type { Checked, Found } from './editing.ts'

/** Findings that a page lists; the rest are counted. */
const MAX_FINDINGS = 100

/** Tells what a check found, each with its line. */
export const Findings = ({ checked: { ok, errors, warnings } }: { readonly checked: Checked }) => {
  if (ok && warnings.length === 0) return <Note kind="good">Nothing is wrong with it.</Note>
  const all = [...errors, ...warnings]
  const shown = all.slice(0, MAX_FINDINGS)
  return (
    <Note kind={ok ? 'info' : 'problem'}>
      <p>
        {errors.length > 0
          ? `${countOf(errors, 'error')}${warnings.length > 0 ? `, ${countOf(warnings, 'warning')}` : ''}.`
          : `No error, ${countOf(warnings, 'warning')}.`}
      </p>
      <ul class="findings">
        {shown.map((found) => (
          <li>
            <State kind={found.severity === undefined ? 'down' : 'warn'}>{found.severity ?? 'error'}</State>{' '}
            <b>{placeOf(found)}</b> {found.message}
            {found.expected !== '' && `; ${found.expected}`}
          </li>
        ))}
      </ul>
      {all.length > shown.length && <p>… and {String(all.length - shown.length)} more</p>}
    </Note>
  )
}

const countOf = (list: readonly unknown[], word: string): string =>
  `${list.length} ${word}${list.length === 1 ? '' : 's'}`

const placeOf = ({ source, line, column }: Found): string =>
  source === undefined ? `line ${line}, column ${column}:` : 'the tests beside the zone:'
