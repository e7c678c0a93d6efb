import { err, ok, type Result } from '../result.ts'
import { CONTINENTS, isAsn, isContinent, type Place } from './place.ts'

/** From the finest to the coarsest: what stands first decides, and what knows nothing of a place leaves it to the next. */
export const LEVELS = ['asns', 'cities', 'regions', 'countries', 'continents'] as const
export type Level = (typeof LEVELS)[number]

const READ_BY: Readonly<Record<Level, readonly (keyof Place)[]>> = {
  asns: ['asn'],
  cities: ['country', 'region', 'city'],
  regions: ['country', 'region'],
  countries: ['country'],
  continents: ['continent'],
}

/** What a place was found under: `DE-BY`, `AS64496`. */
export type LevelMatch<T> = { readonly key: string; readonly value: T }

/** Something for places, at several levels. */
export class Levels<T> {
  private readonly values = new Map<string, T>()
  private readonly used = new Set<Level>()

  /** @param key as `parseLevelKey` gives it; whether it was free */
  add(level: Level, key: string, value: T): boolean {
    const id = idOf(level, key)
    if (this.values.has(id)) return false
    this.values.set(id, value)
    this.used.add(level)
    return true
  }

  find(place: Place): LevelMatch<T> | undefined {
    for (const level of LEVELS) {
      if (!this.used.has(level)) continue
      for (const key of keysOf(level, place)) {
        const value = this.values.get(idOf(level, key))
        if (value !== undefined) return { key, value }
      }
    }
    return undefined
  }

  /** The fields that decide what is found. */
  get reads(): ReadonlySet<keyof Place> {
    return new Set([...this.used].flatMap((level) => READ_BY[level]))
  }

  /** By level and key, in a fixed order. */
  entries(): [string, T][] {
    return [...this.values].sort(([a], [b]) => (a < b ? -1 : 1))
  }
}

/** A country and a continent can have the same two letters. */
const idOf = (level: Level, key: string): string => `${level} ${level === 'cities' ? key.toLowerCase() : key}`

function keysOf(level: Level, { continent, country, region, city, asn }: Place): readonly string[] {
  switch (level) {
    case 'asns':
      return asn === undefined ? [] : [`AS${asn}`]
    case 'cities': {
      if (country === undefined || city === undefined) return []
      return [...(region === undefined ? [] : [`${country}-${region}/${city}`]), `${country}/${city}`]
    }
    case 'regions':
      return country === undefined || region === undefined ? [] : [`${country}-${region}`]
    case 'countries':
      return country === undefined ? [] : [country]
    case 'continents':
      return continent === undefined ? [] : [continent]
  }
}

/** The key as places are looked up by, or what would be right. */
export function parseLevelKey(level: Level, text: string): Result<string> {
  const upper = text.toUpperCase()
  switch (level) {
    case 'asns': {
      const number = /^(?:AS)?(\d{1,10})$/.exec(upper)?.[1]
      if (number !== undefined && isAsn(Number(number))) return ok(`AS${Number(number)}`)
      return err(`"${text}" is not the number of an autonomous system; expected one like "64496" or "AS64496"`)
    }
    case 'cities': {
      const slash = text.indexOf('/')
      const name = text.slice(slash + 1).trim()
      const area = upper.slice(0, Math.max(0, slash))
      if (/^[A-Z]{2}(-[A-Z0-9]{1,3})?$/.test(area) && name !== '') return ok(`${area}/${name.normalize('NFC')}`)
      return err(`"${text}" is not a city with its country; expected one like "DE/Munich" or "US-TX/Austin"`)
    }
    case 'regions':
      if (/^[A-Z]{2}-[A-Z0-9]{1,3}$/.test(upper)) return ok(upper)
      return err(`"${text}" is not a subdivision of ISO 3166-2; expected one like "DE-BY" or "US-CA"`)
    case 'countries':
      if (upper === 'UK') return err('"UK" is not in ISO 3166-1; expected "GB"')
      if (upper === 'EU') return err('"EU" is not a country; expected it under "continents", which is Europe')
      if (/^[A-Z]{2}$/.test(upper)) return ok(upper)
      return err(`"${text}" is not a country of ISO 3166-1; expected two letters like "DE"`)
    case 'continents':
      if (isContinent(upper)) return ok(upper)
      return err(`"${text}" is not a continent; expected one of ${CONTINENTS.join(', ')}`)
  }
}
