import * as v from 'valibot'
import { MAX_WEIGHT } from '../limits.ts'
import { object, record } from '../schema.ts'

/** A non-empty list of answers. */
export const answersSchema = <E>(answer: v.GenericSchema<E>) =>
  v.pipe(
    v.array(answer, 'expected a list of answers, like ["192.0.2.1", "192.0.2.2"]'),
    v.minLength(1, 'the list is empty; expected at least one member'),
  )

const COUNT = 'expected a whole number of 0 or more'
export const countSchema = v.pipe(v.number(COUNT), v.integer(COUNT), v.minValue(0, COUNT))

const WEIGHT = `expected a whole number from 1 to ${MAX_WEIGHT}`
export const weightSchema = v.pipe(
  v.number(WEIGHT),
  v.integer(WEIGHT),
  v.minValue(1, WEIGHT),
  v.maxValue(MAX_WEIGHT, WEIGHT),
)

const WEIGHTED = '[{ "weight": 1, "answer": "192.0.2.1" }]'

/** A non-empty list of answers with weights. `more` are the other fields of a member. */
export const weightedSchema = <E, const M extends v.ObjectEntries>(answer: v.GenericSchema<E>, more: M) =>
  v.pipe(
    v.array(object({ weight: weightSchema, answer, ...more }), `expected a list like ${WEIGHTED}`),
    v.minLength(1, `the list is empty; expected ${WEIGHTED}`),
  )

const angle = (name: string, limit: number) => {
  const message = `expected a ${name} in degrees, from -${limit} to ${limit}`
  return v.pipe(v.number(message), v.minValue(-limit, message), v.maxValue(limit, message))
}
export const latitude = angle('latitude', 90)
export const longitude = angle('longitude', 180)

const LEVEL = {
  networks: 'expected an object of networks, like { "192.0.2.0/24": … }',
  asns: 'expected an object of autonomous systems, like { "AS64496": … }',
  cities: 'expected an object of cities, like { "DE/Munich": … }',
  regions: 'expected an object of subdivisions, like { "DE-BY": … }',
  countries: 'expected an object of countries, like { "DE": … }',
  continents: 'expected an object of continents, like { "EU": … }',
} as const

/** Returns the fields of a `GeoTable`, for the schema of an object. */
export function geoTableFields<V>(value: v.GenericSchema<V>) {
  const level = (name: keyof typeof LEVEL) => v.optional(record(value, LEVEL[name]))
  return {
    networks: level('networks'),
    asns: level('asns'),
    cities: level('cities'),
    regions: level('regions'),
    countries: level('countries'),
    continents: level('continents'),
  }
}
