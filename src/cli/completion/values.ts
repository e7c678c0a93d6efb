import { type Dirent, readdirSync } from 'node:fs'

/** Names of files of zones: `example.com.zone`, `example.com.json`. */
const ZONE_FILE = /^(.+)\.(zone|json)$/

/** Returns the zones of the folder ZONES, by the names of its files. A shell waits for it: no file is read. */
export function zoneNames(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const names = entriesOf(environment.ZONES || 'zones')
    .map(({ name }) => name)
    .filter((name) => !name.endsWith('.test.json'))
  return [...new Set(names.flatMap((name) => ZONE_FILE.exec(name)?.[1] ?? []))].sort()
}

/** Returns the files and folders that a typed path may go on to. Folders end in a slash. */
export const pathsFor = (typed: string): readonly string[] => below(typed, () => true)

export const foldersFor = (typed: string): readonly string[] => below(typed, (entry) => entry.isDirectory())

function below(typed: string, isWanted: (entry: Dirent) => boolean): readonly string[] {
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1)
  const showsHidden = typed.slice(folder.length).startsWith('.')
  return entriesOf(folder || '.')
    .filter((entry) => isWanted(entry) && (showsHidden || !entry.name.startsWith('.')))
    .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
    .sort()
}

/** A folder that cannot be read completes to nothing. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
