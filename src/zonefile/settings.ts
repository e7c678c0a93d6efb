import type { Path } from '../policy/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { ZoneDocument } from '../zone/index.ts'
import type { Finding, Position } from './diagnostic.ts'
import { readJson } from './json.ts'

/** The fields of a document that a zone file has no place for, and that the file of settings beside it has. */
const FIELDS = ['access', 'clientSubnet', 'guard', 'health', 'notify'] as const

type ZoneSettings = Pick<ZoneDocument, (typeof FIELDS)[number]>

/** The fields as they are written, which are judged with the document, and a function from their paths to positions. */
type LocatedSettings = {
  readonly fields: Readonly<Record<string, unknown>>
  /** Returns undefined for a path of the zone file. */
  readonly locate: (path: Path) => Position | undefined
}

export const NO_SETTINGS: LocatedSettings = { fields: {}, locate: () => undefined }

const EXPECTED = `an object with ${FIELDS.map((field) => `"${field}"`).join(', ')}, as in docs/zone-document.md`

/** Reads a file of settings: a JSON object that has some fields of a zone document. */
export function readSettings(file: string, text: string): Result<LocatedSettings, readonly Finding[]> {
  const json = readJson(file, text, EXPECTED)
  if (!json.ok) return json
  const { value, locate } = json.value
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return err([{ ...locate([]), message: `these are no settings; expected ${EXPECTED}` }])
  const unknown = Object.keys(value).filter((field) => !isSetting(field))
  if (unknown.length > 0) {
    const message = (field: string): string => `"${field}" is not a setting beside a zone file; expected ${EXPECTED}`
    return err(unknown.map((field) => ({ ...locate([field]), message: message(field) })))
  }
  return ok({
    fields: { ...value },
    locate: (path) => (typeof path[0] === 'string' && Object.hasOwn(value, path[0]) ? locate(path) : undefined),
  })
}

/** Reads the file of receivers beside a zone file: the list that is `notify` in a zone document. */
export function readNotify(file: string, text: string): Result<LocatedSettings, readonly Finding[]> {
  const json = readJson(file, text, 'a list of receivers, as in docs/notifications.md')
  if (!json.ok) return json
  const { value, locate } = json.value
  // An export empties it that writes the list into the settings.
  if (Array.isArray(value) && value.length === 0) return ok(NO_SETTINGS)
  return ok({
    fields: { notify: value },
    locate: (path) => (path[0] === 'notify' ? locate(path.slice(1)) : undefined),
  })
}

/** Joins the settings of both files. A field that is in both is an error at the second. */
export function joinSettings(
  settings: LocatedSettings,
  notify: LocatedSettings,
): Result<LocatedSettings, readonly Finding[]> {
  const at = settings.locate(['notify'])
  const twice = notify.locate(['notify'])
  if (at && twice)
    return err([{ ...twice, message: `"notify" is in ${at.file}, too; expected it in one of the two files` }])
  return ok({
    fields: { ...settings.fields, ...notify.fields },
    locate: (path) => settings.locate(path) ?? notify.locate(path),
  })
}

const isSetting = (field: string): boolean => (FIELDS as readonly string[]).includes(field)

/** Splits a document into the part for a zone file, and the settings beside it. */
export function splitSettings(document: ZoneDocument): {
  readonly rest: ZoneDocument
  readonly settings: ZoneSettings
} {
  const { access, clientSubnet, guard, health, notify, ...rest } = document
  const settings = {
    ...(access && { access }),
    ...(clientSubnet && { clientSubnet }),
    ...(guard && { guard }),
    ...(health && { health }),
    ...(notify && { notify }),
  }
  return { rest, settings }
}
