import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Database, type Field, type Location, mergeSurveys, pack, type Survey } from '../../geo/index.ts'
import { err, ok, type Result } from '../../result.ts'
import { GEO_KEY, type GeoManifest, parseGeoManifest } from '../../store/index.ts'
import type { BinaryKv } from '../kv/kv.ts'
import { readMmdb } from './mmdb.ts'

/** Several MaxMind databases together. If two have a field, the first counts. */
export type Source = { readonly survey: Survey; readonly sources: readonly string[]; readonly fields: readonly Field[] }

export function readSource(files: readonly string[]): Result<Source> {
  let survey: Survey | undefined
  const sources: string[] = []
  for (const file of files) {
    const bytes = readBytes(file)
    if (!bytes.ok) return err(`${file}: ${bytes.error}`)
    const mmdb = readMmdb(bytes.value)
    if (!mmdb.ok) return err(`${file}: ${mmdb.error}`)
    survey = survey ? mergeSurveys(survey, mmdb.value) : mmdb.value
    sources.push(`${basename(file)} (${mmdb.value.type} of ${mmdb.value.built.toISOString().slice(0, 10)})`)
  }
  if (!survey) return err('expected at least one database in the MaxMind format (.mmdb)')
  return ok({ survey, sources, fields: fieldsOf(survey.places) })
}

function readBytes(file: string): Result<Buffer> {
  try {
    return ok(readFileSync(file))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return err('there is no such file; expected a database like GeoLite2-City.mmdb')
    return err(code === 'EISDIR' ? 'it is a folder; expected a database like GeoLite2-City.mmdb' : message)
  }
}

const COLUMN_OF: Readonly<Record<keyof Location, Field>> = {
  continent: 'continent',
  country: 'country',
  region: 'region',
  city: 'city',
  asn: 'asn',
  latitude: 'location',
  longitude: 'location',
}

function fieldsOf(places: readonly Location[]): readonly Field[] {
  const found = new Set<Field>()
  for (const place of places) for (const field of Object.keys(place)) found.add(COLUMN_OF[field as keyof Location])
  return [...found]
}

/** Opens MaxMind files as the database that the Worker would read from KV. */
export function databaseOfFiles(files: readonly string[]): Result<Database> {
  const source = readSource(files)
  if (!source.ok) return source
  const { survey, fields } = source.value
  return Database.open(pack(survey, fields).map(({ buffer }) => buffer as ArrayBuffer))
}

export type Stored = { readonly database: Database; readonly manifest: GeoManifest }

/** Opens the database in KV; undefined if KV has none. */
export async function databaseOfKv(kv: BinaryKv): Promise<Result<Stored | undefined>> {
  const manifest = await readManifest(kv)
  if (!manifest.ok || !manifest.value) return manifest as Result<undefined>
  const bodies: ArrayBuffer[] = []
  for (const key of manifest.value.keys) {
    const body = await kv.getBytes(key)
    if (!body.ok) return body
    if (!body.value) return err(`KV has no ${key}, which the key "${GEO_KEY}" names; put it again`)
    bodies.push(body.value)
  }
  const opened = Database.open(bodies)
  return opened.ok ? ok({ database: opened.value, manifest: manifest.value }) : err(`${opened.error}; put it again`)
}

export async function readManifest(kv: BinaryKv): Promise<Result<GeoManifest | undefined>> {
  const text = await kv.get(GEO_KEY)
  if (!text.ok) return text
  return text.value === undefined ? ok(undefined) : parseGeoManifest(text.value)
}
