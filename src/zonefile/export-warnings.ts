import { formatName, parseName } from '../dns/index.ts'
import { oneLine } from '../lua/index.ts'
import { type Expression, hasHealth } from '../policy/index.ts'
import type { ZoneDocument } from '../zone/index.ts'

/** Returns rrsets that are exported with less than the zone has, and that answer alike: each with the reason. */
export function exportWarnings({ origin, records, scripts = {} }: ZoneDocument): readonly string[] {
  const zone = parseName(origin.endsWith('.') ? origin : `${origin}.`)
  const nameOf = (owner: string): string => {
    const name = zone.ok ? parseName(owner, zone.value) : zone
    return name.ok ? formatName(name.value) : owner
  }
  const warnings = new Set<string>()
  const look = (owner: string, type: string, value: unknown): void => {
    for (const what of changesIn(value)) warnings.add(`${nameOf(owner)} ${type}: ${what}`)
  }
  for (const [owner, types] of Object.entries(records)) {
    for (const [type, rrset] of Object.entries(types)) look(owner, type, rrset)
  }
  for (const [owner, codes] of Object.entries(scripts)) look(owner, 'LUA', codes)
  return [...warnings]
}

/** Returns the changes to an answer, and to all answers in it. Calls in code are made anew from the code. */
function changesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  if ('kind' in value && value.kind === 'lua' && 'code' in value) {
    const { lost } = oneLine(String(value.code))
    return lost ? ['its code has several lines, and is written in one, without its comments'] : []
  }
  return [...ownChanges(value), ...Object.values(value).flatMap(changesIn)]
}

function ownChanges(value: object): string[] {
  const changes: string[] = []
  if ('ttl' in value && Array.isArray(value.ttl)) {
    changes.push(`its TTL follows health, and a zone file has one TTL; ${value.ttl[0]} is written`)
  }
  if ('cities' in value && value.cities !== undefined) {
    changes.push(
      'its cities are looked up by geoiplookup, which here asks the database alone, and looks at all of the address',
    )
  }
  if (hasHealth(value as Expression) && 'name' in value && value.name !== undefined) {
    changes.push(`the name "${value.name}" is for overrides, and is not written`)
  }
  if ('answer' in value && 'datacenter' in value && value.datacenter !== undefined) {
    changes.push(`the datacenter "${value.datacenter}" is for overrides, and is not written`)
  }
  return changes
}
