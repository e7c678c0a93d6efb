import { MAX_STRING_BYTES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { decodeRdata, encodeRdata, fail, portableText, type Rdata, type RdataError } from './layout.ts'
import { isCommon, LAYOUTS } from './layouts.ts'
import type { Name } from './name.ts'
import { type Field, splitFields, unescapeText } from './presentation.ts'
import { suspectCaa } from './rdata-caa.ts'
import { fromHexadecimal, parseNumber, strings, toHexadecimal } from './rdata-fields.ts'
import { suspectNaptr } from './rdata-naptr.ts'
import { suspectSvcb } from './rdata-svcb.ts'
import { TYPE, typeName } from './types.ts'

/**
 * Returns the type if a zone may contain it, else the reason. Data of an unknown type can be written in the form of
 * RFC 3597, unless a server has to act on it.
 */
export function storableType(type: number): Result<number> {
  if (LAYOUTS.has(type)) return ok(type)
  const name = typeName(type)
  if (type === 0 || type === TYPE.OPT || (type >= 128 && type <= 255)) {
    return err(`type ${name} is for questions and messages only; expected a data type`)
  }
  if (type === TYPE.LUA)
    return err('LUA is PowerDNS text, which has no RFC 3597 form; expected LUA with its type and code')
  if (isSignature(type))
    return err(`type ${name} is made here where the zone is signed; expected the zone without signatures and proofs`)
  return ok(type)
}

/** Returns true for signatures and proofs. A server has to act on them: their bytes alone would be a wrong answer. */
export const isSignature = (type: number): boolean => SIGNATURES.has(type)

const SIGNATURES = new Set<number>([TYPE.RRSIG, TYPE.NSEC, TYPE.NSEC3, TYPE.NSEC3PARAM, TYPE.SIG, TYPE.NXT])

/**
 * Parses RDATA from text fields (RFC 1035 §5.1), or from the generic form `\# length hex` (RFC 3597 §5).
 * @param origin the origin of relative names; without it they are errors
 */
export function parseRdata(type: number, fields: readonly Field[], origin?: Name): Result<Rdata, RdataError> {
  const storable = storableType(type)
  if (!storable.ok) return fail(storable.error, 0)
  if (fields[0]?.text === '\\#' && !fields[0].quoted) return parseGeneric(type, fields)
  const layout = LAYOUTS.get(type)
  if (layout) return encodeRdata(layout, typeName(type), fields, origin)
  return fail(`type ${typeName(type)} is not supported yet in text form; expected RFC 3597 data: \\# length hex`, 0)
}

/** Parses RDATA from one text. */
export function parseRdataText(type: number, source: string, origin?: Name): Result<Rdata, RdataError> {
  const fields = splitFields(source)
  return fields.ok ? parseRdata(type, fields.value, origin) : fail(fields.error, 0)
}

/**
 * Returns type and data for a zone file that every server reads: the canonical text with escapes in names, or RFC 3597
 * data where some server does not know the text form.
 */
export function masterFileRecord(type: number, rdata: Rdata): { readonly type: string; readonly data: string } {
  const layout = LAYOUTS.get(type)
  if (layout && isCommon(type)) return { type: typeName(type), data: portableText(layout, rdata) }
  return { type: `TYPE${type}`, data: genericText(rdata.bytes) }
}

/** Returns true if the data of the type ends with one or more character-strings. */
export const hasStrings = (type: number): boolean => LAYOUTS.get(type)?.fields.at(-1) === strings

/** Returns a warning about a text that is longer than a character-string, and so is cut into several. */
export function cutString(type: number, fields: readonly Field[]): RdataError | undefined {
  if (!hasStrings(type)) return undefined
  for (const [field, { text }] of fields.entries()) {
    if (text.length * 3 <= MAX_STRING_BYTES) continue
    const unescaped = unescapeText(text)
    const octets = unescaped.ok ? unescaped.value.bytes.length : 0
    if (octets <= MAX_STRING_BYTES) continue
    return {
      message: `a string of ${octets} octets is cut into several; expected at most ${MAX_STRING_BYTES} in each`,
      field,
    }
  }
  return undefined
}

/** Returns a warning about RDATA that is valid but most likely a mistake. */
export function suspectRdata(type: number, { bytes, blank }: Rdata): string | undefined {
  if (type === TYPE.SVCB || type === TYPE.HTTPS) return suspectSvcb(blank ?? bytes)
  if (type === TYPE.CAA) return suspectCaa(bytes)
  return type === TYPE.NAPTR ? suspectNaptr(bytes) : undefined
}

function parseGeneric(type: number, fields: readonly Field[]): Result<Rdata, RdataError> {
  const length = parseNumber(fields[1]?.text ?? '', 65_535)
  if (!length.ok) return fail('\\# has no length; expected \\# <length> <hex digits>', 1)
  const hex = fields
    .slice(2)
    .map((field) => field.text)
    .join('')
  if (!/^([0-9a-f]{2})*$/i.test(hex))
    return fail('the data after \\# is not hexadecimal; expected pairs of 0-9 and a-f', 2)
  if (hex.length !== length.value * 2)
    return fail(`\\# says ${length.value} octets; expected as many, found ${hex.length / 2}`, 1)
  const bytes = fromHexadecimal(hex)
  const layout = LAYOUTS.get(type)
  if (!layout) return ok({ bytes, names: [], text: genericText(bytes) })
  const rdata = decodeRdata(layout, bytes)
  // Generic data cannot have blanks: an empty hint in it is an error.
  if (rdata && !rdata.blank) return ok(rdata)
  const expected = "expected what RFC 1035 or the type's own RFC has"
  return fail(`the data after \\# is not valid ${typeName(type)} data; ${expected}`, 2)
}

const genericText = (bytes: Uint8Array): string =>
  bytes.length === 0 ? '\\# 0' : `\\# ${bytes.length} ${toHexadecimal(bytes)}`

/**
 * Reads the data of any type, as another server sent it: what is not valid data of the type stays octets (RFC 3597 §5).
 */
export function rdataFromWire(type: number, bytes: Uint8Array): Rdata {
  const layout = LAYOUTS.get(type)
  const rdata = layout && decodeRdata(layout, bytes)
  return rdata && !rdata.blank ? rdata : { bytes, names: [], text: genericText(bytes) }
}

/** Decodes SVCB or HTTPS data with hints that are `auto`. Returns undefined for any other octets. */
export function rdataWithHints(blank: Uint8Array): Rdata | undefined {
  const layout = LAYOUTS.get(TYPE.SVCB)
  const rdata = layout && decodeRdata(layout, blank)
  return rdata?.auto ? rdata : undefined
}
