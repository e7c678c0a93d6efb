import { type Name, nameFromWire } from '../dns/index.ts'
import { MAX_LABEL_BYTES, MAX_NAME_BYTES, MAX_NAME_POINTERS } from '../limits.ts'

/** A name in a message, and the offset behind it. */
type WireName = { readonly name: Name; readonly end: number }

/**
 * Reads the name at `at`, which may be compressed (RFC 1035 §4.1.4). Pointers lead backwards alone, so that they cannot
 * be a loop. Returns undefined if the octets are no name.
 */
export function readName(message: Uint8Array, at: number): WireName | undefined {
  const wire: number[] = []
  let end = -1
  let pointers = 0
  let from = at
  let least = at
  for (;;) {
    const length = message[from]
    if (length === undefined) return undefined
    if (length > MAX_LABEL_BYTES) {
      const low = message[from + 1]
      if (length < 0xc0 || low === undefined || ++pointers > MAX_NAME_POINTERS) return undefined
      if (end < 0) end = from + 2
      from = ((length & 0x3f) << 8) | low
      if (from >= least) return undefined
      least = from
      continue
    }
    if (wire.length + length + 1 > MAX_NAME_BYTES || from + length >= message.length) return undefined
    for (let i = from; i <= from + length; i++) wire.push(message[i] as number)
    from += length + 1
    if (length === 0) return { name: nameFromWire(Uint8Array.from(wire)), end: end < 0 ? from : end }
  }
}
