import { MAX_KV_BYTES } from '../limits.ts'
import { encode, type Layout, NO_ANGLE } from './format.ts'
import type { Location } from './location.ts'

/** The fields of locations that a database can store. `location` is both coordinates. */
export const FIELDS = ['continent', 'country', 'region', 'city', 'asn', 'location'] as const
export type Field = (typeof FIELDS)[number]

/** The ranges of one family in order. Each ends before the start of the next; the first starts at zero. */
export class RangeList {
  readonly words: 1 | 4
  length = 0
  private starts: Uint32Array
  private values: Uint32Array

  constructor(words: 1 | 4) {
    this.words = words
    this.starts = new Uint32Array(1024 * words)
    this.values = new Uint32Array(1024)
  }

  /** Appends a range, or extends the last range if it has the same value. */
  add(start: ArrayLike<number>, at: number, value: number): void {
    const { length, words } = this
    if (length > 0 && this.values[length - 1] === value) return
    if (length === this.values.length) {
      this.starts = grown(this.starts)
      this.values = grown(this.values)
    }
    for (let i = 0; i < words; i++) this.starts[length * words + i] = start[at + i] as number
    this.values[length] = value
    this.length++
  }

  value(index: number): number {
    return this.values[index] as number
  }

  get allStarts(): Uint32Array {
    return this.starts.subarray(0, this.length * this.words)
  }
}

function grown(array: Uint32Array): Uint32Array {
  const larger = new Uint32Array(array.length * 2)
  larger.set(array)
  return larger
}

/** The locations of networks before they are packed, from one database file or several. */
export type Survey = { readonly v4: RangeList; readonly v6: RangeList; readonly places: readonly Location[] }

/** Merges two surveys. A field that the first does not have comes from the second. */
export function mergeSurveys(a: Survey, b: Survey): Survey {
  const pairs = new Map<number, number>()
  const places: Location[] = []
  const combine = (i: number, j: number): number => {
    const pair = i * b.places.length + j
    const combined = pairs.get(pair)
    if (combined !== undefined) return combined
    places.push({ ...b.places[j], ...a.places[i] })
    pairs.set(pair, places.length - 1)
    return places.length - 1
  }
  return { v4: mergeRanges(a.v4, b.v4, combine), v6: mergeRanges(a.v6, b.v6, combine), places }
}

function mergeRanges(a: RangeList, b: RangeList, combine: (i: number, j: number) => number): RangeList {
  const { words, allStarts: starts } = a
  const others = b.allStarts
  const merged = new RangeList(words)
  const compare = (i: number, j: number): number => {
    let k = 0
    while (k < words - 1 && starts[i * words + k] === others[j * words + k]) k++
    return (starts[i * words + k] as number) - (others[j * words + k] as number)
  }
  for (let i = 0, j = 0; ; ) {
    const later = compare(i, j)
    merged.add(later >= 0 ? starts : others, (later >= 0 ? i : j) * words, combine(a.value(i), b.value(j)))
    if (i + 1 >= a.length && j + 1 >= b.length) return merged
    const sooner = i + 1 >= a.length ? 1 : j + 1 >= b.length ? -1 : compare(i + 1, j + 1)
    if (sooner <= 0) i++
    if (sooner >= 0) j++
  }
}

/**
 * Packs a database with these fields only: neighbouring ranges that differ only in other fields become one.
 * @returns the KV values, each of at most `maxBytes` unless one array is longer
 */
export function pack(survey: Survey, fields: readonly Field[], maxBytes = MAX_KV_BYTES): Uint8Array[] {
  const places = new DistinctLocations(fields)
  const numbers = survey.places.map((location) => places.numberOf(location))
  const v4 = renumbered(survey.v4, numbers)
  const v6 = renumbered(survey.v6, numbers)
  const used = places.used([v4, v6])
  const table4 = tableOf(v4, used.numberOf)
  const table6 = tableOf(v6, used.numberOf)
  const layout: Layout = {
    tops4: table4.tops,
    ends4: table4.ends,
    lows4: table4.lows,
    places4: table4.places,
    tops6: table6.tops,
    ends6: table6.ends,
    lows6: table6.lows,
    places6: table6.places,
    ...(used.places.length > 65_536 && { more4: table4.more, more6: table6.more }),
    ...columnsOf(used.places, fields),
  }
  return encode(layout, maxBytes)
}

function renumbered(list: RangeList, numbers: readonly number[]): RangeList {
  const { words, length, allStarts } = list
  const result = new RangeList(words)
  for (let i = 0; i < length; i++) {
    result.add(allStarts, i * words, numbers[list.value(i)] as number)
  }
  return result
}

type TableArrays = {
  readonly tops: Uint32Array
  readonly ends: Uint32Array
  readonly lows: Uint16Array
  readonly places: Uint16Array
  readonly more: Uint8Array
}

function tableOf(list: RangeList, numberOf: (value: number) => number): TableArrays {
  const { words, length, allStarts } = list
  const units = unitsOf(list)
  const lows = new Uint16Array(length * units)
  const places = new Uint16Array(length)
  const more = new Uint8Array(length)
  const tops: number[] = []
  const ends: number[] = []
  for (let i = 0; i < length; i++) {
    const first = allStarts[i * words] as number
    const top = words === 1 ? first >>> 16 : first
    if (tops.at(-1) !== top) {
      tops.push(top)
      ends.push(i)
    }
    ends[ends.length - 1] = i + 1
    for (let unit = 0; unit < units; unit++) lows[i * units + unit] = unitOf(list, i, unit)
    const location = numberOf(list.value(i))
    places[i] = location
    more[i] = location >>> 16
  }
  return { tops: Uint32Array.from(tops), ends: Uint32Array.from(ends), lows, places, more }
}

/** Returns the number of 16-bit units that a first address needs behind its top. IPv6 networks rarely exceed /64. */
function unitsOf(list: RangeList): 1 | 2 | 6 {
  let units: 1 | 2 | 6 = 1
  if (list.words === 1) return units
  for (let i = 0; i < list.length; i++) {
    for (let unit = 2; unit < 6; unit++) if (unitOf(list, i, unit) !== 0) return 6
    if (unitOf(list, i, 1) !== 0) units = 2
  }
  return units
}

function unitOf({ words, allStarts }: RangeList, index: number, unit: number): number {
  const at = unit + (words === 1 ? 1 : 2)
  const word = allStarts[index * words + (at >> 1)] as number
  return at & 1 ? word & 0xffff : word >>> 16
}

/** Distinct locations, reduced to the stored fields. */
class DistinctLocations {
  private readonly fields: ReadonlySet<keyof Location>
  private readonly byText = new Map<string, number>([['{}', 0]])
  private readonly places: Location[] = [{}]

  constructor(fields: readonly Field[]) {
    this.fields = new Set(fields.flatMap((f) => (f === 'location' ? (['latitude', 'longitude'] as const) : [f])))
  }

  numberOf(location: Location): number {
    const stored = Object.fromEntries(
      Object.entries(location).filter(([field]) => this.fields.has(field as keyof Location)),
    )
    const text = JSON.stringify(stored, Object.keys(stored).sort())
    const number = this.byText.get(text) ?? this.places.push(stored) - 1
    this.byText.set(text, number)
    return number
  }

  /** Returns the locations that some range has, unknown (0) first, and a map from old to new numbers. */
  used(lists: readonly RangeList[]) {
    const mapping = new Int32Array(this.places.length).fill(-1)
    const places: Location[] = [{}]
    mapping[0] = 0
    for (const list of lists) {
      for (let i = 0; i < list.length; i++) {
        const number = list.value(i)
        if (mapping[number] === -1) mapping[number] = places.push(this.places[number] as Location) - 1
      }
    }
    return { places, numberOf: (number: number): number => mapping[number] as number }
  }
}

function columnsOf(
  places: readonly Location[],
  fields: readonly Field[],
): Omit<Layout, `${'tops' | 'ends' | 'lows' | 'places' | 'more'}${4 | 6}`> {
  const texts = new Texts()
  const areas: Location[] = [{}]
  const numbers = new Map([[',,,', 0]])
  const area = Uint32Array.from(places, (location) => {
    const { continent, country, region, city } = location
    const id = [continent, country, region, city].join()
    const number = numbers.get(id) ?? areas.push(location) - 1
    numbers.set(id, number)
    return number
  })
  const letters = (field: 'continent' | 'country') =>
    Uint16Array.from(areas, ({ [field]: code }) => (code ? code.charCodeAt(0) | (code.charCodeAt(1) << 8) : 0))
  const words = (field: 'region' | 'city') => Uint32Array.from(areas, ({ [field]: text }) => texts.numberOf(text ?? ''))
  const angles = (field: 'latitude' | 'longitude') =>
    Int32Array.from(places, ({ [field]: degrees }) => (degrees === undefined ? NO_ANGLE : millionths(degrees)))
  const has = (field: Field): boolean => fields.includes(field)
  const columns = {
    ...(has('continent') && { continent: letters('continent') }),
    ...(has('country') && { country: letters('country') }),
    ...(has('region') && { region: words('region') }),
    ...(has('city') && { city: words('city') }),
    ...(has('asn') && { asn: Uint32Array.from(places, ({ asn }) => asn ?? 0) }),
    ...(has('location') && { latitude: angles('latitude'), longitude: angles('longitude') }),
  }
  return { area, ...columns, ...texts.packed() }
}

/** Rounds as PowerDNS prints six decimals: from the exact value of the number, not from a rounded product. */
const millionths = (degrees: number): number => Math.round(Number(degrees.toFixed(6)) * 1_000_000)

/** Distinct texts. Number 0 is the empty text. */
class Texts {
  private readonly numbers = new Map<string, number>([['', 0]])

  numberOf(text: string): number {
    const number = this.numbers.get(text) ?? this.numbers.size
    this.numbers.set(text, number)
    return number
  }

  packed(): { textEnds: Uint32Array; texts: Uint8Array } {
    const encoded = [...this.numbers.keys()].map((text) => new TextEncoder().encode(text))
    const textEnds = new Uint32Array(encoded.length)
    let end = 0
    encoded.forEach((octets, i) => {
      end += octets.length
      textEnds[i] = end
    })
    const texts = new Uint8Array(end)
    encoded.forEach((octets, i) => {
      texts.set(octets, (textEnds[i] as number) - octets.length)
    })
    return { textEnds, texts }
  }
}
