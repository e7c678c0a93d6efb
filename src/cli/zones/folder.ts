import { type Dirent, existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { err, ok, type Result } from '../../result.ts'
import { readText } from './read-text.ts'

/**
 * The files of a folder of zones. `expectations`, `settings` and `receivers` are beside them. `others` are skipped
 * files that may be meant as zones. `inner` are zone files in its folders, which are read only if a zone includes them.
 */
export type ZoneFolder = {
  readonly zones: readonly string[]
  readonly expectations: readonly string[]
  readonly settings: readonly string[]
  readonly receivers: readonly string[]
  readonly others: readonly string[]
  readonly inner: readonly string[]
}

const isZone = (name: string): boolean => /\.(zone|json)$/.test(name)

const EXPECTATIONS = '.test.json'

/** Returns the file of expectations that belongs to a zone file: `example.com.test.json` beside `example.com.zone`. */
export const expectationsOf = (file: string): string =>
  join(dirname(file), basename(file).replace(/\.(zone|json)$/, '') + EXPECTATIONS)

const SETTINGS = '.settings.json'

/** Returns the file of settings that belongs to a zone file: `example.com.settings.json` beside `example.com.zone`. */
export const settingsOf = (file: string): string =>
  join(dirname(file), basename(file).replace(/\.zone$/, '') + SETTINGS)

const RECEIVERS = '.notify.json'

/** Returns the file of receivers that belongs to a zone file: `example.com.notify.json` beside `example.com.zone`. */
export const receiversOf = (file: string): string =>
  join(dirname(file), basename(file).replace(/\.zone$/, '') + RECEIVERS)

/**
 * Returns the zone file that a file of expectations, settings or receivers is beside; any other file, and one without a
 * zone, as it is.
 */
export function zoneFileOf(file: string): string {
  const suffix = suffixOf(file)
  if (suffix === undefined) return file
  const stem = file.slice(0, -suffix.length)
  return [`${stem}.zone`, `${stem}.json`].find((zone) => existsSync(zone)) ?? file
}

/**
 * Returns true for the name of a file of expectations, settings or receivers with a zone.
 * @param names all names in the folder
 */
export function isNamedForZone(name: string, names: ReadonlySet<string>): boolean {
  const suffix = suffixOf(name)
  if (suffix === undefined) return false
  const stem = name.slice(0, -suffix.length)
  return names.has(`${stem}.zone`) || names.has(`${stem}.json`)
}

const suffixOf = (name: string): string | undefined =>
  [EXPECTATIONS, SETTINGS, RECEIVERS].find((suffix) => name.endsWith(suffix))

/**
 * Returns true for a file of expectations. Without a zone beside it, it is one unless it has an object: a document of
 * the zone `example.test.` has such a name, too.
 */
function isExpectations(folder: string, name: string, names: ReadonlySet<string>): boolean {
  if (!name.endsWith(EXPECTATIONS) || isNamedForZone(name, names)) return name.endsWith(EXPECTATIONS)
  const text = readText(join(folder, name))
  return !(text.ok && /^\s*\{/.test(text.value))
}

/** As above, for settings. Without a zone beside it, a document of the zone `example.settings.` has an origin. */
function isSettings(folder: string, name: string, names: ReadonlySet<string>): boolean {
  if (!name.endsWith(SETTINGS) || isNamedForZone(name, names)) return name.endsWith(SETTINGS)
  const text = readText(join(folder, name))
  return !(text.ok && /"origin"\s*:/.test(text.value))
}

/** As above, for receivers. A list is one, and a document of the zone `example.notify.` is none. */
function isReceivers(folder: string, name: string, names: ReadonlySet<string>): boolean {
  if (!name.endsWith(RECEIVERS) || isNamedForZone(name, names)) return name.endsWith(RECEIVERS)
  const text = readText(join(folder, name))
  return !(text.ok && /^\s*\{/.test(text.value))
}

/** Lists a folder in order of name. It skips hidden files, and folders, which contain included files. */
export function readZoneFolder(folder: string): Result<ZoneFolder> {
  try {
    const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'))
    const namesOf = (of: readonly Dirent[]): string[] => of.map(({ name }) => name).sort()
    const files = namesOf(entries.filter((entry) => !entry.isDirectory()))
    const inner = namesOf(entries.filter((entry) => entry.isDirectory())).flatMap((name) => zonesIn(folder, name))
    const names = new Set(files)
    const expectations = files.filter((name) => isExpectations(folder, name, names))
    const settings = files.filter((name) => isSettings(folder, name, names))
    const receivers = files.filter((name) => isReceivers(folder, name, names))
    const skipped = new Set([...expectations, ...settings, ...receivers])
    const zones = files.filter((name) => isZone(name) && !skipped.has(name)).map((name) => join(folder, name))
    const others = files.filter((name) => !isZone(name) && !/\.(md|lua|inc|include)$/i.test(name))
    const inFolder = (names: readonly string[]): string[] => names.map((name) => join(folder, name))
    if (zones.length > 0) {
      const beside = {
        ...{ expectations: inFolder(expectations), settings: inFolder(settings) },
        receivers: inFolder(receivers),
      }
      return ok({ zones, ...beside, others: inFolder(others), inner: inFolder(inner) })
    }
    const all = [...expectations, ...settings, ...receivers, ...others, ...inner]
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
    const files = readdirSync(join(folder, name)).filter((file) => !file.startsWith('.'))
    const names = new Set(files)
    const zones = files.filter((file) => isZone(file) && !isNamedForZone(file, names))
    return zones.sort().map((file) => join(name, file))
  } catch {
    return []
  }
}
