import * as v from 'valibot'
import type { Level } from '../geo/index.ts'
import { object, record } from '../schema.ts'
import type { FailoverExpression, FailoverMember } from './pool-expression.ts'

/** The expressions that places decide. docs/geography.md describes them by example. `E` is any expression. */
export interface GeoExpression<E> extends ByPlace<E> {
  readonly kind: 'geo'
  readonly otherwise: E
}

export interface DatacentersExpression<E> extends Omit<FailoverExpression<E>, 'kind' | 'pools'> {
  readonly kind: 'datacenters'
  /** A name in the zone's `maps`. */
  readonly map: string
  readonly datacenters: Readonly<Record<string, E | FailoverMember<E>>>
}

/** Something for networks, and at each level of place: the first in this order that knows the client decides. */
export type ByPlace<V> = { readonly [L in 'networks' | Level]?: Readonly<Record<string, V>> | undefined }

/** Which datacenters serve whom, in order: gdnsd's maps. Angles are degrees. */
export type MapDocument = ByPlace<readonly string[] | 'auto'> & {
  /** All of them, in the order for clients that nothing else says anything of. */
  readonly datacenters: readonly string[]
  readonly coordinates?: Readonly<Record<string, readonly [number, number]>> | undefined
  /** How many of the nearest `"auto"` takes; 0 is all. */
  readonly auto?: number | undefined
}

const LEVEL = {
  networks: 'expected an object of networks, like { "192.0.2.0/24": … }',
  asns: 'expected an object of autonomous systems, like { "AS64496": … }',
  cities: 'expected an object of cities, like { "DE/Munich": … }',
  regions: 'expected an object of subdivisions, like { "DE-BY": … }',
  countries: 'expected an object of countries, like { "DE": … }',
  continents: 'expected an object of continents, like { "EU": … }',
} as const

function byPlace<V>(value: v.GenericSchema<V>) {
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

/** @param member the schema of an answer with its checks, as in a failover; `alternatives` are its other fields */
export function placeSchemas<E, M, A extends v.ObjectEntries>(
  expression: v.GenericSchema<E>,
  member: v.GenericSchema<M>,
  alternatives: A,
) {
  return [
    object({ kind: v.literal('geo'), ...byPlace(expression), otherwise: expression }),
    object({
      kind: v.literal('datacenters'),
      map: v.string('expected the name of one of the zone\'s "maps"'),
      datacenters: record(member, 'expected an object of datacenters, like { "fra": "192.0.2.1" }'),
      ...alternatives,
    }),
  ] as const
}

const DATACENTER = 'expected the name of a datacenter, of at most 64 characters and without spaces'
const datacenter = v.pipe(v.string(DATACENTER), v.regex(/^[\x21-\x7e]{1,64}$/, DATACENTER))
const ORDER = 'expected a list of datacenters, like ["fra", "nyc"], or "auto"'
const list = v.array(datacenter, ORDER)
const auto = v.literal('auto', ORDER)
const order = v.lazy((input) => {
  if (input === undefined) return v.union([list, auto])
  return typeof input === 'string' ? auto : list
}) as v.GenericSchema<readonly string[] | 'auto'>

const angle = (name: string, most: number) => {
  const message = `expected a ${name} in degrees, from -${most} to ${most}`
  return v.pipe(v.number(message), v.minValue(-most, message), v.maxValue(most, message))
}
export const latitude = angle('latitude', 90)
export const longitude = angle('longitude', 180)

const LIMIT = 'expected how many of the nearest datacenters to take; 0 is all'

export const mapSchema = object({
  datacenters: v.pipe(list, v.minLength(1, 'the list is empty; expected at least one datacenter')),
  coordinates: v.optional(
    record(
      v.tuple([latitude, longitude], 'expected latitude and longitude, like [50.11, 8.68]'),
      'expected an object of coordinates, like { "fra": [50.11, 8.68] }',
    ),
  ),
  auto: v.optional(v.pipe(v.number(LIMIT), v.integer(LIMIT), v.minValue(0, LIMIT))),
  ...byPlace(order),
})
