import { checksum, FIXED_WORDS, FORMAT_VERSION, MAGIC, padded, VALUE, type ValueKind } from './value.ts'

/** Writes a value of its sections. */
export function writeValue(name: ValueKind, sections: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const { kind, sections: count } = VALUE[name]
  if (sections.length !== count) throw new Error(`a ${name} has ${sections.length} sections; expected ${count}`)
  const header = FIXED_WORDS + count
  const length = sections.reduce((sum, { byteLength }) => sum + padded(byteLength), 4 * header)
  const bytes = new Uint8Array(length)
  let at = 4 * header
  for (const section of sections) {
    bytes.set(section, at)
    at += padded(section.byteLength)
  }
  const words = new Uint32Array(bytes.buffer)
  words.set([MAGIC, FORMAT_VERSION, kind, length, 0, 0, count, ...sections.map(({ byteLength }) => byteLength)])
  words.set(checksum(words), 4)
  return bytes
}

/** Returns numbers as a section. */
export const octetsOf = ({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)
