import { err, ok, type Result } from '../result.ts'

/**
 * The database as it stands in KV: one value or a few, which are used as they are read, without a pass over them. Each
 * has a header of 32-bit numbers (what it is, which of how many it is, and the number and length of each of its arrays),
 * then the arrays one after the other, each at a multiple of 4, all little-endian as every machine is that this runs on.
 *
 * | array | elements |
 * |---|---|
 * | `tops4`, `tops6` | the upper 16 bits (IPv4) or 32 bits (IPv6) of first addresses of ranges, each once, sorted |
 * | `ends4`, `ends6` | behind which range those that share them end |
 * | `lows4`, `lows6` | the rest of the first address of each range, in units of 16 bits: one for IPv4; for IPv6 one, two or six, what is left out being zero |
 * | `places4`, `places6` | the number of the place of each range; 0 is unknown |
 * | `more4`, `more6` | the bits of that number above 16, where there are more than 65,536 places |
 * | `area`, `asn`, `latitude`, `longitude` | of each place: the number of its area, an AS number, degrees × 1,000,000 |
 * | `continent`, `country`, `region`, `city` | of each area: two letters in 16 bits, the number of a text |
 * | `textEnds` | where each text ends in `texts`; number 0 is empty |
 * | `texts` | UTF-8 |
 */
const ARRAYS = {
  ...{ tops4: Uint32Array, ends4: Uint32Array, lows4: Uint16Array, places4: Uint16Array, more4: Uint8Array },
  ...{ tops6: Uint32Array, ends6: Uint32Array, lows6: Uint16Array, places6: Uint16Array, more6: Uint8Array },
  ...{ area: Uint32Array, asn: Uint32Array, latitude: Int32Array, longitude: Int32Array },
  ...{ continent: Uint16Array, country: Uint16Array, region: Uint32Array, city: Uint32Array },
  ...{ textEnds: Uint32Array, texts: Uint8Array },
} as const

type Arrays = { readonly [Name in keyof typeof ARRAYS]: Made<(typeof ARRAYS)[Name]> }
type Made<A> = A extends Uint32ArrayConstructor
  ? Uint32Array
  : A extends Int32ArrayConstructor
    ? Int32Array
    : A extends Uint16ArrayConstructor
      ? Uint16Array
      : Uint8Array

/** Fields that the database was made without have no column; nor are there higher bits where nothing needs them. */
const OPTIONAL = ['asn', 'latitude', 'longitude', 'continent', 'country', 'region', 'city', 'more4', 'more6'] as const
type Optional = (typeof OPTIONAL)[number]

export type Layout = Omit<Arrays, Optional> & Partial<Arrays>

/** What places are told apart by, of which areas are one part. */
export const PLACE_COLUMNS = ['asn', 'latitude', 'longitude'] as const
export const AREA_COLUMNS = ['continent', 'country', 'region', 'city'] as const
export type Columns = Partial<Pick<Arrays, (typeof PLACE_COLUMNS)[number] | (typeof AREA_COLUMNS)[number]>>

/** Where a place has no coordinates. */
export const NO_ANGLE = -(2 ** 31)

const MAGIC = 0x30_45_47_45
const VERSION = 2
const NAMES = Object.keys(ARRAYS) as readonly (keyof Arrays)[]
const [FIXED, PER_ARRAY] = [5, 2] as const

/**
 * The octets of all arrays, with their headers.
 * @param most octets of a value, if no array is longer
 */
export function encode(layout: Layout, most: number): Uint8Array[] {
  const values: (keyof Arrays)[][] = [[]]
  let room = most
  for (const name of NAMES.filter((one) => layout[one])) {
    const octets = octetsOf(layout[name] as ArrayBufferView)
    if (octets > room - 4 * FIXED && (values.at(-1) as unknown[]).length > 0) {
      values.push([])
      room = most
    }
    values.at(-1)?.push(name)
    room -= octets
  }
  return values.map((names, i) => encodeValue(layout, names, i, values.length))
}

function encodeValue(layout: Layout, names: readonly (keyof Arrays)[], index: number, count: number): Uint8Array {
  const arrays = names.map((name) => layout[name] as Arrays[keyof Arrays])
  const header = [MAGIC, VERSION, index, count, names.length]
  names.forEach((name, i) => {
    header.push(NAMES.indexOf(name), (arrays[i] as ArrayLike<number>).length)
  })
  const bytes = new Uint8Array(header.length * 4 + arrays.reduce((sum, { byteLength }) => sum + padded(byteLength), 0))
  new Uint32Array(bytes.buffer, 0, header.length).set(header)
  let at = header.length * 4
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at)
    at += padded(array.byteLength)
  }
  return bytes
}

/** With its part of the header. */
const octetsOf = ({ byteLength }: ArrayBufferView): number => padded(byteLength) + 4 * PER_ARRAY

const padded = (octets: number): number => (octets + 3) & ~3

/** The arrays, as views of the buffers. */
export function decode(buffers: readonly ArrayBuffer[]): Result<Layout> {
  const arrays: { [name: string]: ArrayBufferView } = {}
  for (const [index, buffer] of buffers.entries()) {
    const wrong = decodeValue(buffer, index, buffers.length, arrays)
    if (wrong !== undefined) return err(wrong)
  }
  const layout = arrays as unknown as Layout
  return isWhole(layout) ? ok(layout) : err('its arrays do not fit together')
}

function decodeValue(
  buffer: ArrayBuffer,
  index: number,
  count: number,
  arrays: { [name: string]: ArrayBufferView },
): string | undefined {
  if (buffer.byteLength < FIXED * 4) return 'it is too short; expected what "geo put" wrote'
  const [magic, version, ownIndex, ownCount, own] = new Uint32Array(buffer, 0, FIXED) as unknown as number[]
  if (magic !== MAGIC) return 'it is not what "geo put" wrote'
  if (version !== VERSION) return `it is of version ${version}; expected ${VERSION}: run "geo put" again`
  if (ownIndex !== index || ownCount !== count) return `it is part ${ownIndex} of ${ownCount}, not ${index} of ${count}`
  const length = FIXED + PER_ARRAY * (own as number)
  if (length * 4 > buffer.byteLength) return 'it was cut, or damaged'
  const header = new Uint32Array(buffer, 0, length)
  let at = length * 4
  for (let i = FIXED; i < length; i += PER_ARRAY) {
    const name = NAMES[header[i] as number]
    if (!name || arrays[name]) return 'its header makes no sense'
    const Elements = ARRAYS[name]
    const octets = (header[i + 1] as number) * Elements.BYTES_PER_ELEMENT
    if (at + octets > buffer.byteLength) return 'it was cut, or damaged'
    arrays[name] = new Elements(buffer, at, header[i + 1])
    at += padded(octets)
  }
  return at === buffer.byteLength ? undefined : 'it was cut, or damaged'
}

function isWhole(layout: Layout): boolean {
  if (NAMES.some((name) => !layout[name] && !(OPTIONAL as readonly string[]).includes(name))) return false
  const { continent, country, region, city } = layout
  const areas = [continent, country, region, city].filter((column) => column !== undefined)
  const places = [layout.asn, layout.latitude, layout.longitude].filter((column) => column !== undefined)
  return (
    isTable(layout.tops4, layout.ends4, layout.lows4, layout.places4, layout.more4, [1]) &&
    isTable(layout.tops6, layout.ends6, layout.lows6, layout.places6, layout.more6, [1, 2, 6]) &&
    (layout.latitude === undefined) === (layout.longitude === undefined) &&
    layout.area.length > 0 &&
    places.every(({ length }) => length === layout.area.length) &&
    areas.every(({ length }) => length === areas[0]?.length)
  )
}

/** The first range begins with the first address, so that every address is in one. */
function isTable(
  tops: Uint32Array,
  ends: Uint32Array,
  lows: Uint16Array,
  places: Uint16Array,
  more: Uint8Array | undefined,
  widths: readonly number[],
): boolean {
  const width = lows.length / places.length
  const begins = tops[0] === 0 && lows.subarray(0, width).every((unit) => unit === 0)
  const fits = tops.length === ends.length && ends.at(-1) === places.length
  return begins && fits && widths.includes(width) && (!more || more.length === places.length)
}
