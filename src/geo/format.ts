import { err, ok, type Result } from '../result.ts'

/**
 * The database as it stands in KV: one value that is used as it is read, without a pass over it. A header of 64 octets,
 * then arrays one after the other, each at a multiple of 4, all little-endian as every machine is that this runs on.
 *
 * | array | elements |
 * |---|---|
 * | `starts4`, `starts6` | the first address of each range, sorted; `words6` numbers each for IPv6 |
 * | a column per field of a place | two letters in 16 bits, the number of a text, an AS number, degrees × 1,000,000 |
 * | `textEnds` | where each text ends in `texts`; number 0 is empty |
 * | `texts` | UTF-8 |
 * | `places4`, `places6` | the number of the place of each range; 0 is unknown |
 */
export type Layout = {
  readonly starts4: Uint32Array
  readonly starts6: Uint32Array
  /** How many numbers make an IPv6 start: 2 where none has anything in its second half. */
  readonly words6: 2 | 4
  readonly placeCount: number
  readonly columns: Columns
  readonly textEnds: Uint32Array
  readonly texts: Uint8Array
  readonly places4: Uint16Array | Uint32Array
  readonly places6: Uint16Array | Uint32Array
}

/** Fields that the database was made without have no column. */
export type Columns = {
  readonly continent?: Uint16Array
  readonly country?: Uint16Array
  readonly region?: Uint32Array
  readonly city?: Uint32Array
  readonly asn?: Uint32Array
  readonly latitude?: Int32Array
  readonly longitude?: Int32Array
}

/** The order of the columns, and the bit of each in the header. */
export const COLUMNS = ['continent', 'country', 'region', 'city', 'asn', 'latitude', 'longitude'] as const
const ARRAYS = {
  ...{ continent: Uint16Array, country: Uint16Array, region: Uint32Array, city: Uint32Array },
  ...{ asn: Uint32Array, latitude: Int32Array, longitude: Int32Array },
}

/** Where a place has no coordinates. */
export const NO_ANGLE = -(2 ** 31)

const MAGIC = 0x30_45_47_45
const VERSION = 1
const HEADER = 16

/** The octets of all arrays, with their header. */
export function encode(layout: Layout): Uint8Array {
  const { starts4, starts6, words6, placeCount, columns, textEnds, texts, places4, places6 } = layout
  const columnArrays = COLUMNS.map((name) => columns[name]).filter((column) => column !== undefined)
  const arrays = [starts4, starts6, ...columnArrays, textEnds, texts, places4, places6]
  const size = arrays.reduce((sum, array) => sum + padded(array.byteLength), HEADER * 4)
  const bytes = new Uint8Array(size)
  const bits = COLUMNS.reduce((sum, name, i) => (columns[name] ? sum | (1 << i) : sum), 0)
  const counts = [starts4.length, starts6.length / words6, words6, placeCount, bits, textEnds.length, texts.length]
  new Uint32Array(bytes.buffer, 0, HEADER).set([MAGIC, VERSION, ...counts, places4.BYTES_PER_ELEMENT])
  let at = HEADER * 4
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at)
    at += padded(array.byteLength)
  }
  return bytes
}

const padded = (octets: number): number => (octets + 3) & ~3

/** The arrays, as views of the buffer. */
export function decode(buffer: ArrayBuffer): Result<Layout> {
  if (buffer.byteLength < HEADER * 4) return err('it is too short; expected what "geo put" wrote')
  const header = [...new Uint32Array(buffer, 0, HEADER)]
  const [magic, version, count4, count6, words6, placeCount, bits, ends, textBytes, width] = header as FixedHeader
  if (magic !== MAGIC) return err('it is not what "geo put" wrote')
  if (version !== VERSION) return err(`it is of version ${version}; expected ${VERSION}: run "geo put" again`)
  if (![2, 4].includes(words6) || ![2, 4].includes(width)) return err('its header makes no sense')
  let at = HEADER * 4
  const take = <A>(Elements: ArrayOf<A>, length: number): A | undefined => {
    const start = at
    at += padded(length * Elements.BYTES_PER_ELEMENT)
    return at <= buffer.byteLength ? new Elements(buffer, start, length) : undefined
  }
  const places: ArrayOf<Uint16Array | Uint32Array> = width === 2 ? Uint16Array : Uint32Array
  const layout = {
    starts4: take(Uint32Array, count4),
    starts6: take(Uint32Array, count6 * words6),
    words6,
    placeCount,
    columns: Object.fromEntries(
      COLUMNS.flatMap((name, i) =>
        bits & (1 << i) ? [[name, take(ARRAYS[name] as ArrayOf<unknown>, placeCount)]] : [],
      ),
    ),
    textEnds: take(Uint32Array, ends),
    texts: take(Uint8Array, textBytes),
    places4: take(places, count4),
    places6: take(places, count6),
  }
  if (at !== buffer.byteLength) return err('it was cut, or damaged')
  const begins = layout.starts4?.[0] === 0 && layout.starts6?.[0] === 0 && placeCount > 0
  return begins ? ok(layout as Layout) : err('its ranges do not begin with the first address')
}

type FixedHeader = [number, number, number, number, number, number, number, number, number, number]
type ArrayOf<A> = {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBuffer, offset: number, length: number): A
}
