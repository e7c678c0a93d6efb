import { type Address, lookupScope } from '../net/index.ts'
import { ok, type Result } from '../result.ts'
import { AREA_COLUMNS, type Columns, decode, type Layout, NO_ANGLE, PLACE_COLUMNS } from './format.ts'
import { isContinent, type Location, UNKNOWN_LOCATION } from './location.ts'
import type { GeoLookup, Located, StepBudget } from './lookup.ts'
import type { GeoOutcome, GeoPartition } from './partition.ts'
import { ScopeCache } from './scope-cache.ts'
import { keyOf, startOf, Table } from './table.ts'
import { scopeBetween } from './uniform-range.ts'

/** The limit on the scope caches of all partitions together, in octets. */
const MAX_CACHE_BYTES = 16 * 1024 * 1024
const MAX_CACHED_LOCATIONS = 4096

/** The locations of networks, in typed arrays. A look-up is a binary search, and unpacks only what it needs. */
export class Database implements GeoLookup {
  readonly locationCount: number
  /** An area is a continent, country, region and city. Many locations share one. */
  readonly areaCount: number
  private readonly layout: Layout
  private readonly maxSteps: number
  private readonly columns: Columns
  private readonly tables: { readonly 1: Table; readonly 2: Table }
  private readonly locations = new Map<number, Location>()
  private readonly scopes = new Map<string, ScopeCache>()
  private sampled: { readonly most: number; readonly places: readonly Location[] } | undefined
  private readonly needed = new WeakMap<ReadonlySet<keyof Location>, Columns>()

  constructor(layout: Layout, maxSteps: number) {
    this.layout = layout
    this.maxSteps = maxSteps
    this.columns = Object.fromEntries(COLUMNS.flatMap((name) => (layout[name] ? [[name, layout[name]]] : [])))
    this.locationCount = layout.area.length
    this.areaCount = AREA_COLUMNS.map((name) => layout[name]?.length).find((length) => length !== undefined) ?? 1
    this.tables = { 1: new Table(layout, 1), 2: new Table(layout, 2) }
  }

  /**
   * @param buffers the values that `encode` made, in order; they are used without a copy
   * @param maxSteps limits the steps of each look-up towards the exact scope
   */
  static open(buffers: readonly ArrayBuffer[], maxSteps = Number.POSITIVE_INFINITY): Result<Database> {
    const layout = decode(buffers)
    return layout.ok ? ok(new Database(layout.value, maxSteps)) : layout
  }

  /** Returns the location of an address, and the length of the shortest prefix around it that lies in one range. */
  lookup(address: Address): { readonly place: Location; readonly prefixLength: number } {
    const { family, words, offset } = keyOf(address)
    const table = this.table(family)
    const range = table.find(words)
    const first = range === 0 ? undefined : startOf(table, range, words.length)
    const next = range + 1 < table.length ? startOf(table, range + 1, words.length) : undefined
    return { place: this.location(table.locationOf(range)), prefixLength: scopeBetween(first, next, words) + offset }
  }

  locate(client: Address, partition: GeoPartition, budget: StepBudget = { left: this.maxSteps }): Located {
    const { family, words, offset } = keyOf(client)
    const table = this.table(family)
    const place = this.location(table.locationOf(table.find(words)))
    const network = partition.networks ? lookupScope(partition.networks.map, client).index : -1
    const outcome = network < 0 ? partition.outcome(place, this) : (partition.networks?.outcomes[network] as GeoOutcome)
    budget.left = Math.min(budget.left, this.maxSteps)
    const scope = this.scopesOf(partition).scopeAround(family, words, budget)
    return { place, network, outcome, scope: scope + offset }
  }

  /** The numbers of ranges and locations, and the fields that locations have. */
  get summary(): { ranges4: number; ranges6: number; places: number; fields: readonly (keyof Location)[] } {
    const fields = COLUMNS.filter((name) => this.columns[name])
    return { ranges4: this.tables[1].length, ranges6: this.tables[2].length, places: this.locationCount, fields }
  }

  table(family: 1 | 2): Table {
    return this.tables[family]
  }

  /** Returns a location by its number in the database. */
  location(index: number): Location {
    const cached = this.locations.get(index)
    if (cached) return cached
    const location = this.fieldsOf(index)
    if (this.locations.size >= MAX_CACHED_LOCATIONS) this.locations.clear()
    this.locations.set(index, location)
    return location
  }

  sample(most: number): readonly Location[] {
    if (this.sampled?.most !== most) this.sampled = { most, places: this.placesAmong(most) }
    return this.sampled.places
  }

  private placesAmong(most: number): readonly Location[] {
    // Location 0 is the unknown one.
    const all = this.locationCount - 1
    const count = Math.min(most, all)
    return Array.from({ length: count }, (_, i) =>
      this.fieldsOf(1 + Math.floor((i * all) / count), COORDINATES),
    ).filter(({ latitude }) => latitude !== undefined)
  }

  areaOf(location: number): number {
    return this.layout.area[location] ?? 0
  }

  /** Unpacks only the needed fields of a location, without the cache: for scans over many locations. */
  fieldsOf(index: number, needed?: ReadonlySet<keyof Location>): Location {
    if (index === 0 || index >= this.locationCount) return UNKNOWN_LOCATION
    if (!needed) return this.read(this.columns, index)
    let columns = this.needed.get(needed)
    if (!columns) {
      const all = Object.entries(this.columns)
      columns = Object.fromEntries(all.filter(([field]) => needed.has(field as keyof Location)))
      this.needed.set(needed, columns)
    }
    return this.read(columns, index)
  }

  private read(columns: Columns, index: number): Location {
    const area = this.areaOf(index)
    const continent = letters(columns.continent?.[area])
    const country = letters(columns.country?.[area])
    const region = this.text(columns.region?.[area])
    const city = this.text(columns.city?.[area])
    const asn = columns.asn?.[index] ?? 0
    const [latitude = NO_ANGLE, longitude = NO_ANGLE] = [columns.latitude?.[index], columns.longitude?.[index]]
    return {
      ...(isContinent(continent) && { continent }),
      ...(country !== '' && { country }),
      ...(region !== '' && { region }),
      ...(city !== '' && { city }),
      ...(asn !== 0 && { asn }),
      ...(latitude !== NO_ANGLE && { latitude: latitude / MILLION, longitude: longitude / MILLION }),
    }
  }

  private text(number: number | undefined): string {
    if (!number) return ''
    const { textEnds, texts } = this.layout
    return UTF8.decode(texts.subarray(textEnds[number - 1], textEnds[number]))
  }

  private scopesOf(partition: GeoPartition): ScopeCache {
    const cached = this.scopes.get(partition.id)
    if (cached) return cached
    const max = Math.max(4, Math.floor(MAX_CACHE_BYTES / (4 * this.locationCount)))
    for (const [oldest] of this.scopes) {
      if (this.scopes.size < max) break
      this.scopes.delete(oldest)
    }
    const scopes = new ScopeCache(this, partition)
    this.scopes.set(partition.id, scopes)
    return scopes
  }
}

const COORDINATES: ReadonlySet<keyof Location> = new Set(['latitude', 'longitude'])
const COLUMNS = [...AREA_COLUMNS, ...PLACE_COLUMNS] as const
const MILLION = 1_000_000
const UTF8 = new TextDecoder()

const letters = (code: number | undefined): string => (code ? String.fromCharCode(code & 255, code >> 8) : '')
