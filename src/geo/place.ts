/**
 * Where a client is, as far as it is known. Codes are in upper case; a city keeps its spelling. Angles are degrees,
 * both or none.
 */
export type Place = {
  readonly continent?: Continent
  /** ISO 3166-1 alpha-2. */
  readonly country?: string
  /** The part of an ISO 3166-2 code behind the country: `BY` of DE-BY. */
  readonly region?: string
  /** The English name. */
  readonly city?: string
  readonly asn?: number
  readonly latitude?: number
  readonly longitude?: number
}

export const CONTINENTS = ['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA'] as const
export type Continent = (typeof CONTINENTS)[number]

/** A client nobody can place. */
export const NOWHERE: Place = {}

export const isNowhere = (place: Place): boolean => Object.keys(place).length === 0

/** What others say of a place, of whatever type and form. */
export type PlaceClaims = { readonly [Field in keyof Place]?: unknown }

/** A place of what is sound in the claims. Unknown (`XX`) and no country at all (`T1`, for Tor) are left out. */
export function placeOf(claims: PlaceClaims): Place {
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

const isAngle = (degrees: number, most: number): boolean => Math.abs(degrees) <= most

const upper = (text: unknown): string => (typeof text === 'string' ? text.trim().toUpperCase() : '')

/** Cloudflare writes coordinates as text. */
const numberOf = (value: unknown): number =>
  typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN

/** `EU DE-BY Munich, AS64496, 48.13 11.57`; `nowhere known` where nothing is. */
export function formatPlace(place: Place): string {
  const { continent, country, region, city, asn, latitude, longitude } = place
  const code = region === undefined ? country : `${country ?? '??'}-${region}`
  const words = [continent, code, city].filter((word) => word !== undefined).join(' ')
  const parts = [words, asn === undefined ? '' : `AS${asn}`, latitude === undefined ? '' : `${latitude} ${longitude}`]
  return parts.filter((part) => part !== '').join(', ') || 'nowhere known'
}
