import { err, ok, type Result } from '../result.ts'
import type { Level } from './levels.ts'
import { CONTINENTS, isAsn, isContinent } from './location.ts'

/** Returns the canonical key, or the error and the expected form. */
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
