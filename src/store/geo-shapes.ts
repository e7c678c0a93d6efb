import { err, ok, type Result } from '../result.ts'
import { type Fields, isNumber, isText, isTexts, optional, readFields } from './fields.ts'
import { parseJson } from './shapes.ts'

/** The key that names the current database. Its value is small, so that isolates may read it often. */
export const GEO_KEY = 'geo'

/** The keys of a database. A key never gets another value, so that a read part stays valid. */
export const geoBodyKeys = (hash: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => (i === 0 ? `geo:${hash}` : `geo:${hash}:${i + 1}`))

/** The value of the key `geo`. */
export type GeoManifest = {
  /** The keys of the database: more than one if it is larger than a value of KV. */
  readonly keys: readonly string[]
  readonly bytes: number
  /** The time of `geo put` (ISO 8601), the source files, and the fields that locations have. For people. */
  readonly put: string
  readonly sources: readonly string[]
  readonly fields: readonly string[]
  /** The keys of the previous database, which isolates may still read: it is deleted with the next change. */
  readonly previous?: readonly string[] | undefined
}

const MANIFEST: Fields<GeoManifest> = {
  keys: isTexts,
  bytes: isNumber,
  put: isText,
  sources: isTexts,
  fields: isTexts,
  previous: optional(isTexts),
}

export function parseGeoManifest(text: string): Result<GeoManifest> {
  const manifest = readFields(parseJson(text), MANIFEST)
  return manifest
    ? ok(manifest)
    : err('the value of the key "geo" is not what "geo put" writes; put the database again')
}
