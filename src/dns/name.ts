import { MAX_LABEL_BYTES, MAX_NAME_BYTES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { escapeBytes, escapeRawOctets, unescapeText } from './presentation.ts'

/**
 * A domain name in uncompressed wire form (RFC 1035 §3.1). A label may contain any byte, dots included.
 * `key` is for comparison: the wire form with ASCII letters in lower case (RFC 4343), one character for each byte.
 */
export type Name = { readonly wire: Uint8Array; readonly key: NameKey }
export type NameKey = string

export const ROOT: Name = { wire: new Uint8Array(1), key: '\0' }

export function nameFromWire(wire: Uint8Array): Name {
  return { wire, key: keyOf(wire, 0, wire.length) }
}

/**
 * Returns the uncompressed name that begins there, or undefined if the octets are none: data stored in the form of
 * RFC 3597 may be anything.
 */
export function nameAt(bytes: Uint8Array, at: number): Name | undefined {
  let end = at
  while ((bytes[end] ?? 0) > 0) {
    if ((bytes[end] as number) > MAX_LABEL_BYTES) return undefined
    end += (bytes[end] as number) + 1
  }
  const isWhole = end < bytes.length && end - at < MAX_NAME_BYTES
  return isWhole ? nameFromWire(bytes.subarray(at, end + 1)) : undefined
}

/**
 * Returns the key of the uncompressed name in bytes[from, to). To make a string costs as much as the rest of a look-up,
 * and the same names come again and again: recent keys are cached by a hash of their octets, four of which are a word.
 */
export function keyOf(bytes: Uint8Array, from: number, to: number): NameKey {
  const length = to - from
  const words = (length + 3) >> 2
  let hash = length
  let at = from
  for (let i = 0; i < words; i++, at += 4) {
    const word = lowerCase(at + 4 <= to ? wordAt(bytes, at) : lastWordAt(bytes, at, to))
    WORDS[i] = word
    hash = Math.imul(hash ^ word, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  const slot = hash & (RECENT.length - 1)
  if (words > CACHED_WORDS) return keyOfWords(length)
  if (isRecent(slot, words, length)) return RECENT[slot] as NameKey
  const key = keyOfWords(length)
  for (let i = 0; i < words; i++) RECENT_WORDS[slot * CACHED_WORDS + i] = WORDS[i] as number
  RECENT[slot] = key
  return key
}

const WORDS = new Int32Array((MAX_NAME_BYTES + 3) >> 2)

/** The longest names that are cached have as many words. */
const CACHED_WORDS = 16
const RECENT: NameKey[] = new Array(1024).fill('')
/** The octets of RECENT. Comparing them is faster than reading a string. */
const RECENT_WORDS = new Int32Array(RECENT.length * CACHED_WORDS)

function isRecent(slot: number, words: number, length: number): boolean {
  if ((RECENT[slot] as NameKey).length !== length) return false
  const start = slot * CACHED_WORDS
  for (let i = 0; i < words; i++) if (RECENT_WORDS[start + i] !== WORDS[i]) return false
  return true
}

/** Returns the first octets of WORDS as a key. */
function keyOfWords(length: number): NameKey {
  const octets = new Array<number>(length)
  for (let i = 0; i < length; i++) octets[i] = ((WORDS[i >> 2] as number) >>> (8 * (i & 3))) & 0xff
  return String.fromCharCode.apply(null, octets)
}

/** Reads four octets, the lowest first. */
const wordAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24)

/** Reads the octets before `to`, of which there are fewer than four. The others are zero. */
function lastWordAt(bytes: Uint8Array, at: number, to: number): number {
  let word = 0
  for (let i = at; i < to; i++) word |= (bytes[i] as number) << (8 * (i - at))
  return word
}

/**
 * Makes lower case of the ASCII letters among four octets. A length octet is at most 63, below the letters. Each sum
 * sets the top bit of an octet that is at least the letter, and none is carried over, since the top bits are cleared.
 */
function lowerCase(word: number): number {
  const octets = word & 0x7f7f7f7f
  const fromA = octets + 0x3f3f3f3f
  const beyondZ = octets + 0x25252525
  return word | ((fromA & ~beyondZ & ~word & 0x80808080) >>> 2)
}

/** Returns the offset of each label in a key, the root's zero byte last. `key.slice(offset)` is an ancestor. */
export function labelOffsets(key: NameKey): number[] {
  const offsets: number[] = []
  let at = 0
  for (let length = key.charCodeAt(0); length > 0; length = key.charCodeAt(at)) {
    offsets.push(at)
    at += length + 1
  }
  offsets.push(at)
  return offsets
}

export const parentKey = (key: NameKey): NameKey => key.slice(key.charCodeAt(0) + 1)

export const isSubdomain = (key: NameKey, ancestor: NameKey): boolean => {
  if (!key.endsWith(ancestor)) return false
  const end = key.length - ancestor.length
  let at = 0
  while (at < end) at += key.charCodeAt(at) + 1
  return at === end
}

export const WILDCARD_LABEL = '\x01*'

/**
 * Parses a name as in a zone file: `\.` and `\DDD` escapes, `@` for the origin, relative names below `origin`.
 * Labels with characters beyond ASCII become A-labels (UTS 46).
 * @param origin if undefined, a relative name is an error
 */
export function parseName(text: string, origin?: Name): Result<Name> {
  if (text === '@') return origin ? ok(origin) : err('"@" has no meaning here; expected a name that ends with a dot')
  if (text === '.') return ok(ROOT)
  if (text === '') return err('the name is empty; expected one like www.example.com.')
  const length = plainWire(text, origin)
  if (length > 0) return ok(nameFromWire(WIRE.slice(0, length)))
  const ascii = toAscii(text)
  if (!ascii.ok) return ascii
  const unescaped = unescapeText(ascii.value)
  if (!unescaped.ok) return err(`in the name "${text}": ${unescaped.error}`)
  const { bytes, escaped } = unescaped.value

  const wire: number[] = []
  let label: number[] = []
  let absolute = false
  const endLabel = (): string | undefined => {
    if (label.length === 0) return `"${text}" has an empty label; expected a character between dots`
    if (label.length > MAX_LABEL_BYTES)
      return `a label of "${text}" has ${label.length} octets; expected at most ${MAX_LABEL_BYTES}`
    wire.push(label.length, ...label)
    label = []
    return undefined
  }
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== 0x2e || escaped[i]) {
      label.push(bytes[i] as number)
      continue
    }
    const problem = endLabel()
    if (problem) return err(problem)
    absolute = i === bytes.length - 1
  }
  if (!absolute) {
    const problem = endLabel()
    if (problem) return err(problem)
    if (!origin) return err(`"${text}" is a relative name; expected one that ends with a dot`)
  }
  const rest = absolute ? [0] : (origin as Name).wire
  if (wire.length + rest.length > MAX_NAME_BYTES) {
    return err(`"${text}" has ${wire.length + rest.length} octets on the wire; expected at most ${MAX_NAME_BYTES}`)
  }
  return ok(nameFromWire(Uint8Array.from([...wire, ...rest])))
}

/**
 * Returns the key of a name in plain letters, or undefined for a name that takes `parseName`: it has escapes,
 * characters beyond ASCII, or an error.
 */
export function plainKey(text: string, origin: Name): NameKey | undefined {
  if (text === '@') return origin.key
  const length = plainWire(text, origin)
  return length > 0 ? keyOf(WIRE, 0, length) : undefined
}

/**
 * Writes a valid name without escapes to `WIRE`. Nearly all names are such, and this takes each character once.
 * @returns its length, or 0 if the name takes more than this, or has an error
 */
function plainWire(text: string, origin: Name | undefined): number {
  const { length } = text
  if (length >= MAX_NAME_BYTES) return 0
  let label = 0
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code !== 0x2e) {
      if (code > 0x7f || code === 0x5c) return 0
      WIRE[i + 1] = code
      continue
    }
    const octets = i - label
    if (octets === 0 || octets > MAX_LABEL_BYTES) return 0
    WIRE[label] = octets
    label = i + 1
  }
  const last = length - label
  if (last === 0) {
    WIRE[label] = 0
    return label > 1 ? label + 1 : 0
  }
  if (last > MAX_LABEL_BYTES || !origin || length + 1 + origin.wire.length > MAX_NAME_BYTES) return 0
  WIRE[label] = last
  WIRE.set(origin.wire, length + 1)
  return length + 1 + origin.wire.length
}

const WIRE = new Uint8Array(MAX_NAME_BYTES)

/** Converts U-labels to A-labels, label by label, so that other labels keep underscores, wildcards and escapes. */
function toAscii(text: string): Result<string> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
  if (/^[\x00-\x7f]*$/.test(text)) return ok(text)
  const labels: string[] = []
  for (const label of text.split(/(?<!\\)[.\u3002]/)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
    if (/^[\x00-\x7f]*$/.test(label)) labels.push(label)
    // A label with raw octets is not text, and stays as it is.
    else if (escapeRawOctets(label) !== label) labels.push(label)
    else if (!/[\s\\/?#@:%[\]]/.test(label) && URL.canParse(`http://${label}.invalid`)) {
      labels.push(new URL(`http://${label}.invalid`).hostname.slice(0, -'.invalid'.length))
    } else
      return err(
        `the label "${label}" is not a valid international domain name (UTS 46); ` +
          'expected letters, or \\DDD for raw octets',
      )
  }
  return ok(labels.join('.'))
}

/** Characters that have a meaning in a zone file, and so need a backslash in a name. */
export const SPECIAL = '."\\();@$'

/** Characters that need a backslash for some server: Knot 3 accepts no other character without one. */
export const PORTABLE = '!"#$%&\'()+,.:;<=>?@[\\]^`{|}~'

/**
 * Formats a name as absolute presentation text, with a trailing dot.
 * @param special the characters that get a backslash
 */
export function formatName(name: Name | NameKey, special = SPECIAL): string {
  const plain =
    typeof name === 'string' ? plainText(octetsOfKey(name), name.length) : plainText(name.wire, name.wire.length)
  if (plain !== undefined) return plain
  const wire = typeof name === 'string' ? Uint8Array.from(name, (c) => c.charCodeAt(0)) : name.wire
  if (wire[0] === 0) return '.'
  let text = ''
  for (let at = 0; wire[at] !== 0; at += (wire[at] as number) + 1) {
    const label = escapeBytes(wire.subarray(at + 1, at + 1 + (wire[at] as number)), special)
    // RFC 3597 data begins with \#, so that a name must not. A backslash of its own is one of a pair.
    text += `${label.replaceAll(' ', '\\032').replace(/\\./g, (pair) => (pair === '\\#' ? '\\035' : pair))}.`
  }
  return text
}

/** Returns the text of a name of letters, digits, `-`, `_` and `*` alone, which never need a backslash; else undefined. */
export function plainText(wire: Uint8Array, length: number): string | undefined {
  if (length < 2 || length > MAX_NAME_BYTES) return undefined
  let label = 0
  for (let i = 0; i < length; i++) {
    const octet = wire[i] as number
    if (i === label) {
      label += octet + 1
      if (i > 0) CODES[i - 1] = 0x2e
    } else {
      if (IS_PLAIN[octet] !== 1) return undefined
      CODES[i - 1] = octet
    }
  }
  return String.fromCharCode.apply(null, CODES.subarray(0, length - 1) as unknown as number[])
}

const CODES = new Uint8Array(MAX_NAME_BYTES)
const IS_PLAIN = new Uint8Array(256)
for (const octet of new TextEncoder().encode('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_*')) {
  IS_PLAIN[octet] = 1
}

/** Copies a key's octets to `KEY`. */
function octetsOfKey(key: NameKey): Uint8Array {
  for (let i = 0; i < key.length && i < MAX_NAME_BYTES; i++) KEY[i] = key.charCodeAt(i)
  return KEY
}

const KEY = new Uint8Array(MAX_NAME_BYTES)
