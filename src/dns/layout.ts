import { MAX_RDATA_BYTES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { formatName, type Name, PORTABLE } from './name.ts'
import type { Field } from './presentation.ts'
import { Slab } from './slab.ts'

/**
 * RDATA, uncompressed, with its canonical presentation text. `names` are the domain names in it that a message may
 * compress (RFC 3597 §4: only in the types of RFC 1035), in order.
 */
export type Rdata = {
  readonly bytes: Uint8Array
  readonly names: readonly { readonly at: number; readonly name: Name }[]
  readonly text: string
  /** The octets with blanks (hints `auto`) that each answer fills in. `text` includes the blanks, `bytes` does not. */
  readonly blank?: Uint8Array
  /** Set beside `blank`. */
  readonly auto?: AutoHints
}

/**
 * The hints of a record that are `auto`. The record fills them in by itself: so a query has no need of the types' text,
 * which is read and written when a zone is compiled.
 */
type AutoHints = {
  /** The address types of the hints. */
  readonly types: readonly number[]
  /** The name whose addresses they get; null for the owner. */
  readonly target: Name | null
  /** Returns the record for one answer. @param addresses the addresses by type; a hint without addresses is left out */
  readonly fill: (addresses: ReadonlyMap<number, readonly Rdata[]>) => Rdata
  /** The octets without the hints. */
  readonly left: Uint8Array
}

/** An error in RDATA, and the index of the text field that has it. */
export type RdataError = { readonly message: string; readonly field: number }

/** One field of a type's RDATA: its text form (RFC 1035 §5.1), and its wire form. */
export type RdataField = {
  /** The field's name in errors: `<preference>`. */
  readonly label: string
  /** Takes one text field from `at` on, or all that are left: `rest` needs at least one, `any` may have none. */
  readonly takes: 'one' | 'rest' | 'any'
  readonly encode: (texts: readonly Field[], at: number, origin: Name | undefined) => Result<Uint8Array, RdataError>
  /** Returns the text and the end of the field, or undefined if the octets at `at` are not valid for it. */
  readonly decode: (bytes: Uint8Array, at: number) => Decoded | undefined
}

export type Decoded = { readonly text: string; readonly end: number; readonly name?: Name }

/**
 * The RDATA of a type, field by field.
 * @property compresses true if a message may compress its names
 * @property check returns an error of octets whose fields are valid one by one, but not together
 * @property autoHints returns the hints that each answer fills in, or undefined if there are none
 */
export type Layout = {
  readonly fields: readonly RdataField[]
  readonly compresses?: boolean
  readonly check?: (bytes: Uint8Array) => RdataError | undefined
  readonly autoHints?: (bytes: Uint8Array) => AutoHints | undefined
}

export const fail = (message: string, field: number) => err<RdataError>({ message, field })

/** Makes an RDATA field that is one field of text. */
export const singleField = (
  label: string,
  encode: (text: string, origin: Name | undefined) => Result<Uint8Array>,
  decode: RdataField['decode'],
): RdataField => ({
  label: `<${label}>`,
  takes: 'one',
  encode: (texts, at, origin) => {
    const bytes = encode((texts[at] as Field).text, origin)
    return bytes.ok ? bytes : fail(bytes.error, at)
  },
  decode,
})

/** Encodes text fields as RDATA, and decodes the result again, so that one function makes the canonical text. */
export function encodeRdata(
  layout: Layout,
  type: string,
  texts: readonly Field[],
  origin: Name | undefined,
): Result<Rdata, RdataError> {
  const problem = wrongCount(layout.fields, type, texts)
  if (problem) return err(problem)
  const encoded: Uint8Array[] = []
  let octets = 0
  for (const field of layout.fields) {
    const bytes = field.encode(texts, encoded.length, origin)
    if (!bytes.ok) return bytes
    encoded.push(bytes.value)
    octets += bytes.value.length
  }
  if (octets > MAX_RDATA_BYTES) {
    return fail(`the data has ${octets} octets together; expected at most ${MAX_RDATA_BYTES}`, 0)
  }
  const bytes = concat(encoded, octets)
  const inconsistency = layout.check?.(bytes)
  if (inconsistency) return err(inconsistency)
  const rdata = decodeRdata(layout, bytes)
  if (!rdata) throw new Error(`${type} data that was written cannot be read`)
  return ok(rdata)
}

/** Decodes octets, and keeps them without a copy. Returns undefined if they are not valid data of the type. */
export function decodeRdata(layout: Layout, bytes: Uint8Array): Rdata | undefined {
  const { fields, compresses, check } = layout
  let text = ''
  let names: Rdata['names'] = NO_NAMES
  let at = 0
  for (const field of fields) {
    const decoded = field.decode(bytes, at)
    if (!decoded) return undefined
    text = joined(text, decoded.text)
    if (compresses && decoded.name) names = [...names, { at, name: decoded.name }]
    at = decoded.end
  }
  if (at !== bytes.length || check?.(bytes)) return undefined
  const auto = layout.autoHints?.(bytes)
  return auto ? { bytes: auto.left, names, text, blank: bytes, auto } : { bytes, names, text }
}

/** Returns the canonical text, but with names escaped so that every server reads them. */
export function portableText({ fields }: Layout, { bytes: sent, blank }: Rdata): string {
  const bytes = blank ?? sent
  let text = ''
  let at = 0
  for (const field of fields) {
    const decoded = field.decode(bytes, at) as Decoded
    text = joined(text, decoded.name ? formatName(decoded.name, PORTABLE) : decoded.text)
    at = decoded.end
  }
  return text
}

/** Joins two texts. The text of a field may be empty, as of SvcParams that are absent. */
const joined = (before: string, text: string): string =>
  before === '' || text === '' ? before + text : `${before} ${text}`

/** One empty list for all records: a zone may have a hundred thousand. */
const NO_NAMES: Rdata['names'] = []

function wrongCount(fields: readonly RdataField[], type: string, texts: readonly Field[]): RdataError | undefined {
  const last = fields.at(-1) as RdataField
  const min = last.takes === 'any' ? fields.length - 1 : fields.length
  const extra = last.takes === 'one' ? texts[fields.length] : undefined
  if (texts.length >= min && !extra) return undefined
  const shape = `${type} ${fields.map(({ label }) => label).join(' ')}`
  if (extra) return { message: `"${extra.text}" is too much; expected ${shape}`, field: fields.length }
  return { message: `${type} data is incomplete; expected ${shape}`, field: texts.length }
}

const RDATA = new Slab()

function concat(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const all = RDATA.take(length)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}
