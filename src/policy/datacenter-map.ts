import * as v from 'valibot'
import {
  byDistance,
  type Coordinates,
  coordinatesOf,
  type GeoPartition,
  greatCircleKm,
  type Levels,
  type Location,
} from '../geo/index.ts'
import { buildScopeMap } from '../net/index.ts'
import { object, record } from '../schema.ts'
import { geoTableFields, latitude, longitude } from './fields.ts'
import { compileGeoTable, type GeoTable } from './geo-table.ts'
import { type Issue, type Path, refuse } from './issues.ts'

/** The datacenters for each client, in order: gdnsd's maps. Angles are degrees. */
export type MapDocument = GeoTable<readonly string[] | 'auto'> & {
  /** All of them, in the order for clients that nothing else decides for. */
  readonly datacenters: readonly string[]
  readonly coordinates?: Readonly<Record<string, readonly [number, number]>> | undefined
  /** The number of nearest datacenters that `"auto"` takes; 0 is all. */
  readonly auto?: number | undefined
}

/** A compiled map. Its outcomes are orders of datacenters: [fra, nyc] is not [nyc, fra]. */
export type DatacenterMap = {
  readonly name: string
  readonly datacenters: readonly string[]
  readonly division: GeoPartition
  /** Returns the indices of the datacenters in an order. */
  readonly indices: (outcome: string) => readonly number[]
  /** The zone's spellings. */
  readonly networks: readonly string[]
  /** Returns the key that has a location, and `auto` if distance decides; null for the default order. */
  readonly matched: (place: Location) => string | null
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
  const orders = new Orders(levels, coordinates, document.auto ?? DEFAULT_LIMIT)
  const map = buildScopeMap(prefixes, 'longest', numbered(values), -1)
  return {
    name,
    datacenters,
    networks,
    indices: (outcome) => (outcome === '' ? [] : outcome.split(',').map(Number)),
    matched: (place) => orders.matched(place),
    division: {
      id: `map ${JSON.stringify(document)}`,
      reads: new Set([...levels.reads, ...(byItself ? (['latitude', 'longitude'] as const) : [])]),
      outcome: (place) => orders.of(place),
      ...(networks.length > 0 && { networks: { map, outcomes: values } }),
    },
  }
}

type Fault = (path: Path, message: string) => void
type IndexOf = (datacenter: string, path: Path) => number

const AUTO = 'auto'

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

/** Finds the order of the datacenters for a location: the written one, or the nearest first, or the default. */
class Orders {
  private readonly levels: Levels<string>
  private readonly coordinates: readonly (Coordinates | undefined)[]
  private readonly limit: number
  private readonly defaultOrder: string
  /** True if distance decides where no order is written. */
  private readonly byItself: boolean

  constructor(levels: Levels<string>, coordinates: readonly (Coordinates | undefined)[], limit: number) {
    this.levels = levels
    this.coordinates = coordinates
    this.limit = limit === 0 ? coordinates.length : limit
    this.defaultOrder = coordinates.map((_, i) => i).join()
    this.byItself = coordinates.some((known) => known !== undefined)
  }

  of(place: Location): string {
    const written = this.levels.find(place)?.value
    if (written !== undefined && written !== AUTO) return written
    return (written === AUTO || this.byItself ? this.nearest(place) : undefined) ?? this.defaultOrder
  }

  matched(place: Location): string | null {
    const found = this.levels.find(place)
    const auto = (found ? found.value === AUTO : this.byItself) && coordinatesOf(place) !== undefined
    if (!found) return auto ? AUTO : null
    return auto ? `${found.key}: ${AUTO}` : found.key
  }

  /** Datacenters without coordinates are never among them. */
  private nearest(place: Location): string | undefined {
    const from = coordinatesOf(place)
    if (!from) return undefined
    const distances = this.coordinates.map((known) => known && greatCircleKm(from, known))
    return byDistance(distances).flat().slice(0, this.limit).join()
  }
}

/** Numbers outcomes: the same number for the same one. */
function numbered(outcomes: readonly string[]): number[] {
  const numbers = new Map([...new Set(outcomes)].map((outcome, i) => [outcome, i]))
  return outcomes.map((outcome) => numbers.get(outcome) as number)
}
