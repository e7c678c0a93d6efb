import { LEVELS, type Level } from '../geo/index.ts'
import type { Expression } from '../policy/index.ts'
import { literalOf, utf8 } from './print-text.ts'

export type Geo = Extract<Expression, { kind: 'geo' }>

/** A condition in Lua, and the answer for the clients that it is true for. */
type Location = { readonly when: string; readonly answer: Expression }

/** Returns the conditions of all levels, the finest level first. Keys of one level with the same answer are one. */
export function conditionsOf(geo: Geo): readonly Location[] {
  return LEVELS.flatMap((level) => {
    const entries = Object.entries(geo[level] ?? {})
    // A city of a region counts before one that is in its country anywhere.
    if (level === 'cities') return entries.sort(byArea).map(([key, answer]) => ({ when: inCity(key), answer }))
    const groups = Map.groupBy(entries, ([key, answer]) =>
      JSON.stringify([level === 'regions' && countryOf(key), answer]),
    )
    return [...groups.values()].map((group) => {
      const [[key, answer]] = group as [[string, Expression]]
      return {
        when: conditionOf(
          level,
          key,
          group.map(([one]) => one),
        ),
        answer,
      }
    })
  })
}

function conditionOf(level: Exclude<Level, 'cities'>, key: string, keys: readonly string[]): string {
  switch (level) {
    case 'asns':
      return call(
        'asnum',
        keys.map((one) => one.replace(/^AS0*/i, '')),
      )
    case 'regions':
      return `${call('country', [countryOf(key)])} and ${call(
        'region',
        keys.map((one) => one.slice(3).toUpperCase()),
      )}`
    case 'countries':
      return call(
        'country',
        keys.map((one) => one.toUpperCase()),
      )
    case 'continents':
      return call(
        'continent',
        keys.map((one) => one.toUpperCase()),
      )
  }
}

const countryOf = (key: string): string => key.slice(0, 2).toUpperCase()

/** PowerDNS's number of the attribute, which has no name before 5.0. */
const CITY = 1

function inCity(key: string): string {
  const slash = key.indexOf('/')
  const [country = '', region] = key.slice(0, slash).toUpperCase().split('-')
  const area = `${call('country', [country])} and ${region === undefined ? '' : `${call('region', [region])} and `}`
  // PowerDNS gives the small letters of ASCII alone.
  const name = key
    .slice(slash + 1)
    .trim()
    .normalize('NFC')
    .replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
  return `${area}geoiplookup(bestwho:toString(),${CITY})==${text(name)}`
}

const byArea = ([a]: readonly [string, Expression], [b]: readonly [string, Expression]): number =>
  b.indexOf('/') - a.indexOf('/')

const text = (characters: string): string => literalOf(utf8(characters)).join('')

/** A call with a text, or a list of several. */
const call = (name: string, keys: readonly string[]): string =>
  keys.length === 1 ? `${name}(${text(keys[0] as string)})` : `${name}({${keys.map(text).join(',')}})`
