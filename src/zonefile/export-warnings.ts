import { formatName, parseName } from '../dns/index.ts'
import { oneLine } from '../lua/index.ts'
import { type Expression, hasHealth } from '../policy/index.ts'
import type { ApiDocument, ZoneDocument } from '../zone/index.ts'

/**
 * Returns a warning for each rrset that gives the same answers after an export, but loses something else, and for the
 * API.
 */
export function exportWarnings({ origin, records, scripts = {}, api }: ZoneDocument): readonly string[] {
  const zone = parseName(origin.endsWith('.') ? origin : `${origin}.`)
  const nameOf = (owner: string): string => {
    const name = zone.ok ? parseName(owner, zone.value) : zone
    return name.ok ? formatName(name.value) : owner
  }
  const warnings = new Set<string>()
  const check = (owner: string, type: string, value: unknown): void => {
    for (const change of changesIn(value)) warnings.add(`${nameOf(owner)} ${type}: ${change}`)
  }
  for (const [owner, types] of Object.entries(records)) {
    for (const [type, rrset] of Object.entries(types)) check(owner, type, rrset)
  }
  for (const [owner, codes] of Object.entries(scripts)) check(owner, 'LUA', codes)
  const kept = api ? keptByApi(api) : []
  if (kept.length > 0) warnings.add(`what PowerDNS's API keeps is not written: ${kept.join(', ')}; --json has it`)
  return [...warnings]
}

/** Names what PowerDNS's API keeps of a zone. The kind, and another spelling of a record, say nothing that is lost. */
function keptByApi({ kind: _, rrsets = {}, ...settings }: ApiDocument): readonly string[] {
  const entries = Object.values(rrsets).flatMap((types) => Object.values(types))
  const hasComments = entries.some(({ comments = [] }) => comments.length > 0)
  const hasDisabled = entries.some(({ records = [] }) => records.some(({ disabled }) => disabled === true))
  return [...Object.keys(settings), ...(hasComments ? ['comments'] : []), ...(hasDisabled ? ['disabled records'] : [])]
}

/** Returns the changes to an answer and to all answers in it, but not to calls in code: code is exported itself. */
function changesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  if ('kind' in value && value.kind === 'lua' && 'code' in value) {
    const { lost } = oneLine(String(value.code))
    return lost ? ['its code has several lines, and is written in one, without its comments'] : []
  }
  return [...changesOf(value), ...Object.values(value).flatMap(changesIn)]
}

function changesOf(value: object): string[] {
  const changes: string[] = []
  if ('ttl' in value && Array.isArray(value.ttl)) {
    changes.push(`its TTL follows health, and a zone file has one TTL; ${value.ttl[0]} is written`)
  }
  if ('cities' in value && value.cities !== undefined) {
    changes.push('its cities are looked up by geoiplookup, which here reads the database only, and the whole address')
  }
  if (hasHealth(value as Expression) && 'name' in value && value.name !== undefined) {
    changes.push(`the name "${value.name}" is for overrides, and is not written`)
  }
  if ('answer' in value && 'datacenter' in value && value.datacenter !== undefined) {
    changes.push(`the datacenter "${value.datacenter}" is for overrides, and is not written`)
  }
  return changes
}
