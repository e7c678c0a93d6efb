import type { TargetState } from './target-state.ts'
import type { Vantage } from './vantage.ts'
import { END, TARGETS } from './vantage-document.ts'
import { type Row, STATES } from './vantage-row.ts'

/** Ids that a reader finds in the text without parsing it. Those of probes are base64url. */
const PLAIN_ID = /^[\w.:/-]+$/

/**
 * Formats a health document, JSON without white space: the fields of the document, then the rows of targets, sorted by
 * id in code units. So `viewVantage` finds a row by binary search. A target whose id no probe can have is left out.
 */
export function formatVantage({ targets, urgent: _, ...fields }: Vantage): string {
  const ids = [...targets.keys()].filter((id) => PLAIN_ID.test(id)).sort()
  const rows = ids.map((id) => `"${id}":${JSON.stringify(toRow(targets.get(id) as TargetState))}`)
  return `${JSON.stringify(fields).slice(0, -1)}${TARGETS}${rows.join()}${END}`
}

function toRow(target: TargetState): Row {
  const { state, since, at, ms, count, why, weight, load, flaps, asked, changes, fell } = target
  const row = [STATES.indexOf(state), since, Math.floor(at), Math.round(ms), count, truncateReason(why)]
  const from = flaps && Math.floor(flaps.from)
  const reported = [weight ?? null, load === undefined ? null : rounded(load)]
  const full = [
    ...row,
    ...reported,
    flaps?.count ?? null,
    from ?? null,
    asked ? 1 : null,
    changes || null,
    fell ?? null,
    ...loadRow(target),
  ]
  // A weight or load of 0 is not empty.
  while (full.at(-1) === null) full.pop()
  if (full.at(-1) === '') full.pop()
  if (full.length === 5 && count === 0) full.pop()
  return full
}

function loadRow({ at, load, loadAt = at, limits, offered }: TargetState): Row {
  if (load === undefined) return []
  const time = Math.floor(loadAt) === Math.floor(at) ? null : Math.floor(loadAt)
  const own = offered ? [offered.load, offered.kept, offered.received].map(rounded) : []
  return [time, limits?.target ?? null, limits?.capacity ?? null, ...own]
}

/** The limit on a reason as JSON: a vantage point stores one for each of thousands of targets. */
const MAX_WHY_OCTETS = 80

/** Truncates a reason as it is stored. In memory it must be the same, or it would count as changed in each round. */
export function truncateReason(why: string): string {
  if (/^[ !#-[\]-~]*$/.test(why) && why.length <= MAX_WHY_OCTETS) return why
  let octets = 0
  let text = ''
  for (const character of why.toWellFormed()) {
    octets += new TextEncoder().encode(JSON.stringify(character)).length - 2
    if (octets > MAX_WHY_OCTETS) break
    text += character
  }
  return text
}

/** Rounds a load to six digits, to save space: a document may have thousands. */
const rounded = (load: number): number => Number(load.toPrecision(6))
