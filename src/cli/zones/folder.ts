import { type Dirent, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../../result.ts'

/**
 * The files of a folder of zones. `others` are skipped files that may be meant as zones. `inner` are zone files in its
 * folders, which are read only if a zone includes them.
 */
export type ZoneFolder = {
  readonly zones: readonly string[]
  readonly others: readonly string[]
  readonly inner: readonly string[]
}

const isZone = (name: string): boolean => /\.(zone|json)$/.test(name)

/** Lists a folder in order of name. It skips hidden files, and folders, which contain included files. */
export function readZoneFolder(folder: string): Result<ZoneFolder> {
  try {
    const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'))
    const namesOf = (of: readonly Dirent[]): string[] => of.map(({ name }) => name).sort()
    const files = namesOf(entries.filter((entry) => !entry.isDirectory()))
    const inner = namesOf(entries.filter((entry) => entry.isDirectory())).flatMap((name) => zonesIn(folder, name))
    const zones = files.filter(isZone).map((name) => join(folder, name))
    const others = files.filter((name) => !isZone(name) && !/\.(md|lua|inc|include)$/i.test(name))
    const inFolder = (names: readonly string[]): string[] => names.map((name) => join(folder, name))
    if (zones.length > 0) return ok({ zones, others: inFolder(others), inner: inFolder(inner) })
    const all = [...others, ...inner]
    const seen = all.length > 0 ? ` (it has ${all.slice(0, 3).join(', ')}${all.length > 3 ? ', …' : ''})` : ''
    return err(`${folder} has no zones; expected files like example.com.zone or .json${seen}`)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return err(`there is no folder ${folder}; expected one with files like example.com.zone`)
    if (code === 'ENOTDIR') return err(`${folder} is not a folder; expected one with files like example.com.zone`)
    return err(`the folder ${folder} cannot be read: ${message}`)
  }
}

/** Lists the zone files of a folder in a folder of zones; none if it cannot be read. */
function zonesIn(folder: string, name: string): string[] {
  try {
    const files = readdirSync(join(folder, name)).filter((file) => isZone(file) && !file.startsWith('.'))
    return files.sort().map((file) => join(name, file))
  } catch {
    return []
  }
}
