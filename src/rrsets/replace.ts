import { ok, type Result } from '../result.ts'
import type { ZoneDocument } from '../zone/index.ts'
import { lacksSoa, readRrsets } from './create.ts'
import { fieldsOf, listOf } from './json-fields.ts'
import { canonicalName } from './name.ts'
import { type PatchOptions, patched } from './patch.ts'
import { unprocessable } from './refusal.ts'
import { rrsetsOf } from './rrsets-of.ts'
import { isSame } from './same.ts'
import { readSettings } from './settings.ts'
import type { Patched, Refusal, RrsetChange } from './types.ts'

/**
 * Applies the body of a PUT of a zone: settings, which leave the serial as it is, and all rrsets, if it has them.
 * Members of other types are ignored, as in PowerDNS.
 */
export function replacedZone(document: ZoneDocument, body: unknown, options: PatchOptions): Result<Patched, Refusal> {
  const fields = fieldsOf(body)
  const settings = readSettings(fields)
  if (!settings.ok) return settings
  const api = { ...document.api, ...settings.value }
  const isSet = !isSame(api, document.api ?? {})
  const base = isSet ? { ...document, api } : document
  if (!listOf(fields, 'rrsets')) {
    return ok({ document: base, isChanged: isSet, touchesSoa: false, owners: [], serial: undefined })
  }
  const wanted = readRrsets(fields)
  if (!wanted.ok) return wanted
  if (lacksSoa(wanted.value)) return unprocessable('Must give SOA record for zone when replacing all RR sets')
  const made = patched(base, [...missing(document, wanted.value), ...whole(wanted.value)], options)
  return made.ok ? ok({ ...made.value, isChanged: made.value.isChanged || isSet }) : made
}

/** Returns the deletions of what is not listed. */
function missing(document: ZoneDocument, wanted: readonly RrsetChange[]): RrsetChange[] {
  const listed = new Set(wanted.map(({ name, type }) => `${type} ${name.key}`))
  return rrsetsOf(document).flatMap(({ rrset }): RrsetChange[] => {
    const name = canonicalName(rrset.name)
    if (!name.ok || rrset.type === 'SOA' || listed.has(`${rrset.type} ${name.value.key}`)) return []
    return [{ name: name.value, type: rrset.type, changetype: 'DELETE' }]
  })
}

/** A listed rrset has the comments that are listed with it, and no others. */
const whole = (wanted: readonly RrsetChange[]): RrsetChange[] =>
  wanted.map((change) => (change.changetype === 'REPLACE' ? { ...change, comments: change.comments ?? [] } : change))
