import { formatName, isSubdomain, type Name, type NameKey, parseName, TYPE } from '../dns/index.ts'
import type { Warning } from '../policy/index.ts'
import { findRrset, type LocalZone, type Zone, type ZoneNode } from '../zone/index.ts'
import { type Owner, plainTexts } from './expressions.ts'

/**
 * Warns of a delegation to a name server below it whose address the zone has not, so that nobody finds that server
 * (RFC 1034 §4.2.1), and of addresses below a delegation that are not those of a name server: they are never answered.
 */
export function lintDelegations(owners: readonly Owner[], zone: LocalZone): Warning[] {
  const warnings: Warning[] = []
  const servers = new Set<NameKey>()
  for (const [ownerText, types] of owners) {
    for (const [type, rrset] of Object.entries(types)) {
      if (type.length !== 2 || type.toUpperCase() !== 'NS') continue
      const owner = parseName(ownerText, zone.origin)
      if (!owner.ok) continue
      for (const { text, path } of plainTexts(rrset, ['records', ownerText, type])) {
        const server = parseName(text, zone.origin)
        if (!server.ok || !isSubdomain(server.value.key, zone.origin.key)) continue
        servers.add(server.value.key)
        if (!isBelow(server.value, owner.value, zone) || hasAddress(zone.names.find(server.value.key))) continue
        const name = formatName(server.value)
        const message = `NS leads to ${name}, which nobody finds without its address; expected A or AAAA of it here`
        warnings.push({ path, message })
      }
    }
  }
  if (!delegates(zone)) return warnings
  for (const [ownerText, types] of owners) {
    const owner = parseName(ownerText, zone.origin)
    const node = owner.ok ? zone.names.find(owner.value.key) : undefined
    if (!owner.ok || !node?.cut || node.cut === node || servers.has(node.key)) continue
    const [type] = Object.keys(types)
    if (type === undefined || !node.rrsets.every((rrset) => rrset.type === TYPE.A || rrset.type === TYPE.AAAA)) continue
    const below = `${formatName(owner.value)} is below the delegation ${formatName(node.cut.key)}, so that it is never answered`
    const message = `${below}; expected addresses of its name servers alone`
    warnings.push({ path: ['records', ownerText, type], message })
  }
  return warnings
}

/** Returns true if the zone has a delegation. */
function delegates({ names }: LocalZone): boolean {
  for (const { cut } of names.nodes.values()) if (cut) return true
  return false
}

/** Returns true if a name is at or below the delegation that `owner` is. */
function isBelow(name: Name, owner: Name, zone: Zone): boolean {
  const found = zone.names.lookup(name.key)
  return found.kind === 'delegation' && found.node.key === owner.key
}

const hasAddress = (node: ZoneNode | undefined): boolean =>
  node !== undefined && [TYPE.A, TYPE.AAAA].some((type) => findRrset(node, type) !== undefined)
