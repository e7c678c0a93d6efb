import type { Location } from './location.ts'

/** Levels from the finest to the coarsest. The first with an entry for a location decides. */
export const LEVELS = ['asns', 'cities', 'regions', 'countries', 'continents'] as const
export type Level = (typeof LEVELS)[number]

const READ_BY: Readonly<Record<Level, readonly (keyof Location)[]>> = {
  asns: ['asn'],
  cities: ['country', 'region', 'city'],
  regions: ['country', 'region'],
  countries: ['country'],
  continents: ['continent'],
}

/** The entry for a location, and its key, as `DE-BY` or `AS64496`. */
type LevelMatch<T> = { readonly key: string; readonly value: T }

/** A table from locations to values, with keys at several levels. */
export class Levels<T> {
  private readonly values = new Map<string, T>()
  private readonly used = new Set<Level>()

  /**
   * Adds an entry. Returns false if the key already has one.
   * @param key in the form that `parseLevelKey` returns
   */
  add(level: Level, key: string, value: T): boolean {
    const id = idOf(level, key)
    if (this.values.has(id)) return false
    this.values.set(id, value)
    this.used.add(level)
    return true
  }

  find(location: Location): LevelMatch<T> | undefined {
    for (const level of LEVELS) {
      if (!this.used.has(level)) continue
      for (const key of keysOf(level, location)) {
        const value = this.values.get(idOf(level, key))
        if (value !== undefined) return { key, value }
      }
    }
    return undefined
  }

  /** The fields of a location that `find` reads. */
  get reads(): ReadonlySet<keyof Location> {
    return new Set([...this.used].flatMap((level) => READ_BY[level]))
  }

  /** The entries by level and key, sorted. */
  entries(): [string, T][] {
    return [...this.values].sort(([a], [b]) => (a < b ? -1 : 1))
  }
}

/** Makes a key unique across levels: a country and a continent may have the same two letters. */
const idOf = (level: Level, key: string): string => `${level} ${level === 'cities' ? key.toLowerCase() : key}`

function keysOf(level: Level, { continent, country, region, city, asn }: Location): readonly string[] {
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
