import { MAX_KV_BYTES } from '../limits.ts'
import { encode, type Layout, NO_ANGLE } from './format.ts'
import type { Place } from './place.ts'

/** Which fields of places a database keeps. `location` is both coordinates. */
export const FIELDS = ['continent', 'country', 'region', 'city', 'asn', 'location'] as const
export type Field = (typeof FIELDS)[number]

/** Ranges of one family in order, each from its start to the next one's; the first starts at zero. */
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

  /** A range with the same value as the one before belongs to it. */
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

/** Places of networks before they are packed: what one database file has, or several together. */
export type Survey = { readonly v4: RangeList; readonly v6: RangeList; readonly places: readonly Place[] }

/** Both together: what the first does not know of a place comes from the second. */
export function mergeSurveys(a: Survey, b: Survey): Survey {
  const pairs = new Map<number, number>()
  const places: Place[] = []
  const combine = (i: number, j: number): number => {
    const pair = i * b.places.length + j
    const known = pairs.get(pair)
    if (known !== undefined) return known
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
 * The database with the given fields only: neighbours that differ in no other become one range.
 * @returns the values that it stands in, each of at most `most` octets if its longest array fits
 */
export function pack(survey: Survey, fields: readonly Field[], most = MAX_KV_BYTES): Uint8Array[] {
  const places = new Places(fields)
  const numbers = survey.places.map((place) => places.numberOf(place))
  const v4 = renumbered(survey.v4, numbers)
  const v6 = renumbered(survey.v6, numbers)
  const used = places.used([v4, v6])
  const table4 = tableOf(v4, used.numberOf)
  const table6 = tableOf(v6, used.numberOf)
  const layout: Layout = {
    ...{ tops4: table4.tops, ends4: table4.ends, lows4: table4.lows, places4: table4.places },
    ...{ tops6: table6.tops, ends6: table6.ends, lows6: table6.lows, places6: table6.places },
    ...(used.places.length > 65_536 && { more4: table4.more, more6: table6.more }),
    ...columnsOf(used.places, fields),
  }
  return encode(layout, most)
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
    const place = numberOf(list.value(i))
    places[i] = place
    more[i] = place >>> 16
  }
  return { tops: Uint32Array.from(tops), ends: Uint32Array.from(ends), lows, places, more }
}

/** Units of 16 bits that first addresses need behind what they share. IPv6 networks are seldom longer than /64. */
function unitsOf(list: RangeList): 1 | 2 | 6 {
  let most: 1 | 2 | 6 = 1
  if (list.words === 1) return most
  for (let i = 0; i < list.length; i++) {
    for (let unit = 2; unit < 6; unit++) if (unitOf(list, i, unit) !== 0) return 6
    if (unitOf(list, i, 1) !== 0) most = 2
  }
  return most
}

function unitOf({ words, allStarts }: RangeList, index: number, unit: number): number {
  const at = unit + (words === 1 ? 1 : 2)
  const word = allStarts[index * words + (at >> 1)] as number
  return at & 1 ? word & 0xffff : word >>> 16
}

/** Different places, each once, of the fields that are kept. */
class Places {
  private readonly fields: ReadonlySet<keyof Place>
  private readonly byText = new Map<string, number>([['{}', 0]])
  private readonly places: Place[] = [{}]

  constructor(fields: readonly Field[]) {
    this.fields = new Set(fields.flatMap((f) => (f === 'location' ? (['latitude', 'longitude'] as const) : [f])))
  }

  numberOf(place: Place): number {
    const kept = Object.fromEntries(Object.entries(place).filter(([field]) => this.fields.has(field as keyof Place)))
    const text = JSON.stringify(kept, Object.keys(kept).sort())
    const number = this.byText.get(text) ?? this.places.push(kept) - 1
    this.byText.set(text, number)
    return number
  }

  /** Those that a range has, 0 being the unknown one, and the numbers that ranges have them under. */
  used(lists: readonly RangeList[]) {
    const mapping = new Int32Array(this.places.length).fill(-1)
    const places: Place[] = [{}]
    mapping[0] = 0
    for (const list of lists) {
      for (let i = 0; i < list.length; i++) {
        const number = list.value(i)
        if (mapping[number] === -1) mapping[number] = places.push(this.places[number] as Place) - 1
      }
    }
    return { places, numberOf: (number: number): number => mapping[number] as number }
  }
}

function columnsOf(
  places: readonly Place[],
  fields: readonly Field[],
): Omit<Layout, `${'tops' | 'ends' | 'lows' | 'places' | 'more'}${4 | 6}`> {
  const texts = new Texts()
  const areas: Place[] = [{}]
  const known = new Map([[',,,', 0]])
  const area = Uint32Array.from(places, (place) => {
    const { continent, country, region, city } = place
    const id = [continent, country, region, city].join()
    const number = known.get(id) ?? areas.push(place) - 1
    known.set(id, number)
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

/** Rounded as PowerDNS prints six decimals: as the exact value of the number is, and not that of a product. */
const millionths = (degrees: number): number => Math.round(Number(degrees.toFixed(6)) * 1_000_000)

/** Each text once; number 0 is empty. */
class Texts {
  private readonly numbers = new Map<string, number>([['', 0]])

  numberOf(text: string): number {
    const number = this.numbers.get(text) ?? this.numbers.size
    this.numbers.set(text, number)
    return number
  }

  packed(): { textEnds: Uint32Array; texts: Uint8Array } {
    const parts = [...this.numbers.keys()].map((text) => new TextEncoder().encode(text))
    const textEnds = new Uint32Array(parts.length)
    let end = 0
    parts.forEach((part, i) => {
      end += part.length
      textEnds[i] = end
    })
    const texts = new Uint8Array(end)
    parts.forEach((part, i) => {
      texts.set(part, (textEnds[i] as number) - part.length)
    })
    return { textEnds, texts }
  }
}
