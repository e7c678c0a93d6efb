import { healthCalls } from '../../../src/lua/index.ts'
import type { Result } from '../../../src/result.ts'
import { type Patched, parsePatch, patched, type Refusal, type Rrset, rrsetsOf } from '../../../src/rrsets/index.ts'
import { type CompiledZone, compileZone, type ZoneDocument } from '../../../src/zone/index.ts'
import { documentOf, must } from '../support.ts'

/** Monday, 30 November 2026, noon: the serial of the day is 2026113001. */
export const NOW = Date.UTC(2026, 10, 30, 12)

export const EMPTY = { '@': { NS: 'ns.example.com.' }, ns: { A: '192.0.2.53' } }

/** A document that compiles. */
export const zoneDocument = (records: unknown = EMPTY, more: Readonly<Record<string, unknown>> = {}): ZoneDocument =>
  compiled(documentOf(records, more) as unknown as ZoneDocument).document

export const compiled = (document: ZoneDocument): CompiledZone => must(compileZone(document, { healthCalls }))

/** Applies the body of a PATCH. */
export function tryPatch(document: ZoneDocument, rrsets: unknown, now = NOW): Result<Patched, Refusal> {
  const changes = parsePatch({ rrsets })
  return changes.ok ? patched(document, changes.value, { now }) : changes
}

/** Applies the body of a PATCH that is valid, and compiles the document. */
export function patch(document: ZoneDocument, rrsets: unknown, now = NOW): Patched {
  const made = must(tryPatch(document, rrsets, now))
  compiled(made.document)
  return made
}

export const replace = (name: string, type: string, contents: readonly string[], more: object = {}) => ({
  name,
  type,
  changetype: 'REPLACE',
  ttl: 300,
  records: contents.map((content) => ({ content })),
  ...more,
})

export const allRrsets = (document: ZoneDocument): readonly Rrset[] => rrsetsOf(document).map(({ rrset }) => rrset)

export const rrsetIn = (document: ZoneDocument, name: string, type: string): Rrset | undefined =>
  allRrsets(document).find((rrset) => rrset.name === name && rrset.type === type)

export const contentsIn = (document: ZoneDocument, name: string, type: string): readonly string[] | undefined =>
  rrsetIn(document, name, type)?.records.map(({ content }) => content)
