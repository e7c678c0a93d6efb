import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isSubdomain, type Name } from '../../dns/index.ts'
import { zoneOfFileName } from '../../zonefile/index.ts'
import { isNamedForZone } from './folder.ts'

/** A file that is named after its zone. */
export type Neighbour = { readonly file: string; readonly zone: Name }

/**
 * Returns a test for names in zones of other files in the folder, by file name. It reads the folder when first used.
 */
export function besideFile(file: string): (name: Name) => boolean {
  let neighbours: readonly Neighbour[] | undefined
  return (name) => {
    neighbours ??= neighboursIn(dirname(file))
    return neighbours.some(({ zone }) => isSubdomain(name.key, zone.key))
  }
}

/** Lists the files of a folder that are surely named after a zone; none if it cannot be read. */
export function neighboursIn(folder: string): readonly Neighbour[] {
  try {
    const names = readdirSync(folder)
    const all = new Set(names)
    return names.flatMap((name) => {
      if (isNamedForZone(name, all)) return []
      const zone = zoneOfFileName(name)
      return zone.ok && zone.value.isSure ? [{ file: join(folder, name), zone: zone.value.name }] : []
    })
  } catch {
    // Reading the file gives the reason.
    return []
  }
}
