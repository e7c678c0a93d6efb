import { err, ok, type Result } from '../result.ts'
import { type Fields, isNumber, isText, isTexts, optional, readFields } from './fields.ts'
import { parseJson } from './shapes.ts'

/** Names the database that counts. Small, so that an isolate may look often whether there is another one. */
export const GEO_KEY = 'geo'

/** Where a database stands: a key never gets another one, so that what was read of it holds. */
export const geoBodyKeys = (hash: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => (i === 0 ? `geo:${hash}` : `geo:${hash}:${i + 1}`))

/** What stands under `geo`. */
export type GeoManifest = {
  /** Keys of the database: more than one where it is larger than a value of KV. */
  readonly keys: readonly string[]
  readonly bytes: number
  /** When it was put, as ISO 8601; what it was made of; and what places in it have. For people. */
  readonly put: string
  readonly sources: readonly string[]
  readonly fields: readonly string[]
  /** Keys of the one before, which isolates may still be about to read: it goes with the next change. */
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
  return manifest ? ok(manifest) : err('what stands under "geo" is not what "geo put" writes; put it again')
}
