import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../../result.ts'

/** The files of a folder of zones. `others` are regular files that are not read, and might be meant to be zones. */
export type ZoneFolder = { readonly zones: readonly string[]; readonly others: readonly string[] }

/** Lists a folder in order of name. Hidden files are left alone; folders in it hold what zone files include. */
export function readZoneFolder(folder: string): Result<ZoneFolder> {
  try {
    const files = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .sort()
    const isZone = (name: string): boolean => /\.(zone|json)$/.test(name)
    const zones = files.filter(isZone).map((name) => join(folder, name))
    const others = files.filter((name) => !isZone(name) && !/\.(md|lua|inc|include)$/i.test(name))
    if (zones.length > 0) return ok({ zones, others: others.map((name) => join(folder, name)) })
    const seen = others.length > 0 ? ` (it has ${others.slice(0, 3).join(', ')}${others.length > 3 ? ', …' : ''})` : ''
    return err(`${folder} holds no zones; expected files like example.com.zone or .json${seen}`)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return err(`there is no folder ${folder}; expected one with files like example.com.zone`)
    if (code === 'ENOTDIR') return err(`${folder} is not a folder; expected one with files like example.com.zone`)
    return err(`the folder ${folder} cannot be read: ${message}`)
  }
}
