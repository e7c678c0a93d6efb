import { DAY_MS } from '../../calendar.ts'
import { type OverrideText, subjectText } from '../../health/index.ts'
import { err, ok, type Result } from '../../result.ts'
import type { ApiFault, Visit } from '../visit.ts'

/** The overrides as they are stored, with the tag that a change of them has to name. */
export type StoredOverrides = { readonly overrides: readonly OverrideText[]; readonly etag: string }

/** Returns a key that one override has in a report and in the list of what is stored, which may be of two moments. */
export const overrideKey = ({ force, until, by, ...subject }: OverrideText): string =>
  JSON.stringify([subjectText(subject), force, until ?? null, by])

export async function readOverrides(visit: Visit): Promise<Result<StoredOverrides, ApiFault>> {
  let etag = ''
  const read = await visit.read<{ readonly overrides: readonly OverrideText[] }>('/api/v1/overrides', {}, (headers) => {
    etag = headers.get('etag') ?? ''
  })
  return read.ok ? ok({ overrides: read.value.overrides, etag }) : read
}

const PATH = '/api/v1/overrides'
/**
 * Writes a change of the overrides, unless they are others than those that the reader saw. Those that ended more than a
 * day ago are dropped, as the command does.
 * @param seen the tag of what the reader saw
 * @param options `isAnyway`: a pool may be left without a member
 */
export async function changeOverrides(
  visit: Visit,
  seen: string,
  change: (overrides: readonly OverrideText[]) => readonly OverrideText[],
  { isAnyway = false }: { readonly isAnyway?: boolean } = {},
): Promise<Result<true, ApiFault>> {
  const before = await readOverrides(visit)
  if (!before.ok) return before
  if (before.value.etag !== seen) return err({ status: 412, why: CHANGED })
  const kept = change(before.value.overrides).filter(
    ({ until }) => until === undefined || Date.parse(until) > visit.now - DAY_MS,
  )
  const written = await visit.read(isAnyway ? `${PATH}?force=true` : PATH, {
    method: 'PUT',
    headers: { 'If-Match': seen, 'Content-Type': 'application/json' },
    body: JSON.stringify({ overrides: kept }),
  })
  return written.ok ? ok(true) : written
}

const CHANGED =
  'Somebody has changed the overrides since this page was made. Nothing was changed: look at them as they are now, and try again.'
