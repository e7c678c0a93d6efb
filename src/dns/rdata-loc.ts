import { err, ok, type Result } from '../result.ts'
import { readNumber, toOctets } from './integers.ts'
import { fail, type Layout, type RdataError, type RdataField } from './layout.ts'
import type { Field } from './presentation.ts'

/** LOC (RFC 1876): `d1 [m1 [s1]] N|S d2 [m2 [s2]] E|W alt[m] [size[m] [hp[m] [vp[m]]]]`. */

const location: RdataField = {
  label:
    '<degrees> [<minutes> [<seconds>]] N|S <degrees> [<minutes> [<seconds>]] E|W ' +
    '<altitude>m [<size>m [<precision>m <precision>m]]',
  takes: 'rest',
  encode: encodeLocation,
  decode: (bytes, at) => decodeLocation(bytes.subarray(at), at),
}

export const LOC: Layout = { fields: [location] }

const LATITUDE = { limit: 90, positive: 'N', negative: 'S', name: 'latitude' } as const
const LONGITUDE = { limit: 180, positive: 'E', negative: 'W', name: 'longitude' } as const
type Axis = typeof LATITUDE | typeof LONGITUDE

/** The equator and the prime meridian, in thousandths of a second of arc. */
const ORIGIN = 2 ** 31
const DEGREE = 3_600_000
const MINUTE = 60_000

/** Altitudes count from 100 km below the reference spheroid, in centimetres. */
const DEPTH = 10_000_000
const HIGHEST = 2 ** 32 - 1 - DEPTH
const LARGEST_SIZE = 9_000_000_000

/** Defaults of size, horizontal precision and vertical precision, in centimetres. */
const DEFAULTS = [100, 1_000_000, 1000]

function encodeLocation(fields: readonly Field[], from: number): Result<Uint8Array, RdataError> {
  const latitude = angle(fields, from, LATITUDE)
  if (!latitude.ok) return latitude
  const longitude = angle(fields, latitude.value.next, LONGITUDE)
  if (!longitude.ok) return longitude
  const { next } = longitude.value
  const altitude = metres(fields[next], -DEPTH, HIGHEST, 'altitude')
  if (!altitude.ok) return fail(altitude.error, next)
  const sizes: number[] = []
  for (const [i, centimetres] of DEFAULTS.entries()) {
    const field = fields[next + 1 + i]
    const size = field ? metres(field, 0, LARGEST_SIZE, 'size or precision') : ok(centimetres)
    if (!size.ok) return fail(size.error, next + 1 + i)
    sizes.push(toSize(size.value))
  }
  const extra = fields[next + 4]
  if (extra) return fail(`"${extra.text}" is too much; expected LOC ${location.label}`, next + 4)
  const numbers = [latitude.value.angle, longitude.value.angle, altitude.value + DEPTH]
  return ok(Uint8Array.from([0, ...sizes, ...numbers.flatMap((value) => [...toOctets(value, 4)])]))
}

/** Parses up to three numbers and a letter as thousandths of a second of arc. */
function angle(
  fields: readonly Field[],
  from: number,
  axis: Axis,
): Result<{ angle: number; next: number }, RdataError> {
  const { limit, positive, negative, name } = axis
  let total = 0
  for (const [i, unit] of [DEGREE, MINUTE, 1000].entries()) {
    const field = fields[from + i]?.text ?? ''
    if (i > 0 && isHemisphere(field, axis)) return hemisphere(total, from + i, field, axis)
    const max = i === 0 ? limit : 59
    const format = unit === 1000 ? /^(\d{1,2}(\.\d{0,3})?|\.\d{1,3})$/ : /^\d{1,3}$/
    if (!format.test(field) || Math.floor(Number(field)) > max) {
      const units = ['degrees', 'minutes', 'seconds'][i] as string
      const decimals = unit === 1000 ? ' with up to three decimals' : ''
      return fail(`"${field}" is not a valid number of ${units} of ${name}; expected 0 to ${max}${decimals}`, from + i)
    }
    total += Math.round(Number(field) * unit)
    if (total > limit * DEGREE) return fail(`the ${name} is beyond ${limit} degrees; expected at most those`, from + i)
  }
  const field = fields[from + 3]?.text ?? ''
  if (isHemisphere(field, axis)) return hemisphere(total, from + 3, field, axis)
  return fail(`"${field}" is not a direction of ${name}; expected ${positive} or ${negative}`, from + 3)
}

const isHemisphere = (text: string, { positive, negative }: Axis): boolean =>
  text.toUpperCase() === positive || text.toUpperCase() === negative

const hemisphere = (total: number, at: number, text: string, { positive }: Axis) =>
  ok({ angle: ORIGIN + (text.toUpperCase() === positive ? total : -total), next: at + 1 })

/** Parses a length in metres with up to two decimals. Returns centimetres. */
function metres(field: Field | undefined, min: number, max: number, name: string): Result<number> {
  const found = /^(-?)(\d{1,8})(?:\.(\d{0,2}))?m?$/i.exec(field?.text ?? '')
  const centimetres = found ? Number(`${found[1]}${found[2]}${(found[3] ?? '').padEnd(2, '0')}`) : Number.NaN
  if (centimetres >= min && centimetres <= max) return ok(centimetres + 0)
  const range = `${min / 100} to ${max / 100} metres`
  return err(`"${field?.text ?? ''}" is not a valid ${name}; expected ${range} with up to two decimals, like 10.50m`)
}

/** Encodes one significant digit and a power of ten. Further digits are dropped, as in the code of RFC 1876. */
function toSize(centimetres: number): number {
  let [digit, exponent] = [centimetres, 0]
  for (; digit >= 10; exponent++) digit = Math.floor(digit / 10)
  return (digit << 4) | exponent
}

function decodeLocation(bytes: Uint8Array, at: number): { text: string; end: number } | undefined {
  // Another version may mean anything (RFC 1876 §2).
  if (bytes.length !== 16 || bytes[0] !== 0) return undefined
  const sizes = [...bytes.subarray(1, 4)]
  if (sizes.some((size) => size >> 4 > 9 || (size & 15) > 9)) return undefined
  const [latitude, longitude, altitude] = [4, 8, 12].map((from) => readNumber(bytes, from, 4)) as [
    number,
    number,
    number,
  ]
  if (Math.abs(latitude - ORIGIN) > LATITUDE.limit * DEGREE) return undefined
  if (Math.abs(longitude - ORIGIN) > LONGITUDE.limit * DEGREE) return undefined
  const height = altitude - DEPTH
  const text = [
    formatAngle(latitude, LATITUDE),
    formatAngle(longitude, LONGITUDE),
    `${height < 0 ? '-' : ''}${decimal(Math.abs(height), 2)}m`,
    ...sizes.map(formatSize),
  ]
  return { text: text.join(' '), end: at + 16 }
}

function formatAngle(value: number, { positive, negative }: Axis): string {
  const total = Math.abs(value - ORIGIN)
  const degrees = Math.floor(total / DEGREE)
  const minutes = Math.floor((total % DEGREE) / MINUTE)
  return `${degrees} ${minutes} ${decimal(total % MINUTE, 3)} ${value < ORIGIN ? negative : positive}`
}

/** Formats a size as BIND does: without decimals from one metre on. */
function formatSize(size: number): string {
  const centimetres = (size >> 4) * 10 ** (size & 15)
  return `${(size & 15) >= 2 ? centimetres / 100 : decimal(centimetres, 2)}m`
}

const decimal = (value: number, decimals: number): string => {
  const digits = String(value).padStart(decimals + 1, '0')
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}
