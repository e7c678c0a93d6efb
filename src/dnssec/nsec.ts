import { formatName, type NameKey, type Rdata, TYPE, typeName } from '../dns/query-path.ts'
import { MAX_LABEL_BYTES, MAX_NAME_BYTES } from '../limits.ts'
import { wireOf } from './canonical.ts'

/**
 * The data of an NSEC record (RFC 4034 §4.1) that says of one name what it has, and nothing of any other.
 * @param types each once
 * @param apex the origin of the zone, where the names of a zone begin again
 */
export class NsecRdata implements Rdata {
  readonly bytes: Uint8Array
  readonly names: Rdata['names'] = NO_NAMES
  private readonly next: NameKey
  private readonly types: readonly number[]

  constructor(owner: NameKey, types: readonly number[], apex: NameKey) {
    const sorted = [...types].sort((a, b) => a - b)
    const next = successor(owner, apex)
    const bitmap = typeBitmap(sorted)
    const bytes = new Uint8Array(next.length + bitmap.length)
    bytes.set(wireOf(next))
    bytes.set(bitmap, next.length)
    this.bytes = bytes
    this.next = next
    this.types = sorted
  }

  get text(): string {
    return [formatName(this.next), ...this.types.map(typeName)].join(' ')
  }
}

const NO_NAMES: Rdata['names'] = []

/** The bitmap of a name that does not exist (RFC 9824 §3.1). */
export const NXNAME_TYPES: readonly number[] = [TYPE.RRSIG, TYPE.NSEC, TYPE.NXNAME]

/** Returns the windows of a type bitmap (RFC 4034 §4.1.2). @param types in ascending order */
function typeBitmap(types: readonly number[]): Uint8Array {
  const octets: number[] = []
  for (let i = 0; i < types.length; ) {
    const window = (types[i] as number) >> 8
    const bits = new Uint8Array(32)
    let length = 0
    for (; i < types.length && (types[i] as number) >> 8 === window; i++) {
      const bit = (types[i] as number) & 0xff
      bits[bit >> 3] = (bits[bit >> 3] as number) | (0x80 >> (bit & 7))
      length = (bit >> 3) + 1
    }
    octets.push(window, length, ...bits.subarray(0, length))
  }
  return Uint8Array.from(octets)
}

/**
 * Returns the name that follows another one in canonical order, with no name between them (RFC 9824 §3.1: a label of
 * one zero octet in front). Where that would be too long it is the successor of RFC 4471 §3.1.2.
 */
export function successor(name: NameKey, apex: NameKey): NameKey {
  if (name.length + 2 <= MAX_NAME_BYTES) return `\x01\0${name}`
  const length = name.charCodeAt(0)
  if (name.length < MAX_NAME_BYTES && length < MAX_LABEL_BYTES) {
    return `${String.fromCharCode(length + 1)}${name.slice(1, length + 1)}\0${name.slice(length + 1)}`
  }
  return increased(name, apex)
}

/** Returns the first name behind all that are at or below this one: its first label counted up, or that of a parent. */
function increased(name: NameKey, apex: NameKey): NameKey {
  if (name.length <= apex.length) return apex
  const length = name.charCodeAt(0)
  const parent = name.slice(length + 1)
  const label = name.slice(1, length + 1).replace(/\xff+$/, '')
  if (label === '') return behind(parent, apex)
  const last = label.charCodeAt(label.length - 1)
  // Letters count in lower case: behind `@` comes `[`.
  const up = last === 0x40 ? 0x5b : last + 1
  return `${String.fromCharCode(label.length)}${label.slice(0, -1)}${String.fromCharCode(up)}${parent}`
}

/** Returns the first name behind all names below this one. */
function behind(name: NameKey, apex: NameKey): NameKey {
  if (name.length <= apex.length) return apex
  const length = name.charCodeAt(0)
  if (length === MAX_LABEL_BYTES) return increased(name, apex)
  return `${String.fromCharCode(length + 1)}${name.slice(1, length + 1)}\0${name.slice(length + 1)}`
}
