import * as v from 'valibot'
import type { Coordinates } from '../geo/index.ts'
import { buildScopeMap } from '../net/index.ts'
import { object, record } from '../schema.ts'
import { compileGeoTable } from './compile-geo-table.ts'
import { AUTO, type DatacenterMap, datacenterMap } from './datacenter-orders.ts'
import { geoTableFields, latitude, longitude } from './fields.ts'
import type { GeoTable } from './geo-table.ts'
import { type Issue, type Path, refuse } from './issues.ts'

/** The datacenters for each client, in order: gdnsd's maps. Angles are degrees. */
export type MapDocument = GeoTable<readonly string[] | 'auto'> & {
  /** All of them, in the order for clients that nothing else decides for. */
  readonly datacenters: readonly string[]
  readonly coordinates?: Readonly<Record<string, readonly [number, number]>> | undefined
  /** The number of nearest datacenters that `"auto"` takes; 0 is all. */
  readonly auto?: number | undefined
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
  ...geoTableFields(order),
})

export function compileMap(name: string, document: MapDocument, path: Path, issues: Issue[]): DatacenterMap {
  const { datacenters } = document
  const fault: Fault = (at, message) => refuse({ issues }, at, message)
  datacenters.forEach((datacenter, i) => {
    if (datacenters.indexOf(datacenter) < i) fault([...path, 'datacenters', i], `"${datacenter}" is listed twice`)
  })
  const indexOf: IndexOf = (datacenter, at) => {
    const index = datacenters.indexOf(datacenter)
    if (index < 0) fault(at, `the map has no datacenter "${datacenter}"; expected some of ${datacenters.join(', ')}`)
    return index
  }
  const coordinates = coordinatesIn(document, path, indexOf, fault)
  const byItself = coordinates.some((known) => known !== undefined)
  const { levels, prefixes, networks, values } = compileGeoTable(document, path, { issues }, (written, at): string => {
    if (written !== AUTO) return written.map((datacenter) => indexOf(datacenter, at)).join()
    if (at.at(-2) === 'networks') fault(at, 'a network is at no place; expected a list of datacenters')
    else if (!byItself) fault(at, '"auto" goes by distance; expected "coordinates" in the map')
    return AUTO
  })
  return datacenterMap({
    name,
    id: `map ${JSON.stringify(document)}`,
    datacenters,
    levels,
    coordinates,
    limit: document.auto ?? DEFAULT_LIMIT,
    networks,
    scopes: buildScopeMap(prefixes, 'longest', numbered(values), -1),
    orders: values,
  })
}

type Fault = (path: Path, message: string) => void
type IndexOf = (datacenter: string, path: Path) => number

/** The number of datacenters that `auto` takes by default: gdnsd's own. */
const DEFAULT_LIMIT = 3

/** Returns the coordinates of the datacenters that have some. */
function coordinatesIn(
  { datacenters, coordinates = {}, auto }: MapDocument,
  path: Path,
  indexOf: IndexOf,
  fault: Fault,
): readonly (Coordinates | undefined)[] {
  const known: (Coordinates | undefined)[] = datacenters.map(() => undefined)
  for (const [datacenter, [latitude, longitude]] of Object.entries(coordinates)) {
    known[indexOf(datacenter, [...path, 'coordinates', datacenter])] = { latitude, longitude }
  }
  if (auto !== undefined && Object.keys(coordinates).length === 0) {
    fault([...path, 'auto'], 'nothing is known of where the datacenters are; expected "coordinates" in the map')
  }
  return known
}

/** Numbers outcomes: the same number for the same one. */
function numbered(outcomes: readonly string[]): number[] {
  const numbers = new Map([...new Set(outcomes)].map((outcome, i) => [outcome, i]))
  return outcomes.map((outcome) => numbers.get(outcome) as number)
}
