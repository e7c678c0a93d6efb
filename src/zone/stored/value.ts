import { err, ok, type Result } from '../../result.ts'

/**
 * A stored value: a header of 32-bit numbers, and sections behind it, each at a multiple of 4. Numbers are
 * little-endian, like every machine that runs this. docs/zone-format.md has the sections of each kind.
 *
 * | word | content |
 * |---|---|
 * | 0 | the magic number, the letters `GSLZ` |
 * | 1 | the version of the format |
 * | 2 | the kind of the value |
 * | 3 | the octets of the value, header included |
 * | 4, 5 | the checksum over all words from word 6 on |
 * | 6 | the number of sections |
 * | 7… | the octets of each section |
 */
export const MAGIC = 0x5a_4c_53_47
export const FORMAT_VERSION = 1
/** A Worker reads the format before its own, too, so that it is deployed first, and zones are published again later. */
const OLDEST_FORMAT = 1
/** The words of the header in front of the octets of sections; the checksum begins at the last of them. */
export const FIXED_WORDS = 7
const CHECKED_FROM = 6

/** The kinds of values, with the number of their sections. */
export const VALUE = {
  head: { kind: 1, sections: 11 },
  part: { kind: 2, sections: 9 },
} as const
export type ValueKind = keyof typeof VALUE

/**
 * The proof that octets are those that were written: the hash of their key, which the reader has compared, or else the
 * sums inside. A loop over all words takes a new isolate as long as the rest of its first answer, and SHA-256 is native
 * code.
 */
export type Proof = 'hash' | 'sums'

/** Returns the sections as views of the octets, or why these are not such a value. Reads nothing behind their end. */
export function readValue(name: ValueKind, octets: Uint8Array, proof: Proof = 'sums'): Result<readonly Uint8Array[]> {
  const { kind, sections: count } = VALUE[name]
  const header = FIXED_WORDS + count
  if (octets.byteLength % 4 !== 0 || octets.byteLength < 4 * header) return err(DAMAGED)
  // A view at an odd offset, which only tests make, is copied.
  const whole = octets.byteOffset % 4 === 0 ? octets : octets.slice()
  const words = new Uint32Array(whole.buffer, whole.byteOffset, whole.byteLength / 4)
  if (words[0] !== MAGIC) return err('it is not a compiled zone')
  const version = words[1] as number
  if (version < OLDEST_FORMAT || version > FORMAT_VERSION) return err(`it is of format ${version}; expected ${FORMATS}`)
  if (words[3] !== whole.byteLength || !(proof === 'hash' || hasItsSums(words))) return err(DAMAGED)
  if (words[2] !== kind || words[6] !== count) return err(`it is not a ${name}`)
  const sections: Uint8Array[] = []
  let at = 4 * header
  for (let i = 0; i < count; i++) {
    const length = words[FIXED_WORDS + i] as number
    if (length > whole.byteLength - at) return err(DAMAGED)
    sections.push(whole.subarray(at, at + length))
    at += padded(length)
  }
  return at === whole.byteLength ? ok(sections) : err(DAMAGED)
}

function hasItsSums(words: Uint32Array): boolean {
  const [first, second] = checksum(words)
  return words[4] === first && words[5] === second
}

const DAMAGED = 'it was cut, or damaged'
const FORMATS = [...new Set([OLDEST_FORMAT, FORMAT_VERSION])].join(' to ')

/** Returns a section as numbers. It begins at a multiple of 4. */
export const wordsOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint32Array =>
  new Uint32Array(buffer, byteOffset, byteLength >>> 2)

export const padded = (octets: number): number => (octets + 3) & ~3

/**
 * Two sums of 32 bits over the words behind them: FNV-1a, and one that rotates. It guards against accidents, not
 * against people: who may write the value may write its sum. Each flipped bit changes both.
 */
export function checksum(words: Uint32Array): readonly [number, number] {
  let a = 0x811c9dc5
  let b = 0x9e3779b1
  for (let i = CHECKED_FROM; i < words.length; i++) {
    const word = words[i] as number
    a = Math.imul(a ^ word, 0x01000193)
    b = Math.imul(((b << 5) | (b >>> 27)) ^ word, 0x85ebca6b)
  }
  return [a >>> 0, b >>> 0]
}
