import * as v from 'valibot'
import { parseTtl } from '../dns/index.ts'
import { MAX_PACE_SECONDS, MAX_TRICKLE, MAX_WEIGHT, MIN_TRICKLE } from '../limits.ts'
import { object, record } from '../schema.ts'
import { parseTime } from '../time.ts'
import type { LoadRule } from './alternatives.ts'

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

const FROM_0 = `expected a whole number from 0 to ${MAX_WEIGHT}`

/** A weight that may be 0, as at an end of a shift. */
export const leastWeight = v.pipe(
  v.number(FROM_0),
  v.integer(FROM_0),
  v.minValue(0, FROM_0),
  v.maxValue(MAX_WEIGHT, FROM_0),
)

const SHIFT_TIME = 'expected a time like "2026-12-01T20:00Z"'
const shiftTime = v.pipe(
  v.string(SHIFT_TIME),
  v.check((text) => parseTime(text) !== undefined, SHIFT_TIME),
)

/** Weights that go over into others between two times. */
export const shiftSchema = object({
  to: v.array(leastWeight, 'expected a list of weights, one for each member'),
  start: shiftTime,
  end: shiftTime,
})

const PACE = `expected seconds from 0 to ${MAX_PACE_SECONDS}, or units as in "5m"`
const paceTime = v.pipe(
  v.union([v.pipe(v.number(PACE), v.minValue(0, PACE), v.maxValue(MAX_PACE_SECONDS, PACE)), v.string()], PACE),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const { value } = dataset
    const parsed = typeof value === 'number' ? { ok: true as const, value } : parseTtl(value)
    if (parsed.ok && parsed.value <= MAX_PACE_SECONDS) return parsed.value
    addIssue({ message: PACE })
    return NEVER
  }),
)

/** The rules by which a part counts again after it was down. */
export const paceFields = {
  failback: v.optional(
    v.lazy((input) => {
      const manual = v.literal('manual', `${PACE}, or "manual"`)
      if (input === undefined) return v.union([manual, paceTime])
      return input === 'manual' ? manual : paceTime
    }) as v.GenericSchema<unknown, number | 'manual'>,
  ),
  rampUp: v.optional(paceTime),
}

const LOAD = 'expected a load above 0'
const positive = v.pipe(v.number(LOAD), v.finite(LOAD), v.gtValue(0, LOAD))
const LIMITS = 'expected { "target": 70, "capacity": 100 }, or "reported"'

/** The limits of a load. */
export const loadField = {
  load: v.optional(
    v.lazy((input) => {
      const limits = v.pipe(
        object({ target: positive, capacity: positive }),
        v.check(({ target, capacity }) => target <= capacity, 'expected a "target" of at most the "capacity"'),
      )
      const reported = v.literal('reported', LIMITS)
      if (input === undefined) return v.union([limits, reported])
      return typeof input === 'object' && input !== null ? limits : reported
    }) as v.GenericSchema<unknown, LoadRule>,
  ),
}

const TRICKLE = `expected a share from ${MIN_TRICKLE} to ${MAX_TRICKLE}`
export const trickleField = {
  trickle: v.optional(v.pipe(v.number(TRICKLE), v.minValue(MIN_TRICKLE, TRICKLE), v.maxValue(MAX_TRICKLE, TRICKLE))),
}

const WEIGHTED = '[{ "weight": 1, "answer": "192.0.2.1" }]'

/** A non-empty list of answers with weights. `more` are the other fields of a member. */
export const weightedSchema = <E, const M extends v.ObjectEntries>(
  answer: v.GenericSchema<E>,
  more: M,
  weight: v.GenericSchema<number> = weightSchema,
) =>
  v.pipe(
    v.array(object({ weight, answer, ...more }), `expected a list like ${WEIGHTED}`),
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
