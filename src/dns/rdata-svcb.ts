import { MAX_HINTS } from '../limits.ts'
import { formatAddress, parseAddress } from '../net/index.ts'
import { err, ok, type Result } from '../result.ts'
import { readNumber, toOctets } from './integers.ts'
import { decodeRdata, fail, type Layout, type Rdata, type RdataError, type RdataField } from './layout.ts'
import { nameFromWire } from './name.ts'
import { type Field, quote, unescapeText } from './presentation.ts'
import { fromBase64, name, parseNumber, toBase64, u16 } from './rdata-fields.ts'
import { TYPE } from './types.ts'

/**
 * SVCB and HTTPS (RFC 9460), with the keys of RFC 9461, RFC 9540 and TLS's key share prediction. As in PowerDNS the
 * address hints may be `auto`: each answer fills in the target's addresses. Until then such a hint is a value without
 * octets, which is not valid on the wire.
 */

/** The text form of a key's value. `format` returns undefined for octets that are not a valid value. */
type SvcParam = {
  readonly key: number
  readonly parse: (octets: readonly number[]) => Result<Uint8Array>
  readonly format: (bytes: Uint8Array) => string | undefined
  /** True if the value may be `auto`. */
  readonly isHint?: true
}

const [MANDATORY, ALPN, NO_DEFAULT_ALPN, IPV4HINT, IPV6HINT, INVALID] = [0, 1, 2, 4, 6, 65_535] as const
const AUTO = 'auto'

const PARAMS: ReadonlyMap<string, SvcParam> = new Map([
  ['mandatory', { key: 0, parse: parseMandatory, format: formatMandatory }],
  ['alpn', { key: 1, parse: parseAlpn, format: formatAlpn }],
  ['no-default-alpn', valueless('no-default-alpn', NO_DEFAULT_ALPN)],
  [
    'port',
    { key: 3, parse: parsePort, format: (bytes) => (bytes.length === 2 ? `${readNumber(bytes, 0, 2)}` : undefined) },
  ],
  ['ipv4hint', hint(IPV4HINT, 1)],
  ['ech', { key: 5, parse: parseEch, format: (bytes) => (bytes.length > 0 ? toBase64(bytes) : undefined) }],
  ['ipv6hint', hint(IPV6HINT, 2)],
  ['dohpath', { key: 7, parse: parseDohPath, format: formatDohPath }],
  ['ohttp', valueless('ohttp', 8)],
  ['tls-supported-groups', { key: 9, parse: parseGroups, format: formatGroups }],
])

/** Keys that are printed as numbers: Knot 3.2 does not read their names, and BIND 9.18 prints none of them. */
const NUMBERED: ReadonlySet<string> = new Set(['dohpath', 'ohttp', 'tls-supported-groups'])

const PARAM_OF: ReadonlyMap<number, SvcParam> = new Map([...PARAMS.values()].map((param) => [param.key, param]))
const NAME_OF: ReadonlyMap<number, string> = new Map(
  [...PARAMS].filter(([text]) => !NUMBERED.has(text)).map(([text, { key }]) => [key, text]),
)

/** Returns the name of a key as the canonical text has it. */
const nameOf = (key: number): string => NAME_OF.get(key) ?? `key${key}`

/** Returns the registered name of a key, for errors. */
const registeredName = (key: number): string => [...PARAMS].find(([, param]) => param.key === key)?.[0] ?? `key${key}`

function keyOf(text: string): Result<number> {
  const param = PARAMS.get(text)
  if (param) return ok(param.key)
  const found = /^key(0|[1-9]\d{0,4})$/.exec(text)
  if (found && Number(found[1]) < INVALID) return ok(Number(found[1]))
  return err(`"${text}" is not a SvcParamKey; expected one of ${[...PARAMS.keys()].join(', ')}, or key0 to key65534`)
}

const params: RdataField = {
  label: '[<key>=<value> …]',
  takes: 'any',
  encode: encodeParams,
  decode: (bytes, at) => {
    const found = readParams(bytes, at)
    if (!found) return undefined
    const texts: string[] = []
    for (const [key, value] of found) {
      const text = formatValue(key, value)
      if (text === undefined) return undefined
      texts.push(text === '' ? nameOf(key) : `${nameOf(key)}=${text}`)
    }
    return { text: texts.join(' '), end: bytes.length }
  },
}

export const SVCB: Layout = {
  fields: [u16('priority'), name('target'), params],
  check: (bytes) => {
    const found = readParams(bytes, paramsAt(bytes))
    const message = found && inconsistency(found)
    return message === undefined ? undefined : { message, field: 2 }
  },
  autoHints: (bytes) => {
    const from = paramsAt(bytes)
    const found = [...(readParams(bytes, from) as Params)]
    const keys = found.filter(isAuto).map(([key]) => key)
    if (keys.length === 0) return undefined
    // In AliasMode a record has no parameters (RFC 9460 §2.4.2).
    const types = readNumber(bytes, 0, 2) === 0 ? [] : keys.map(addressType)
    return {
      types,
      target: from === 3 ? null : nameFromWire(bytes.subarray(2, from)),
      fill: (addresses) => decodeRdata(SVCB, withParams(bytes, from, filled(found, addresses))) as Rdata,
      left: withParams(bytes, from, filled(found, new Map())),
    }
  },
}

const isAuto = ([key, value]: Param): boolean => value.length === 0 && PARAM_OF.get(key)?.isHint === true

const addressType = (key: number): number => (key === IPV4HINT ? TYPE.A : TYPE.AAAA)

/** Replaces the hints that are `auto` by addresses. A hint without addresses is left out. */
const filled = (found: readonly Param[], addresses: ReadonlyMap<number, readonly Rdata[]>): Param[] =>
  found.flatMap((param): Param[] => {
    if (!isAuto(param)) return [param]
    const [key] = param
    const hints = addresses.get(addressType(key)) ?? []
    const octets = hints.slice(0, MAX_HINTS).flatMap(({ bytes }) => [...bytes])
    return octets.length > 0 ? [[key, Uint8Array.from(octets)]] : []
  })

/** Returns the offset of the parameters, behind the target. */
function paramsAt(bytes: Uint8Array): number {
  let at = 2
  while ((bytes[at] ?? 0) > 0) at += (bytes[at] as number) + 1
  return at + 1
}

/** Returns a warning about data that is valid but that clients ignore (RFC 9460 §2.4.2). */
export const suspectSvcb = (bytes: Uint8Array): string | undefined =>
  readNumber(bytes, 0, 2) === 0 && paramsAt(bytes) < bytes.length
    ? 'clients ignore the parameters where the priority is 0, AliasMode (RFC 9460 §2.4.2); expected none'
    : undefined

type Param = readonly [number, Uint8Array]
type Params = ReadonlyMap<number, Uint8Array>

/** Replaces an absent value, and is not `auto`. */
const ABSENT = new Uint8Array(1)

/** Returns the error of parameters that contradict each other (RFC 9460 §7.1.1, §8). */
function inconsistency(found: Params): string | undefined {
  if (found.has(NO_DEFAULT_ALPN) && !found.has(ALPN))
    return 'no-default-alpn without alpn; expected both (RFC 9460 §7.1.1)'
  const keys = keysIn(found.get(MANDATORY))
  const auto = keys?.find((key) => isAuto([key, found.get(key) ?? ABSENT]))
  if (auto !== undefined) {
    const name = nameOf(auto)
    return `mandatory names ${name}, which is left out where there are no addresses; expected addresses for auto`
  }
  const missing = keys?.find((key) => !found.has(key))
  return missing === undefined ? undefined : `mandatory names ${nameOf(missing)}, which is not there; expected it too`
}

/** Reads the parameters of wire form, whose keys must ascend (RFC 9460 §2.2). */
function readParams(bytes: Uint8Array, from: number): Params | undefined {
  const found = new Map<number, Uint8Array>()
  let last = -1
  for (let at = from; at < bytes.length; ) {
    if (at + 4 > bytes.length) return undefined
    const key = readNumber(bytes, at, 2)
    const end = at + 4 + readNumber(bytes, at + 2, 2)
    if (end > bytes.length || key <= last || key === INVALID) return undefined
    found.set(key, bytes.subarray(at + 4, end))
    last = key
    at = end
  }
  return found
}

function encodeParams(fields: readonly Field[], from: number): Result<Uint8Array, RdataError> {
  const values = new Map<number, Uint8Array>()
  for (let i = from; i < fields.length; i++) {
    const field = fields[i] as Field
    const equals = field.text.indexOf('=')
    if (field.quoted) return fail(`"${field.text}" has no key; expected quotes around the value alone: alpn="h2"`, i)
    const keyText = equals < 0 ? field.text : field.text.slice(0, equals)
    const key = keyOf(keyText)
    if (!key.ok) return fail(key.error, i)
    if (values.has(key.value)) return fail(`${nameOf(key.value)} is there twice; expected each key once`, i)
    const next = fields[i + 1]
    const quoted = equals === field.text.length - 1 && next?.quoted && isAdjacent(field, next) ? next : undefined
    const unescaped = unescapeText(quoted ? quoted.text : equals < 0 ? '' : field.text.slice(equals + 1))
    if (!unescaped.ok) return fail(unescaped.error, i)
    const value = parseValue(key.value, unescaped.value.bytes, PARAMS.has(keyText))
    if (!value.ok) return fail(value.error, i)
    values.set(key.value, value.value)
    if (quoted) i++
  }
  return ok(encoded([...values].sort(([a], [b]) => a - b)))
}

const encoded = (params: readonly Param[]): Uint8Array =>
  Uint8Array.from(params.flatMap(([key, value]) => [...toOctets(key, 2), ...toOctets(value.length, 2), ...value]))

/** Replaces the parameters from offset `from` on. */
function withParams(bytes: Uint8Array, from: number, params: readonly Param[]): Uint8Array {
  const replacement = encoded(params)
  const all = new Uint8Array(from + replacement.length)
  all.set(bytes.subarray(0, from))
  all.set(replacement, from)
  return all
}

/** Returns true if no white space is between the fields, as in `key="value"`, which is read as two fields. */
const isAdjacent = (field: Field, next: Field): boolean => field.at + field.text.length === next.at

/** @param byName true if the text has the key's name; after `key1=` follow the octets of the wire (RFC 9460 §2.1) */
function parseValue(key: number, octets: readonly number[], byName: boolean): Result<Uint8Array> {
  const param = PARAM_OF.get(key)
  if (param && byName) return param.parse(octets)
  const bytes = Uint8Array.from(octets)
  if (formatValue(key, bytes) !== undefined && !isAuto([key, bytes])) return ok(bytes)
  return err(
    `the octets of key${key} are not a valid value; expected those of the wire, or its name: ${registeredName(key)}=…`,
  )
}

function formatValue(key: number, bytes: Uint8Array): string | undefined {
  const param = PARAM_OF.get(key)
  if (param) return param.format(bytes)
  return bytes.length === 0 ? '' : quote(bytes)
}

const textOf = (octets: Iterable<number>): string => String.fromCharCode(...octets)

// --- values ---------------------------------------------------------------------------------------------------------

function parseMandatory(octets: readonly number[]): Result<Uint8Array> {
  const keys: number[] = []
  for (const text of textOf(octets).split(',')) {
    const key = keyOf(text)
    if (!key.ok) return key
    if (key.value === MANDATORY) return err('mandatory names itself; expected other keys (RFC 9460 §8)')
    if (keys.includes(key.value)) return err(`mandatory names ${text} twice; expected each key once`)
    keys.push(key.value)
  }
  return ok(Uint8Array.from(keys.sort((a, b) => a - b).flatMap((key) => [...toOctets(key, 2)])))
}

function keysIn(bytes: Uint8Array | undefined): number[] | undefined {
  return bytes && Array.from({ length: bytes.length / 2 }, (_, i) => readNumber(bytes, 2 * i, 2))
}

function formatMandatory(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.length % 2 === 1) return undefined
  const keys = keysIn(bytes) as number[]
  if (keys.some((key, i) => key === MANDATORY || key === INVALID || key <= (keys[i - 1] ?? -1))) return undefined
  return keys.map(nameOf).join(',')
}

const [COMMA, BACKSLASH] = [0x2c, 0x5c] as const

/** Parses protocol IDs with commas between them; in an ID a backslash escapes a comma or itself (RFC 9460 A.1). */
function parseAlpn(octets: readonly number[]): Result<Uint8Array> {
  const ids: number[][] = [[]]
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i] as number
    if (octet === COMMA) ids.push([])
    else if (octet !== BACKSLASH) ids.at(-1)?.push(octet)
    else {
      const next = octets[++i]
      if (next !== COMMA && next !== BACKSLASH) {
        return err(
          'a backslash in alpn before neither comma nor backslash; expected \\\\, or \\\\\\\\ in the zone file',
        )
      }
      ids.at(-1)?.push(next)
    }
  }
  const bad = ids.find((id) => id.length === 0 || id.length > 255)
  if (bad) return err(`an ID of ${bad.length} octets in alpn; expected 1 to 255, as in alpn="h2,h3"`)
  return ok(Uint8Array.from(ids.flatMap((id) => [id.length, ...id])))
}

function formatAlpn(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return undefined
  const list: number[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + (bytes[at] as number)
    if (bytes[at] === 0 || end > bytes.length) return undefined
    if (at > 0) list.push(COMMA)
    for (const octet of bytes.subarray(at + 1, end)) {
      if (octet === COMMA || octet === BACKSLASH) list.push(BACKSLASH)
      list.push(octet)
    }
    at = end
  }
  // BIND prints spaces like this.
  return quote(list).replaceAll(' ', '\\032')
}

/** A key without a value. */
function valueless(name: string, key: number): SvcParam {
  return {
    key,
    parse: (octets) => (octets.length === 0 ? ok(new Uint8Array()) : err(`${name} has a value; expected none`)),
    format: (bytes) => (bytes.length === 0 ? '' : undefined),
  }
}

function parsePort(octets: readonly number[]): Result<Uint8Array> {
  const port = parseNumber(textOf(octets), 65_535)
  return port.ok ? ok(toOctets(port.value, 2)) : err(`the port ${port.error}`)
}

function parseEch(octets: readonly number[]): Result<Uint8Array> {
  const bytes = fromBase64(textOf(octets))
  return bytes.ok ? bytes : err(`in ech ${bytes.error}`)
}

function hint(key: number, family: 1 | 2): SvcParam {
  const size = family === 1 ? 4 : 16
  const wanted = family === 1 ? 'ipv4hint=192.0.2.1,192.0.2.2' : 'ipv6hint=2001:db8::1,2001:db8::2'
  return {
    key,
    isHint: true,
    parse: (octets) => {
      const all: number[] = []
      if (textOf(octets) === AUTO) return ok(new Uint8Array())
      for (const text of textOf(octets).split(',')) {
        const address = parseAddress(text)
        if (!address.ok || address.value.family !== family) {
          return err(`"${text}" is not an IPv${family === 1 ? 4 : 6} address; expected them like ${wanted}, or ${AUTO}`)
        }
        all.push(...address.value.bytes)
      }
      return ok(Uint8Array.from(all))
    },
    format: (bytes) => {
      if (bytes.length === 0) return AUTO
      if (bytes.length % size > 0) return undefined
      const addresses = Array.from({ length: bytes.length / size }, (_, i) => bytes.subarray(size * i, size * (i + 1)))
      return addresses.map((address) => formatAddress({ family, bytes: address })).join(',')
    },
  }
}

/** RFC 9461 §5: the value is a URI template for a path, in UTF-8, with the variable `dns`. */
function parseDohPath(octets: readonly number[]): Result<Uint8Array> {
  const bytes = Uint8Array.from(octets)
  return formatDohPath(bytes) === undefined
    ? err('dohpath is not a path with the variable dns; expected one like /dns-query{?dns}')
    : ok(bytes)
}

function formatDohPath(bytes: Uint8Array): string | undefined {
  try {
    const path = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return /^\/.*\{[^{}]*\bdns\b[^{}]*\}/s.test(path) ? quote(bytes) : undefined
  } catch {
    return undefined
  }
}

/** Parses numbers of TLS's named groups, each once, with commas between them. */
function parseGroups(octets: readonly number[]): Result<Uint8Array> {
  const groups: number[] = []
  for (const text of textOf(octets).split(',')) {
    const group = parseNumber(text, 65_535)
    if (!group.ok) return err(`"${text}" is not a group; expected numbers of TLS, as in tls-supported-groups=29,23`)
    if (groups.includes(group.value)) return err(`tls-supported-groups has ${text} twice; expected each group once`)
    groups.push(group.value)
  }
  return ok(Uint8Array.from(groups.flatMap((group) => [...toOctets(group, 2)])))
}

function formatGroups(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.length % 2 === 1) return undefined
  return new Set(keysIn(bytes)).size === bytes.length / 2 ? quote(bytes) : undefined
}
