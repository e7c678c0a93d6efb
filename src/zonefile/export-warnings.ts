import { formatName, parseName } from '../dns/index.ts'
import { oneLine } from '../lua/index.ts'
import type { ZoneDocument } from '../zone/index.ts'

/** Lists rrsets whose code loses its comments by the export: a zone file cannot hold the line feeds that end them. */
export function exportWarnings({ origin, records, scripts = {} }: ZoneDocument): readonly string[] {
  const zone = parseName(origin.endsWith('.') ? origin : `${origin}.`)
  const nameOf = (owner: string): string => {
    const name = zone.ok ? parseName(owner, zone.value) : zone
    return name.ok ? formatName(name.value) : owner
  }
  const lost = new Set<string>()
  const look = (owner: string, type: string, value: unknown): void => {
    if (codesIn(value).some((code) => oneLine(code).lost)) lost.add(`${nameOf(owner)} ${type}`)
  }
  for (const [owner, types] of Object.entries(records)) {
    for (const [type, rrset] of Object.entries(types)) look(owner, type, rrset)
  }
  for (const [owner, codes] of Object.entries(scripts)) look(owner, 'LUA', codes)
  return [...lost].map((what) => `${what}: its code has several lines, and is written in one, without its comments`)
}

/** All code in an answer. Calls in code hold no more code. */
function codesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  if ('kind' in value && value.kind === 'lua' && 'code' in value) return [String(value.code)]
  return Object.values(value).flatMap(codesIn)
}
