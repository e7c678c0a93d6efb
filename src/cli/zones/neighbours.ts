import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { isSubdomain, type Name } from '../../dns/index.ts'
import { zoneOfFileName } from '../../zonefile/index.ts'

/** Tells whether a name is in a zone that a file beside this one is named after. The folder is read at the first name. */
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
    // The file itself will tell why it cannot be read.
    return []
  }
}
