import { err, ok, type Result } from '../result.ts'

/**
 * The database in KV: one or a few values, which are used as read, without a pass over them. Each value has a header of
 * 32-bit numbers (magic number, version, index and count of values, count of arrays; then identifier and length of each
 * array), and then its arrays, each at a multiple of 4. Numbers are little-endian, like every machine that runs this.
 *
 * | array | elements |
 * |---|---|
 * | `tops4`, `tops6` | the distinct upper 16 bits (IPv4) or 32 bits (IPv6) of first addresses, sorted |
 * | `ends4`, `ends6` | the index behind the last range with each top |
 * | `lows4`, `lows6` | the rest of the first address of each range, in 16-bit units: one for IPv4; one, two or six |
 * | | for IPv6, where units that are left out are zero |
 * | `places4`, `places6` | the number of each range's location; 0 is unknown |
 * | `more4`, `more6` | the bits above 16 of that number, if there are more than 65,536 locations |
 * | `area`, `asn`, `latitude`, `longitude` | of each location: the number of its area, AS number, degrees × 1,000,000 |
 * | `continent`, `country`, `region`, `city` | of each area: two letters in 16 bits, or the number of a text |
 * | `textEnds` | the end of each text in `texts`; text 0 is empty |
 * | `texts` | UTF-8 |
 */
const ARRAYS = {
  tops4: Uint32Array,
  ends4: Uint32Array,
  lows4: Uint16Array,
  places4: Uint16Array,
  more4: Uint8Array,
  tops6: Uint32Array,
  ends6: Uint32Array,
  lows6: Uint16Array,
  places6: Uint16Array,
  more6: Uint8Array,
  area: Uint32Array,
  asn: Uint32Array,
  latitude: Int32Array,
  longitude: Int32Array,
  continent: Uint16Array,
  country: Uint16Array,
  region: Uint32Array,
  city: Uint32Array,
  textEnds: Uint32Array,
  texts: Uint8Array,
} as const

type Arrays = { readonly [Name in keyof typeof ARRAYS]: InstanceOf<(typeof ARRAYS)[Name]> }
type InstanceOf<A> = A extends Uint32ArrayConstructor
  ? Uint32Array
  : A extends Int32ArrayConstructor
    ? Int32Array
    : A extends Uint16ArrayConstructor
      ? Uint16Array
      : Uint8Array

/** Arrays that may be absent: columns of fields that were not packed, and higher bits that no number needs. */
const OPTIONAL = ['asn', 'latitude', 'longitude', 'continent', 'country', 'region', 'city', 'more4', 'more6'] as const
type Optional = (typeof OPTIONAL)[number]

export type Layout = Omit<Arrays, Optional> & Partial<Arrays>

/** The columns of locations, and those of the areas that locations share. */
export const PLACE_COLUMNS = ['asn', 'latitude', 'longitude'] as const
export const AREA_COLUMNS = ['continent', 'country', 'region', 'city'] as const
export type Columns = Partial<Pick<Arrays, (typeof PLACE_COLUMNS)[number] | (typeof AREA_COLUMNS)[number]>>

/** The latitude and longitude of a location without coordinates. */
export const NO_ANGLE = -(2 ** 31)

const MAGIC = 0x30_45_47_45
const VERSION = 2
const NAMES = Object.keys(ARRAYS) as readonly (keyof Arrays)[]
const [FIXED, PER_ARRAY] = [5, 2] as const

/**
 * Encodes all arrays, with headers.
 * @param maxBytes limits each value, unless one array is longer
 */
export function encode(layout: Layout, maxBytes: number): Uint8Array[] {
  const values: (keyof Arrays)[][] = [[]]
  let room = maxBytes
  for (const name of NAMES.filter((array) => layout[array])) {
    const octets = octetsOf(layout[name] as ArrayBufferView)
    if (octets > room - 4 * FIXED && (values.at(-1) as unknown[]).length > 0) {
      values.push([])
      room = maxBytes
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

/** Returns the octets of an array with its two numbers in the header. */
const octetsOf = ({ byteLength }: ArrayBufferView): number => padded(byteLength) + 4 * PER_ARRAY

const padded = (octets: number): number => (octets + 3) & ~3

/** Decodes the arrays, as views of the buffers. */
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
  const [magic, version, valueIndex, valueCount, arrayCount] = new Uint32Array(buffer, 0, FIXED) as unknown as number[]
  if (magic !== MAGIC) return 'it is not what "geo put" wrote'
  if (version !== VERSION) return `it is of version ${version}; expected ${VERSION}: run "geo put" again`
  if (valueIndex !== index || valueCount !== count) {
    return `it is part ${valueIndex} of ${valueCount}, not ${index} of ${count}`
  }
  const length = FIXED + PER_ARRAY * (arrayCount as number)
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

/** Checks that arrays fit together, and that the first range starts at zero, so that every address is in a range. */
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
