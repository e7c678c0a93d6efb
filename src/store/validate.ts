import { formatName } from '../dns/index.ts'
import { MAX_WHY_CHARS } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { type CompileAids, compileZone, countProbes, type LocalZone } from '../zone/index.ts'
import type { ZoneEntry } from './catalog.ts'
import { type Compiled, namesOf } from './compiled.ts'
import { originKey, parseJson } from './shapes.ts'

/** Returns the zone that a stored text is, or why it is not that zone. Nothing else is ever served. */
export function validate(text: string, origin: string, aids: CompileAids): Result<LocalZone> {
  const document = parseJson(text)
  return document === undefined ? NO_JSON : zoneOf(compileZone(document, aids), origin)
}

export const NO_JSON = err('the document is not JSON; expected a zone document')

/** Returns the zone of an origin, or why the document is not of it. */
export function zoneOf(compiled: ReturnType<typeof compileZone>, origin: string): Result<LocalZone> {
  if (!compiled.ok) {
    const [first] = compiled.error
    return err(brief(`${first?.path.join('.')}: ${first?.message}`))
  }
  const { zone } = compiled.value
  if (zone.origin.key === originKey(origin)) return ok(zone)
  return err(brief(`the document is of the zone ${formatName(zone.origin.key)}; expected ${origin}.`))
}

/** A reason as it is logged and kept. */
export const brief = (why: string): string =>
  why.length <= MAX_WHY_CHARS ? why : `${why.slice(0, MAX_WHY_CHARS - 1).toWellFormed()}…`

/** Returns the entry of a zone. @param hash that of its text */
export function entryOf(zone: LocalZone, hash: string, compiled: Omit<Compiled, 'values'>): ZoneEntry {
  const probes = countProbes(zone)
  const { serial, asksTargets } = zone
  return { serial, hash, ...namesOf(compiled), ...(probes > 0 && { probes }), ...(asksTargets && { asks: true }) }
}
