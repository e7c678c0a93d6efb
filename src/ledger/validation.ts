import { parseName } from '../dns/index.ts'
import { checkExpectations } from '../expectations/index.ts'
import { MAX_LEDGER_DOCUMENT_CHARS, MAX_LEDGER_RECORDS } from '../limits.ts'
import { healthCalls } from '../lua/index.ts'
import { patternSize } from '../re2.ts'
import { err, ok, type Result } from '../result.ts'
import { agreed } from '../rrsets/index.ts'
import {
  type CompiledZone,
  countRecords,
  type KeptZone,
  type LocalZone,
  recompileZone,
  type Zones,
  zonesOver,
  zonesWithout,
} from '../zone/index.ts'
import {
  type CompiledSource,
  compileSource,
  type Diagnostic,
  diagnosticJson,
  fileNameOf,
  type Include,
} from '../zonefile/index.ts'
import type { PlacedError, Refused } from './change.ts'
import { summaryOf } from './summary.ts'

/** A zone that was found valid: its compiled form, and the document that this was made of. */
export type ValidZone = Pick<CompiledZone, 'zone' | 'document'> & {
  /** The names that its next version takes over, where there are such. */
  readonly kept?: KeptZone | undefined
}

export const refused = (
  status: Refused['status'],
  error: string,
  more: Pick<Refused, 'errors' | 'details'> = {},
): { ok: false; error: Refused } => err({ kind: 'refused', status, error, ...more })

/**
 * Reads the text of a document or of a zone file, as `check` and `publish` do.
 * @param origin absolute, in lower case
 */
export function validText(kind: 'document' | 'zone-file', text: string, origin: string): Result<ValidZone, Refused> {
  if (text.length > MAX_LEDGER_DOCUMENT_CHARS) return refused(413, tooLong(text.length))
  const name = parseName(origin)
  if (!name.ok) return refused(422, name.error)
  const file = fileNameOf(name.value).replace(/zone$/, kind === 'document' ? 'json' : 'zone')
  const compiled: Result<CompiledSource, readonly Diagnostic[]> = compileSource({ file, text }, noInclude, {
    keeps: true,
  })
  if (compiled.ok) return bounded(compiled.value)
  const errors = compiled.error.map(placed)
  return refused(422, summaryOf(errors), { errors })
}

/**
 * Validates a document that our code made, or that stands in KV.
 * @param before another version, whose owners that are the same objects are not compiled again
 */
export function validDocument(input: unknown, before?: ValidZone): Result<ValidZone, Refused> {
  const compiled = recompileZone(before?.kept, input, AIDS)
  if (compiled.ok) return bounded({ ...compiled.value, kept: compiled.value })
  const details = compiled.error.slice(0, MAX_DETAILS).map(({ path, message }) => `${path.join('.')}: ${message}`)
  return refused(422, details[0] ?? 'the zone is not valid', { details })
}

/** Takes a document from outside: what it keeps for PowerDNS's API and its records do not say is left out. */
export function agreeing(valid: ValidZone): Result<ValidZone, Refused> {
  const document = agreed(valid.document)
  return document === valid.document ? ok(valid) : validDocument(document, valid)
}

/**
 * Holds the tests beside a zone against it.
 * @param text JSON, the rows
 * @param published the zones that are served with it: a CNAME may lead there
 */
export function heldExpectations(
  text: string,
  zone: LocalZone,
  origin: string,
  published: Zones,
  now: number,
): Refused | undefined {
  const file = `${origin.slice(0, -1)}.test.json`
  const zones = zonesOver([zone], zonesWithout(published, new Set([zone.origin.key])))
  const context = { zone, zones, now, folder: 'zones' }
  const checked = checkExpectations({ file, text }, context)
  if (checked.ok) return undefined
  const errors = checked.error.map((error): PlacedError => ({ ...placed(error), source: 'expectations' }))
  return {
    ...{ kind: 'refused', status: 422, errors },
    error: `the expectations beside the zone, ${summaryOf(errors)}; nothing was changed`,
  }
}

export const tooLong = (chars: number): string =>
  `the zone has ${chars} characters; expected at most ${MAX_LEDGER_DOCUMENT_CHARS}, or "npx edge-gslb publish", which ` +
  'takes larger ones'

/** The parts of validation that only author time needs. */
const AIDS = { healthCalls, patternSize }

/** Errors of a document that a caller is told. */
const MAX_DETAILS = 100

function bounded({ zone, document, kept }: ValidZone): Result<ValidZone, Refused> {
  const records = countRecords(zone)
  if (records <= MAX_LEDGER_RECORDS) return ok({ zone, document, kept })
  const fact = `the zone has ${records} records; expected at most ${MAX_LEDGER_RECORDS}`
  return refused(413, `${fact}, or "npx edge-gslb publish", which takes larger ones`)
}

const placed = (diagnostic: Diagnostic): PlacedError => {
  const { line, column, message, expected } = diagnosticJson(diagnostic)
  return { line, column, message, expected }
}

const noInclude: Include = (path) =>
  err(`$INCLUDE ${path}: a zone that is sent has no other files; expected the records of that file in its place`)
