import { type Address, lookupScope } from '../net/index.ts'
import { ok, type Result } from '../result.ts'
import type { Division, Outcome } from './division.ts'
import { AREA_COLUMNS, type Columns, decode, type Layout, NO_ANGLE, PLACE_COLUMNS } from './format.ts'
import { isContinent, NOWHERE, type Place } from './place.ts'
import { type Effort, scopeBetween } from './run.ts'
import { Runs } from './runs.ts'
import { keyOf, startOf, Table } from './table.ts'

/** Where a client is by the database and by a division of it, and for whom else that is so. */
export type Located = {
  readonly place: Place
  /** Index of the network of the division that decided before the place could, or -1. */
  readonly network: number
  readonly outcome: Outcome
  /**
   * Of the shortest prefix in which every client comes to the same outcome, in bits of the client's family; of a longer
   * one as long as the effort of the look-ups so far did not suffice.
   */
  readonly scope: number
}

/** What divisions remember of a database altogether, in octets. */
const MEMORY = 16 * 1024 * 1024
const KEPT_PLACES = 4096

/** Places of networks, in typed arrays: a look-up is a binary search, and nothing is unpacked before it is asked for. */
export class Database {
  readonly placeCount: number
  /** Areas are what places are in; many places are in the same. */
  readonly areaCount: number
  private readonly layout: Layout
  private readonly effort: number
  private readonly columns: Columns
  private readonly tables: { readonly 1: Table; readonly 2: Table }
  private readonly places = new Map<number, Place>()
  private readonly runs = new Map<string, Runs>()
  private readonly needed = new WeakMap<ReadonlySet<keyof Place>, Columns>()

  constructor(layout: Layout, effort: number) {
    this.layout = layout
    this.effort = effort
    this.columns = Object.fromEntries(COLUMNS.flatMap((name) => (layout[name] ? [[name, layout[name]]] : [])))
    this.placeCount = layout.area.length
    this.areaCount = AREA_COLUMNS.map((name) => layout[name]?.length).find((length) => length !== undefined) ?? 1
    this.tables = { 1: new Table(layout, 1), 2: new Table(layout, 2) }
  }

  /**
   * @param buffers what `encode` made, in order; they are used as they are
   * @param effort steps of a look-up on the way to the exact scope
   */
  static open(buffers: readonly ArrayBuffer[], effort = Number.POSITIVE_INFINITY): Result<Database> {
    const layout = decode(buffers)
    return layout.ok ? ok(new Database(layout.value, effort)) : layout
  }

  /** The place of an address, and the prefix length of the largest network around it that is in one row. */
  lookup(address: Address): { readonly place: Place; readonly prefixLength: number } {
    const { family, words, offset } = keyOf(address)
    const table = this.table(family)
    const range = table.find(words)
    const first = range === 0 ? undefined : startOf(table, range, words.length)
    const next = range + 1 < table.length ? startOf(table, range + 1, words.length) : undefined
    return { place: this.place(table.place(range)), prefixLength: scopeBetween(first, next, words) + offset }
  }

  /** @param effort what is left of it for this query, where several look-ups share it */
  locate(client: Address, division: Division, effort: Effort = { left: this.effort }): Located {
    const { family, words, offset } = keyOf(client)
    const table = this.table(family)
    const place = this.place(table.place(table.find(words)))
    const network = division.networks ? lookupScope(division.networks.map, client).index : -1
    const outcome = network < 0 ? division.outcome(place, this) : (division.networks?.outcomes[network] as Outcome)
    effort.left = Math.min(effort.left, this.effort)
    const scope = this.runsOf(division).scopeAround(family, words, effort)
    return { place, network, outcome, scope: scope + offset }
  }

  /** How many ranges there are, and in which fields places are told apart. */
  get summary(): { ranges4: number; ranges6: number; places: number; fields: readonly (keyof Place)[] } {
    const fields = COLUMNS.filter((name) => this.columns[name])
    return { ranges4: this.tables[1].length, ranges6: this.tables[2].length, places: this.placeCount, fields }
  }

  table(family: 1 | 2): Table {
    return this.tables[family]
  }

  /** By the number that ranges have it under. */
  place(index: number): Place {
    const known = this.places.get(index)
    if (known) return known
    const place = this.part(index)
    if (this.places.size >= KEPT_PLACES) this.places.clear()
    this.places.set(index, place)
    return place
  }

  areaOf(place: number): number {
    return this.layout.area[place] ?? 0
  }

  /** Of a place only the fields that are needed: a walk over many places unpacks no more. It is not kept. */
  part(index: number, needed?: ReadonlySet<keyof Place>): Place {
    if (index === 0 || index >= this.placeCount) return NOWHERE
    if (!needed) return this.read(this.columns, index)
    let columns = this.needed.get(needed)
    if (!columns) {
      const all = Object.entries(this.columns)
      columns = Object.fromEntries(all.filter(([field]) => needed.has(field as keyof Place)))
      this.needed.set(needed, columns)
    }
    return this.read(columns, index)
  }

  private read(columns: Columns, index: number): Place {
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

  private runsOf(division: Division): Runs {
    const known = this.runs.get(division.id)
    if (known) return known
    const most = Math.max(4, Math.floor(MEMORY / (4 * this.placeCount)))
    for (const [oldest] of this.runs) {
      if (this.runs.size < most) break
      this.runs.delete(oldest)
    }
    const made = new Runs(this, division)
    this.runs.set(division.id, made)
    return made
  }
}

const COLUMNS = [...AREA_COLUMNS, ...PLACE_COLUMNS] as const
const MILLION = 1_000_000
const UTF8 = new TextDecoder()

const letters = (code: number | undefined): string => (code ? String.fromCharCode(code & 255, code >> 8) : '')

/** What stands where no database was put: it places nobody. */
const NO_RANGES = { tops: new Uint32Array(1), ends: Uint32Array.of(1), zero: new Uint16Array(1) }
const NO_LAYOUT: Layout = {
  ...{ tops4: NO_RANGES.tops, ends4: NO_RANGES.ends, lows4: NO_RANGES.zero, places4: NO_RANGES.zero },
  ...{ tops6: NO_RANGES.tops, ends6: NO_RANGES.ends, lows6: NO_RANGES.zero, places6: NO_RANGES.zero },
  ...{ area: new Uint32Array(1), textEnds: new Uint32Array(1), texts: new Uint8Array() },
}
export const NO_DATABASE = new Database(NO_LAYOUT, Number.POSITIVE_INFINITY)
