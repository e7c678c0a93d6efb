import * as v from 'valibot'
import { err, ok, type Result } from '../result.ts'
import { parseJson } from './shapes.ts'

/** Names the database that counts. Small, so that an isolate may look often whether there is another one. */
export const GEO_KEY = 'geo'

/** Where a database stands: a key never gets another one, so that what was read of it holds. */
export const geoBodyKey = (hash: string): string => `geo:${hash}`

/** What stands under `geo`. */
export type GeoManifest = {
  /** Key of the database. */
  readonly key: string
  readonly bytes: number
  /** When it was put, as ISO 8601; what it was made of; and what places in it have. For people. */
  readonly put: string
  readonly sources: readonly string[]
  readonly fields: readonly string[]
  /** Key of the one before, which isolates may still be about to read: it goes with the next change. */
  readonly previous?: string | undefined
}

const manifestSchema = v.object({
  key: v.string(),
  bytes: v.number(),
  put: v.string(),
  sources: v.array(v.string()),
  fields: v.array(v.string()),
  previous: v.optional(v.string()),
})

export function parseGeoManifest(text: string): Result<GeoManifest> {
  const parsed = v.safeParse(manifestSchema, parseJson(text))
  return parsed.success ? ok(parsed.output) : err('what stands under "geo" is not what "geo put" writes')
}
