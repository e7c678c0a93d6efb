import { readMmdb } from '../../../src/cli/geo/mmdb.ts'
import { Database, FIELDS, type Field, type Location, pack } from '../../../src/geo/index.ts'
import { must } from '../support.ts'
import { type MmdbOptions, writeMmdb } from './mmdb-writer.ts'

/** A record as MaxMind's City and ASN databases have it. */
export const maxmind = ({ continent, country, region, city, asn, latitude, longitude }: Location) => ({
  ...(continent && { continent: { code: continent, names: { en: 'x' } } }),
  ...(country && { country: { iso_code: country, names: { en: 'x' } } }),
  ...(region && { subdivisions: [{ iso_code: region }, { iso_code: 'XYZ' }] }),
  ...(city && { city: { geoname_id: 1, names: { de: 'x', en: city } } }),
  ...(asn && { autonomous_system_number: asn }),
  ...(latitude !== undefined && { location: { accuracy_radius: 5, latitude, longitude } }),
})

export type Rows = readonly (readonly [string, Location])[]

/** A database of the given networks, all the way: written as MMDB, read, packed and opened. */
export function databaseOf(
  rows: Rows,
  fields: readonly Field[] = FIELDS,
  options: MmdbOptions = {},
  effort?: number,
): Database {
  const networks = rows.map(([network, place]) => [network, maxmind(place)] as const)
  const packed = pack(must(readMmdb(writeMmdb(networks, options))), fields)
  return must(
    Database.open(
      packed.map(({ buffer }) => buffer as ArrayBuffer),
      effort,
    ),
  )
}

export const MUNICH: Location = {
  ...{ continent: 'EU', country: 'DE', region: 'BY', city: 'Munich' },
  ...{ latitude: 48.1374, longitude: 11.5755 },
}
export const BERLIN: Location = {
  ...{ continent: 'EU', country: 'DE', region: 'BE', city: 'Berlin' },
  ...{ latitude: 52.524, longitude: 13.411 },
}
export const AUSTIN: Location = {
  ...{ continent: 'NA', country: 'US', region: 'TX', city: 'Austin' },
  ...{ latitude: 30.2713, longitude: -97.7426 },
}
export const SYDNEY: Location = {
  ...{ continent: 'OC', country: 'AU', region: 'NSW', city: 'Sydney' },
  ...{ latitude: -33.8678, longitude: 151.2073 },
}
