/**
 * A geographic location, with the fields that are known. Codes are in upper case; a city keeps its spelling. Latitude
 * and longitude are in degrees, both or neither.
 */
export type Location = {
  readonly continent?: Continent
  /** ISO 3166-1 alpha-2. */
  readonly country?: string
  /** The ISO 3166-2 code without the country: `BY` of DE-BY. */
  readonly region?: string
  /** The English name. */
  readonly city?: string
  readonly asn?: number
  readonly latitude?: number
  readonly longitude?: number
}

export const CONTINENTS = ['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA'] as const
export type Continent = (typeof CONTINENTS)[number]

/** The location of which nothing is known. */
export const UNKNOWN_LOCATION: Location = {}

export const isUnknownLocation = (location: Location): boolean => Object.keys(location).length === 0

/** The fields of a location from an untrusted source, of any type and form. */
export type LocationClaims = { readonly [Field in keyof Location]?: unknown }

/** Makes a location of the valid fields. Leaves out unknown (`XX`) and codes that are not a country (`T1`, for Tor). */
export function toLocation(claims: LocationClaims): Location {
  const continent = upper(claims.continent)
  const country = upper(claims.country)
  const region = upper(claims.region)
  const city = typeof claims.city === 'string' ? claims.city.trim().normalize('NFC') : ''
  const asn = numberOf(typeof claims.asn === 'string' ? claims.asn.replace(/^AS/i, '') : claims.asn)
  const latitude = numberOf(claims.latitude)
  const longitude = numberOf(claims.longitude)
  return {
    ...(isContinent(continent) && { continent }),
    ...(/^[A-Z]{2}$/.test(country) && country !== 'XX' && { country }),
    ...(/^[A-Z0-9]{1,3}$/.test(region) && { region }),
    ...(city !== '' && { city }),
    ...(isAsn(asn) && { asn }),
    ...(isAngle(latitude, 90) && isAngle(longitude, 180) && { latitude, longitude }),
  }
}

export const isContinent = (code: string): code is Continent => (CONTINENTS as readonly string[]).includes(code)

export const isAsn = (number: number): boolean => Number.isInteger(number) && number > 0 && number < 2 ** 32

const isAngle = (degrees: number, max: number): boolean => Math.abs(degrees) <= max

const upper = (text: unknown): string => (typeof text === 'string' ? text.trim().toUpperCase() : '')

/** Cloudflare writes coordinates as text. */
const numberOf = (value: unknown): number =>
  typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN

/** Formats a location as `EU DE-BY Munich, AS64496, 48.13 11.57`, or `nowhere known`. */
export function formatLocation(location: Location): string {
  const { continent, country, region, city, asn, latitude, longitude } = location
  const code = region === undefined ? country : `${country ?? '??'}-${region}`
  const words = [continent, code, city].filter((word) => word !== undefined).join(' ')
  const texts = [words, asn === undefined ? '' : `AS${asn}`, latitude === undefined ? '' : `${latitude} ${longitude}`]
  return texts.filter((text) => text !== '').join(', ') || 'nowhere known'
}
