import { type Address, lookupScope } from '../net/index.ts'
import { ok, type Result } from '../result.ts'
import type { Division, Outcome } from './division.ts'
import { COLUMNS, type Columns, decode, type Layout, NO_ANGLE } from './format.ts'
import { isContinent, NOWHERE, type Place } from './place.ts'
import { Runs, scopeIn } from './run.ts'
import { keyOf, rangeOf, startOf, type Table } from './table.ts'

/** Where a client is by the database and by a division of it, and for whom else that is so. */
export type Located = {
  readonly place: Place
  /** Index of the network of the division that decided before the place could, or -1. */
  readonly network: number
  readonly outcome: Outcome
  /** Of the shortest prefix in which every client comes to the same outcome, in bits of the client's family. */
  readonly scope: number
}

/** What divisions remember of a database altogether, in octets. */
const MEMORY = 16 * 1024 * 1024
const KEPT_PLACES = 4096

/** Places of networks, in typed arrays: a look-up is a binary search, and nothing is unpacked before it is asked for. */
export class Database {
  readonly placeCount: number
  private readonly layout: Layout
  private readonly tables: { readonly 1: Table; readonly 2: Table }
  private readonly places = new Map<number, Place>()
  private readonly runs = new Map<string, Runs>()
  private readonly needed = new WeakMap<ReadonlySet<keyof Place>, Columns>()

  constructor(layout: Layout) {
    const { starts4, starts6, words6, places4, places6, placeCount } = layout
    this.layout = layout
    this.placeCount = placeCount
    this.tables = {
      1: { words: 1, starts: starts4, places: places4 },
      2: { words: words6, starts: starts6, places: places6 },
    }
  }

  /** @param buffer what `encode` made; it is used as it is */
  static open(buffer: ArrayBuffer): Result<Database> {
    const layout = decode(buffer)
    return layout.ok ? ok(new Database(layout.value)) : layout
  }

  /** The place of an address, and the prefix length of the largest network around it that is in one row. */
  lookup(address: Address): { readonly place: Place; readonly prefixLength: number } {
    const { family, words, offset } = keyOf(address)
    const table = this.table(family)
    const range = rangeOf(table, words)
    const first = range === 0 ? undefined : startOf(table, range, words.length)
    const next = range + 1 < table.places.length ? startOf(table, range + 1, words.length) : undefined
    return { place: this.placeAt(table, range), prefixLength: scopeIn({ first, next }, words) + offset }
  }

  locate(client: Address, division: Division): Located {
    const { family, words, offset } = keyOf(client)
    const table = this.table(family)
    const place = this.placeAt(table, rangeOf(table, words))
    const network = division.networks ? lookupScope(division.networks.map, client).index : -1
    const outcome = network < 0 ? division.outcome(place, this) : (division.networks?.outcomes[network] as Outcome)
    return { place, network, outcome, scope: scopeIn(this.runsOf(division).around(family, words), words) + offset }
  }

  /** How many ranges there are, and in which fields places are told apart. */
  get summary(): { ranges4: number; ranges6: number; places: number; fields: readonly (keyof Place)[] } {
    const { places4, places6, columns } = this.layout
    const fields = COLUMNS.filter((name) => columns[name])
    return { ranges4: places4.length, ranges6: places6.length, places: this.placeCount, fields }
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

  private placeAt({ places }: Table, range: number): Place {
    return this.place(places[range] as number)
  }

  /** Of a place only the fields that are needed: a walk over many places unpacks no more. It is not kept. */
  part(index: number, needed?: ReadonlySet<keyof Place>): Place {
    if (index === 0 || index >= this.placeCount) return NOWHERE
    if (!needed) return this.read(this.layout.columns, index)
    let columns = this.needed.get(needed)
    if (!columns) {
      const all = Object.entries(this.layout.columns)
      columns = Object.fromEntries(all.filter(([field]) => needed.has(field as keyof Place)))
      this.needed.set(needed, columns)
    }
    return this.read(columns, index)
  }

  private read(columns: Columns, index: number): Place {
    const continent = letters(columns.continent?.[index])
    const country = letters(columns.country?.[index])
    const region = this.text(columns.region?.[index])
    const city = this.text(columns.city?.[index])
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

const MILLION = 1_000_000
const UTF8 = new TextDecoder()

const letters = (code: number | undefined): string => (code ? String.fromCharCode(code & 255, code >> 8) : '')

/** What stands where no database was put: it places nobody. */
export const NO_DATABASE = new Database({
  ...{ starts4: new Uint32Array(1), starts6: new Uint32Array(2), words6: 2, placeCount: 1, columns: {} },
  ...{
    textEnds: new Uint32Array(1),
    texts: new Uint8Array(),
    places4: new Uint16Array(1),
    places6: new Uint16Array(1),
  },
})
