import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { isSubdomain, type Name } from '../../dns/index.ts'
import { zoneOfFileName } from '../../zonefile/index.ts'

/**
 * Returns a test for names in zones of other files in the folder, by file name. It reads the folder when first used.
 */
export function besideFile(file: string): (name: Name) => boolean {
  let zones: readonly Name[] | undefined
  return (name) => {
    zones ??= zonesIn(dirname(file))
    return zones.some((zone) => isSubdomain(name.key, zone.key))
  }
}

function zonesIn(folder: string): readonly Name[] {
  try {
    return readdirSync(folder).flatMap((name) => {
      const zone = zoneOfFileName(name)
      return zone.ok && zone.value.isSure ? [zone.value.name] : []
    })
  } catch {
    // Reading the file gives the reason.
    return []
  }
}
