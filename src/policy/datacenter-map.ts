import { byDistance, type Coordinates, coordinatesOf, greatCircleKm, type Levels, type Place } from '../geo/index.ts'
import { buildScopeMap } from '../net/index.ts'
import { compileByPlace } from './by-place.ts'
import type { Issue, Path } from './context.ts'
import type { MapDocument } from './place-expression.ts'
import type { DatacenterMap } from './types.ts'

export function compileMap(name: string, document: MapDocument, path: Path, issues: Issue[]): DatacenterMap {
  const { datacenters } = document
  const refuse = (at: Path, message: string) => void issues.push({ path: at, message })
  datacenters.forEach((datacenter, i) => {
    if (datacenters.indexOf(datacenter) < i) refuse([...path, 'datacenters', i], `"${datacenter}" is listed twice`)
  })
  const indexOf = (datacenter: string, at: Path): number => {
    const index = datacenters.indexOf(datacenter)
    if (index < 0) refuse(at, `the map has no datacenter "${datacenter}"; expected some of ${datacenters.join(', ')}`)
    return index
  }
  const spots = spotsOf(document, path, indexOf, refuse)
  const byItself = spots.some((spot) => spot !== undefined)
  const table = compileByPlace(document, path, issues, (order, at): string => {
    if (order !== 'auto') return order.map((datacenter) => indexOf(datacenter, at)).join()
    if (at.at(-2) === 'networks') refuse(at, 'a network is at no place; expected a list of datacenters')
    else if (!byItself) refuse(at, '"auto" goes by distance; expected "coordinates" in the map')
    return AUTO
  })
  const { levels, prefixes, networks, values } = table
  const order = new Order(levels, spots, document.auto ?? USUAL_LIMIT)
  const map = buildScopeMap(prefixes, 'longest', numbered(values), -1)
  return {
    ...{ name, datacenters, networks },
    indices: (outcome) => (outcome === '' ? [] : outcome.split(',').map(Number)),
    matched: (place) => order.matched(place),
    division: {
      id: `map ${JSON.stringify(document)}`,
      reads: new Set([...levels.reads, ...(byItself ? (['latitude', 'longitude'] as const) : [])]),
      outcome: (place) => order.of(place),
      ...(networks.length > 0 && { networks: { map, outcomes: values } }),
    },
  }
}

const AUTO = 'auto'

/** How many datacenters `auto` takes where nothing is said: gdnsd's own number. */
const USUAL_LIMIT = 3

function spotsOf(
  { datacenters, coordinates = {}, auto }: MapDocument,
  path: Path,
  indexOf: (datacenter: string, at: Path) => number,
  refuse: (at: Path, message: string) => void,
): readonly (Coordinates | undefined)[] {
  const spots: (Coordinates | undefined)[] = datacenters.map(() => undefined)
  for (const [datacenter, [latitude, longitude]] of Object.entries(coordinates)) {
    spots[indexOf(datacenter, [...path, 'coordinates', datacenter])] = { latitude, longitude }
  }
  if (auto !== undefined && Object.keys(coordinates).length === 0) {
    refuse([...path, 'auto'], 'nothing is known of where the datacenters are; expected "coordinates" in the map')
  }
  return spots
}

/** The order of the datacenters for a place: as written for it, or those that are nearest, or the usual one. */
class Order {
  private readonly levels: Levels<string>
  private readonly spots: readonly (Coordinates | undefined)[]
  private readonly limit: number
  private readonly usual: string
  /** Whether distance decides where nothing is written. */
  private readonly byItself: boolean

  constructor(levels: Levels<string>, spots: readonly (Coordinates | undefined)[], limit: number) {
    this.levels = levels
    this.spots = spots
    this.limit = limit === 0 ? spots.length : limit
    this.usual = spots.map((_, i) => i).join()
    this.byItself = spots.some((spot) => spot !== undefined)
  }

  of(place: Place): string {
    const written = this.levels.find(place)?.value
    if (written !== undefined && written !== AUTO) return written
    return (written === AUTO || this.byItself ? this.nearest(place) : undefined) ?? this.usual
  }

  matched(place: Place): string | null {
    const found = this.levels.find(place)
    const auto = (found ? found.value === AUTO : this.byItself) && coordinatesOf(place) !== undefined
    if (!found) return auto ? AUTO : null
    return auto ? `${found.key}: ${AUTO}` : found.key
  }

  /** Datacenters without coordinates are never among them. */
  private nearest(place: Place): string | undefined {
    const from = coordinatesOf(place)
    if (!from) return undefined
    const distances = this.spots.map((spot) => spot && greatCircleKm(from, spot))
    return byDistance(distances).flat().slice(0, this.limit).join()
  }
}

/** The same number for the same outcome. */
function numbered(outcomes: readonly string[]): number[] {
  const numbers = new Map([...new Set(outcomes)].map((outcome, i) => [outcome, i]))
  return outcomes.map((outcome) => numbers.get(outcome) as number)
}
