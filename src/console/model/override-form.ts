import { parseTtl } from '../../dns/index.ts'
import type { OverrideText } from '../../health/index.ts'
import { err, ok, type Result } from '../../result.ts'
import { parseTime } from '../../time.ts'

/** The fields of the form for an override, as they were sent. */
export type OverrideFields = {
  readonly check: string
  readonly target: string
  readonly pool: string
  readonly datacenter: string
  readonly force: string
  readonly weight: string
  readonly until: string
  readonly by: string
  readonly why: string
}

const NAMES = ['check', 'target', 'pool', 'datacenter', 'force', 'weight', 'until', 'by', 'why'] as const

export const fieldsIn = (form: URLSearchParams): OverrideFields =>
  Object.fromEntries(NAMES.map((name) => [name, (form.get(name) ?? '').trim()])) as OverrideFields

/**
 * Returns the override of a form. The API judges what it names; here are those fields that it has another form for.
 * @param now milliseconds since the epoch
 */
export function overrideIn(fields: OverrideFields, now: number): Result<OverrideText> {
  const { weight, until, force, by, why } = fields
  const ends = until === '' ? ok(undefined) : endIn(until, now)
  if (!ends.ok) return ends
  if (force === 'weight' && !/^\d{1,10}$/.test(weight))
    return err(`the weight “${weight.slice(0, 40)}” is not a number; expected a whole number, like 0 or 50`)
  const named = (['check', 'target', 'pool', 'datacenter'] as const).filter((name) => fields[name] !== '')
  return ok({
    ...Object.fromEntries(named.map((name) => [name, fields[name]])),
    force: force as OverrideText['force'],
    ...(force === 'weight' && { weight: Number(weight) }),
    ...(ends.value !== undefined && { until: ends.value }),
    by,
    why,
  })
}

function endIn(text: string, now: number): Result<string> {
  const at = parseTime(text)
  const length = at === undefined ? parseTtl(text) : undefined
  const ends = length?.ok ? now + length.value * 1000 : at
  if (ends === undefined)
    return err(
      `“${text.slice(0, 40)}” is no end; expected a duration like 2h or 3d, or a time like 2026-12-01T18:00:00Z`,
    )
  return ends > now ? ok(new Date(ends).toISOString()) : err('the end is not in the future; expected a later one')
}
