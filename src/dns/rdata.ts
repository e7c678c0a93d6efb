import { MAX_RDATA_BYTES } from '../limits.ts'
import { formatAddress, parseAddress } from '../net/index.ts'
import { err, ok, type Result } from '../result.ts'
import { formatName, type Name, parseName, ROOT } from './name.ts'
import { escapeBytes, type Field, splitFields, unescapeText } from './presentation.ts'
import { Slab } from './slab.ts'
import { decodeStandard, encodeStandard } from './standard.ts'
import { parseTtl } from './ttl.ts'
import { TYPE, typeName } from './types.ts'

/**
 * RDATA, uncompressed, with its canonical presentation text. `names` are the domain names in it that a message may
 * compress (RFC 3597 §4: those of RFC 1035's types), in order.
 */
export type Rdata = {
  readonly bytes: Uint8Array
  readonly names: readonly { readonly at: number; readonly name: Name }[]
  readonly text: string
}

/** One list for all: a zone has a hundred thousand. */
const NO_NAMES: Rdata['names'] = []

/** What is wrong with RDATA, and in which of its fields. */
export type RdataError = { readonly message: string; readonly field: number }

/** The types whose RDATA is known; every other can be given as RFC 3597 has it, if nothing more hangs on it. */
const KNOWN_TYPES: readonly number[] = [
  TYPE.A,
  TYPE.AAAA,
  TYPE.NS,
  TYPE.CNAME,
  TYPE.SOA,
  TYPE.PTR,
  TYPE.MX,
  TYPE.TXT,
  TYPE.SRV,
  TYPE.CAA,
]

/** Whether a zone may hold the type; the error says why not. */
export function storableType(type: number): Result<number> {
  if (KNOWN_TYPES.includes(type)) return ok(type)
  const name = typeName(type)
  if (type === 0 || type === TYPE.OPT || (type >= 128 && type <= 255)) {
    return err(`type ${name} is for questions and messages only; expected a data type`)
  }
  if (type === TYPE.LUA)
    return err('LUA is PowerDNS text, which has no RFC 3597 form; expected LUA with its type and code')
  if (NEEDS_SUPPORT.has(type))
    return err(`type ${name} is not supported yet: it changes how names are answered; expected another data type`)
  return ok(type)
}

/** Types that an authority has to act on: serving their bytes alone would be a wrong answer. */
const NEEDS_SUPPORT = new Set<number>([
  TYPE.DNAME,
  TYPE.DS,
  TYPE.RRSIG,
  TYPE.NSEC,
  TYPE.NSEC3,
  TYPE.NSEC3PARAM,
  TYPE.DNSKEY,
  TYPE.SIG,
])

/**
 * RDATA from presentation fields (RFC 1035 §5.1), or from the generic form `\# length hex` (RFC 3597 §5).
 * @param origin what relative names are below; without it they are errors.
 */
export function parseRdata(type: number, fields: readonly Field[], origin?: Name): Result<Rdata, RdataError> {
  const storable = storableType(type)
  if (!storable.ok) return fail(storable.error, 0)
  if (fields[0]?.text === '\\#' && !fields[0].quoted) return parseGeneric(type, fields)
  const parts = PARTS.get(type)
  if (parts) return withNames(type, fields, origin, parts)
  switch (type) {
    case TYPE.A:
      return address(fields, 'A')
    case TYPE.AAAA:
      return address(fields, 'AAAA')
    case TYPE.TXT:
      return text(fields)
    case TYPE.CAA:
      return caa(fields)
    default:
      return fail(`type ${typeName(type)} is not supported yet in text form; expected RFC 3597 data: \\# length hex`, 0)
  }
}

/** As `parseRdata`, from one text. */
export function parseRdataText(type: number, source: string, origin?: Name): Result<Rdata, RdataError> {
  const fields = splitFields(source)
  return fields.ok ? parseRdata(type, fields.value, origin) : fail(fields.error, 0)
}

const fail = (message: string, field: number) => err<RdataError>({ message, field })

function count(fields: readonly Field[], expected: readonly string[], type: string): RdataError | undefined {
  if (fields.length === expected.length) return undefined
  const shape = `${type} ${expected.map((name) => `<${name}>`).join(' ')}`
  if (fields.length < expected.length)
    return { message: `${type} data is incomplete; expected ${shape}`, field: fields.length }
  return { message: `"${fields[expected.length]?.text}" is too much; expected ${shape}`, field: expected.length }
}

function address(fields: readonly Field[], type: 'A' | 'AAAA'): Result<Rdata, RdataError> {
  const problem = count(fields, ['address'], type)
  if (problem) return err(problem)
  const parsed = parseAddress((fields[0] as Field).text)
  if (!parsed.ok) return fail(parsed.error, 0)
  if (parsed.value.family !== (type === 'A' ? 1 : 2)) {
    const wanted = type === 'A' ? 'an IPv4 address like 192.0.2.1' : 'an IPv6 address like 2001:db8::1'
    return fail(`"${(fields[0] as Field).text}" is the wrong family for ${type}; expected ${wanted}`, 0)
  }
  const canonical = formatAddress(parsed.value)
  return ok({ bytes: concat([encodeStandard(type, canonical)]), names: NO_NAMES, text: canonical })
}

type Part = 'name' | 'u16' | 'u32' | 'time'

const PARTS: ReadonlyMap<number, readonly Part[]> = new Map<number, readonly Part[]>([
  [TYPE.NS, ['name']],
  [TYPE.CNAME, ['name']],
  [TYPE.PTR, ['name']],
  [TYPE.MX, ['u16', 'name']],
  [TYPE.SRV, ['u16', 'u16', 'u16', 'name']],
  [TYPE.SOA, ['name', 'name', 'u32', 'time', 'time', 'time', 'time']],
])

/**
 * The types that are numbers and names. dns-packet writes the numbers, with the root in place of each name: it would
 * lose escaped dots and octets above 127, so that the names are put in here.
 */
function withNames(
  type: number,
  fields: readonly Field[],
  origin: Name | undefined,
  parts: readonly Part[],
): Result<Rdata, RdataError> {
  const mnemonic = typeName(type)
  const problem = count(fields, FIELD_NAMES[mnemonic] as readonly string[], mnemonic)
  if (problem) return err(problem)
  const names: Name[] = []
  const numbers: number[] = []
  for (const [i, part] of parts.entries()) {
    const source = (fields[i] as Field).text
    if (part === 'name') {
      const name = parseName(source, origin)
      if (!name.ok) return fail(name.error, i)
      names.push(name.value)
    } else {
      const number = part === 'time' ? parseTtl(source) : parseNumber(source, part === 'u16' ? 65_535 : 4_294_967_295)
      if (!number.ok) return fail(number.error, i)
      numbers.push(number.value)
    }
  }
  const namesFirst = parts[0] === 'name'
  const template = encodeStandard(mnemonic, standardData(mnemonic, numbers))
  const fixed = namesFirst ? template.subarray(names.length) : template.subarray(0, -names.length)
  const wires = names.map((name) => name.wire)
  const bytes = concat(namesFirst ? [...wires, fixed] : [fixed, ...wires])
  let at = namesFirst ? 0 : fixed.length
  const placed = names.map((name) => {
    const here = { at, name }
    at += name.wire.length
    return here
  })
  const nameTexts = names.map((name) => formatName(name))
  return ok({
    bytes,
    // RFC 2782: the target of an SRV record is not compressed.
    names: type === TYPE.SRV ? NO_NAMES : placed,
    text: (namesFirst ? [...nameTexts, ...numbers] : [...numbers, ...nameTexts]).join(' '),
  })
}

const FIELD_NAMES: Readonly<Record<string, readonly string[]>> = {
  NS: ['name'],
  CNAME: ['name'],
  PTR: ['name'],
  MX: ['preference', 'name'],
  SRV: ['priority', 'weight', 'port', 'target'],
  SOA: ['mname', 'rname', 'serial', 'refresh', 'retry', 'expire', 'minimum'],
}

function standardData(mnemonic: string, numbers: readonly number[]): unknown {
  const [a, b, c, d, e] = numbers
  switch (mnemonic) {
    case 'MX':
      return { preference: a, exchange: '.' }
    case 'SRV':
      return { priority: a, weight: b, port: c, target: '.' }
    case 'SOA':
      return { mname: '.', rname: '.', serial: a, refresh: b, retry: c, expire: d, minimum: e }
    default:
      return '.'
  }
}

function text(fields: readonly Field[]): Result<Rdata, RdataError> {
  if (fields.length === 0) return fail('TXT data is missing; expected one or more quoted strings', 0)
  const strings: Uint8Array[] = []
  for (const [i, field] of fields.entries()) {
    const bytes = unescapeText(field.text)
    if (!bytes.ok) return fail(bytes.error, i)
    if (bytes.value.bytes.length > 255) {
      return fail(`a string of ${bytes.value.bytes.length} octets; expected at most 255, so split it: "..." "..."`, i)
    }
    strings.push(Uint8Array.from(bytes.value.bytes))
  }
  const octets = strings.reduce((sum, string) => sum + string.length + 1, 0)
  if (octets > MAX_RDATA_BYTES)
    return fail(`the strings have ${octets} octets together; expected at most ${MAX_RDATA_BYTES}`, 0)
  return ok({
    bytes: concat([
      encodeStandard(
        'TXT',
        strings.map((s) => Buffer.from(s)),
      ),
    ]),
    names: NO_NAMES,
    text: strings.map(quote).join(' '),
  })
}

export const quote = (bytes: Uint8Array): string => `"${escapeBytes(bytes, '"\\')}"`

function caa(fields: readonly Field[]): Result<Rdata, RdataError> {
  const problem = count(fields, ['flags', 'tag', 'value'], 'CAA')
  if (problem) return err(problem)
  const [flagsField, tagField, valueField] = fields as [Field, Field, Field]
  const flags = parseNumber(flagsField.text, 255)
  if (!flags.ok) return fail(flags.error, 0)
  // RFC 8659 §4.1: tags are US-ASCII letters and digits.
  if (!/^[A-Za-z0-9]{1,255}$/.test(tagField.text)) {
    return fail(`"${tagField.text}" is not a CAA tag; expected letters and digits, like issue`, 1)
  }
  const value = unescapeText(valueField.text)
  if (!value.ok) return fail(value.error, 2)
  const head = encodeStandard('CAA', { flags: flags.value, tag: tagField.text, value: '' })
  const bytes = Uint8Array.from(value.value.bytes)
  return ok({ bytes: concat([head, bytes]), names: NO_NAMES, text: `${flags.value} ${tagField.text} ${quote(bytes)}` })
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
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  if (!KNOWN_TYPES.includes(type))
    return ok({ bytes, names: NO_NAMES, text: `\\# ${bytes.length}${hex && ` ${hex.toLowerCase()}`}` })

  const mnemonic = typeName(type)
  const known = decodeKnown(type, bytes)
  const parsed = known === undefined ? undefined : parseRdataText(type, known, ROOT)
  if (!parsed?.ok || !sameBytes(parsed.value.bytes, bytes))
    return fail(`the data after \\# is not valid ${mnemonic} data; expected what RFC 1035 or the type's own RFC has`, 2)
  return parsed
}

/** Presentation text of RDATA, or undefined where it is not of that type; dns-packet loses what is no text in names and CAA values. */
function decodeKnown(type: number, bytes: Uint8Array): string | undefined {
  if (type === TYPE.CAA) {
    const valueAt = 2 + (bytes[1] ?? 0)
    return `${bytes[0]} ${String.fromCharCode(...bytes.subarray(2, valueAt))} ${quote(bytes.subarray(valueAt))}`
  }
  const parts = PARTS.get(type)
  if (!parts) return decodeStandard(typeName(type), bytes)
  const texts: (string | number)[] = []
  let at = 0
  for (const part of parts) {
    let end = at + (part === 'u16' ? 2 : 4)
    if (part === 'name') {
      for (end = at; (bytes[end] ?? 0) > 0; ) end += (bytes[end] as number) + 1
      end++
    }
    if (end > bytes.length) return undefined
    const own = bytes.subarray(at, end)
    texts.push(part === 'name' ? formatName({ wire: own, key: '' }) : own.reduce((sum, byte) => sum * 256 + byte, 0))
    at = end
  }
  return texts.join(' ')
}

function parseNumber(source: string, max: number): Result<number> {
  const value = /^\d{1,10}$/.test(source) ? Number(source) : Number.NaN
  return value <= max ? ok(value) : err(`"${source}" is not a number here; expected 0 to ${max}`)
}

const RDATA = new Slab()

/** One after the other. */
function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = RDATA.take(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])
