import { MAX_RDATA_BYTES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { formatName, type Name, PORTABLE } from './name.ts'
import type { Field } from './presentation.ts'
import { Slab } from './slab.ts'

/**
 * RDATA, uncompressed, with its canonical presentation text. `names` are the domain names in it that a message may
 * compress (RFC 3597 §4: those of RFC 1035's types), in order.
 */
export type Rdata = {
  readonly bytes: Uint8Array
  readonly names: readonly { readonly at: number; readonly name: Name }[]
  readonly text: string
  /** The octets with blanks, which the text tells and each answer fills in; `bytes` are those without them. */
  readonly blank?: Uint8Array
}

/** What is wrong with RDATA, and in which of its fields. */
export type RdataError = { readonly message: string; readonly field: number }

/** One part of a type's RDATA: how it is written as text (RFC 1035 §5.1), and how it stands on the wire. */
export type Part = {
  /** What an error calls it: `<preference>`. */
  readonly label: string
  /** How many fields of text it takes from `at` on: one, or all that are left, `any` of them or at least one. */
  readonly takes: 'one' | 'rest' | 'any'
  readonly encode: (fields: readonly Field[], at: number, origin: Name | undefined) => Result<Uint8Array, RdataError>
  /** Its text, and where it ends; undefined where no such part begins at `at`. */
  readonly decode: (bytes: Uint8Array, at: number) => Decoded | undefined
}

export type Decoded = { readonly text: string; readonly end: number; readonly name?: Name }

/**
 * The RDATA of a type, part after part.
 * @property compresses whether a message may compress its names
 * @property check what is wrong with octets whose parts are each right
 * @property withoutBlanks the octets without what each answer fills in; undefined where there is nothing of that kind
 */
export type Layout = {
  readonly parts: readonly Part[]
  readonly compresses?: boolean
  readonly check?: (bytes: Uint8Array) => RdataError | undefined
  readonly withoutBlanks?: (bytes: Uint8Array) => Uint8Array | undefined
}

export const fail = (message: string, field: number) => err<RdataError>({ message, field })

/** A part that is one field of text. */
export const one = (
  label: string,
  encode: (text: string, origin: Name | undefined) => Result<Uint8Array>,
  decode: Part['decode'],
): Part => ({
  label: `<${label}>`,
  takes: 'one',
  encode: (fields, at, origin) => {
    const bytes = encode((fields[at] as Field).text, origin)
    return bytes.ok ? bytes : fail(bytes.error, at)
  },
  decode,
})

/** RDATA from text fields. What comes of it is read again: there is one place that knows the canonical text. */
export function encodeRdata(
  layout: Layout,
  type: string,
  fields: readonly Field[],
  origin: Name | undefined,
): Result<Rdata, RdataError> {
  const problem = wrongCount(layout.parts, type, fields)
  if (problem) return err(problem)
  const encoded: Uint8Array[] = []
  let octets = 0
  for (const part of layout.parts) {
    const bytes = part.encode(fields, encoded.length, origin)
    if (!bytes.ok) return bytes
    encoded.push(bytes.value)
    octets += bytes.value.length
  }
  if (octets > MAX_RDATA_BYTES) {
    return fail(`the data has ${octets} octets together; expected at most ${MAX_RDATA_BYTES}`, 0)
  }
  const bytes = concat(encoded, octets)
  const unlike = layout.check?.(bytes)
  if (unlike) return err(unlike)
  const rdata = decodeRdata(layout, bytes)
  if (!rdata) throw new Error(`${type} data that was written cannot be read`)
  return ok(rdata)
}

/** RDATA from octets, which it keeps; undefined where they are not of that type. */
export function decodeRdata(layout: Layout, bytes: Uint8Array): Rdata | undefined {
  const { parts, compresses, check } = layout
  let text = ''
  let names: Rdata['names'] = NO_NAMES
  let at = 0
  for (const part of parts) {
    const decoded = part.decode(bytes, at)
    if (!decoded) return undefined
    text = joined(text, decoded.text)
    if (compresses && decoded.name) names = [...names, { at, name: decoded.name }]
    at = decoded.end
  }
  if (at !== bytes.length || check?.(bytes)) return undefined
  const sent = layout.withoutBlanks?.(bytes)
  return sent ? { bytes: sent, names, text, blank: bytes } : { bytes, names, text }
}

/** The canonical text, but for its names: those as every server reads them. */
export function portableText({ parts }: Layout, { bytes: sent, blank }: Rdata): string {
  const bytes = blank ?? sent
  let text = ''
  let at = 0
  for (const part of parts) {
    const decoded = part.decode(bytes, at) as Decoded
    text = joined(text, decoded.name ? formatName(decoded.name, PORTABLE) : decoded.text)
    at = decoded.end
  }
  return text
}

/** A part may be empty: parameters that are not there. */
const joined = (before: string, text: string): string =>
  before === '' || text === '' ? before + text : `${before} ${text}`

/** One list for all: a zone has a hundred thousand. */
const NO_NAMES: Rdata['names'] = []

function wrongCount(parts: readonly Part[], type: string, fields: readonly Field[]): RdataError | undefined {
  const last = parts.at(-1) as Part
  const least = last.takes === 'any' ? parts.length - 1 : parts.length
  const extra = last.takes === 'one' ? fields[parts.length] : undefined
  if (fields.length >= least && !extra) return undefined
  const shape = `${type} ${parts.map(({ label }) => label).join(' ')}`
  if (extra) return { message: `"${extra.text}" is too much; expected ${shape}`, field: parts.length }
  return { message: `${type} data is incomplete; expected ${shape}`, field: fields.length }
}

const RDATA = new Slab()

/** One after the other. */
function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = RDATA.take(length)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
