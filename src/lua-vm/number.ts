/** The text of a number as LuaJIT has it: C's `%.14g`. */
export function formatNumber(value: number): string {
  // Whole numbers of this size print the same in JavaScript, and are what scripts have.
  if (Number.isInteger(value) && value > -1e14 && value < 1e14 && value !== 0) return String(value)
  return formatGeneral(value, 14, false)
}

/** C's `%.<precision>g`; `alternate` (`#`) keeps the zeros at the end. */
export function formatGeneral(value: number, precision: number, alternate: boolean): string {
  if (!Number.isFinite(value)) return formatSpecial(value)
  const digits = precision === 0 ? 1 : precision
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const size = Math.abs(value)
  const [mantissa, exponentText] = size.toExponential(digits - 1).split('e') as [string, string]
  const exponent = Number(exponentText)
  const shorten = (text: string): string => {
    if (alternate) return text.includes('.') ? text : `${text}.`
    return text.includes('.') ? text.replace(/\.?0+$/, '') : text
  }
  if (exponent >= -4 && exponent < digits) return sign + shorten(withPoint(mantissa.replace('.', ''), exponent))
  return `${sign}${shorten(mantissa)}e${formatExponent(exponent)}`
}

/** `toFixed` takes no more than 100 digits, and a small number may need a few more. */
function withPoint(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`
  const fraction = digits.slice(exponent + 1)
  return digits.slice(0, exponent + 1) + (fraction && `.${fraction}`)
}

/** C's `%.<precision>f`. `toFixed` goes over to exponents at 1e21. */
export function formatFixed(value: number, precision: number): string {
  if (!Number.isFinite(value)) return formatSpecial(value)
  if (Object.is(value, -0)) return `-${(0).toFixed(precision)}`
  if (Math.abs(value) < 1e21) {
    const text = value.toFixed(precision)
    return value < 0 && !text.startsWith('-') ? `-${text}` : text
  }
  return `${BigInt(value)}${precision > 0 ? `.${'0'.repeat(precision)}` : ''}`
}

/** C's `%.<precision>e`. */
export function formatScientific(value: number, precision: number): string {
  if (!Number.isFinite(value)) return formatSpecial(value)
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const [mantissa, exponent] = Math.abs(value).toExponential(precision).split('e') as [string, string]
  return `${sign}${mantissa}e${formatExponent(Number(exponent))}`
}

const formatSpecial = (value: number): string => (Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf')

const formatExponent = (exponent: number): string =>
  `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i
const HEXADECIMAL = /^([+-]?)0x([\da-f]*)(?:\.([\da-f]*))?(?:p([+-]?\d+))?$/i
const BINARY = /^([+-]?)0b([01]+)$/i
const SPECIAL = /^([+-]?)(inf|infinity|nan)$/i

/** The number that a text is in an expression or in `tonumber`, as LuaJIT reads it. */
export function parseNumber(text: string): number | undefined {
  const trimmed = trim(text)
  if (DECIMAL.test(trimmed)) return Number(trimmed)
  const hexadecimal = HEXADECIMAL.exec(trimmed)
  if (hexadecimal) return fromHexadecimal(hexadecimal)
  const binary = BINARY.exec(trimmed)
  if (binary) return signed(binary[1], Number.parseInt(binary[2] as string, 2))
  const special = SPECIAL.exec(trimmed)
  if (!special) return undefined
  return special[2]?.toLowerCase() === 'nan' ? Number.NaN : signed(special[1], Number.POSITIVE_INFINITY)
}

function fromHexadecimal([, sign, whole = '', fraction = '', exponent = '0']: RegExpExecArray): number | undefined {
  if (whole === '' && fraction === '') return undefined
  const size =
    (whole === '' ? 0 : Number(`0x${whole}`)) + (fraction === '' ? 0 : Number(`0x${fraction}`) / 16 ** fraction.length)
  return signed(sign, size * 2 ** Number(exponent))
}

/** `tonumber(text, base)` for another base than 10: C's, which reads no further than a zero octet. */
export function parseInBase(text: string, base: number): number | undefined {
  const [, sign, digits = ''] = /^([+-]?)([\da-z]+)$/i.exec(trim(text.split('\0', 1)[0] as string)) ?? []
  const plain = base === 16 ? digits.replace(/^0x/i, '') : digits
  let value = 0
  for (const digit of plain) {
    const number = Number.parseInt(digit, 36)
    if (number >= base) return undefined
    value = value * base + number
  }
  return plain === '' ? undefined : signed(sign, Math.min(value, 2 ** 64))
}

const signed = (sign: string | undefined, size: number): number => (sign === '-' ? -size : size)

/** Without C's white space at the ends; a regular expression would take quadratic time for it. */
function trim(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isSpace(text.charCodeAt(from))) from++
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

const isSpace = (code: number): boolean => code === 0x20 || (code >= 9 && code <= 13)
