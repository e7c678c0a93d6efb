import { RAW_OCTET } from '../dns/index.ts'

/**
 * Decodes the octets of a zone file (RFC 1035 §5.1), mostly UTF-8 or ASCII. An octet that is not UTF-8 becomes one
 * character (see `RAW_OCTET`), from which names and strings get the octet back.
 */
export function textOfOctets(bytes: Uint8Array): string {
  return textOfUtf8(bytes) ?? textOfMixed(bytes)
}

/** Nearly all files are UTF-8 as a whole. */
function textOfUtf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes)
  } catch {
    return undefined
  }
}

function textOfMixed(bytes: Uint8Array): string {
  const texts: string[] = []
  let from = 0
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at)
    if (length > 0) {
      at += length
      continue
    }
    texts.push(UTF8.decode(bytes.subarray(from, at)), String.fromCharCode(RAW_OCTET + (bytes[at] as number)))
    from = ++at
  }
  texts.push(UTF8.decode(bytes.subarray(from)))
  return texts.join('')
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Returns the number of octets of the UTF-8 character at `at` (RFC 3629 §4), or 0 if there is none. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number
  if (first < 0x80) return 1
  const [length, min, max] = secondOctet(first)
  const second = bytes[at + 1] ?? 0
  if (length === 0 || second < min || second > max) return 0
  for (let i = at + 2; i < at + length; i++) if (((bytes[i] ?? 0) & 0xc0) !== 0x80) return 0
  return length
}

/** Returns the length of a character by its first octet, or 0, and the limits of its second octet. */
function secondOctet(first: number): readonly [length: number, min: number, max: number] {
  if (first < 0xc2 || first > 0xf4) return [0, 0, 0]
  if (first < 0xe0) return [2, 0x80, 0xbf]
  if (first < 0xf0) return [3, first === 0xe0 ? 0xa0 : 0x80, first === 0xed ? 0x9f : 0xbf]
  return [4, first === 0xf0 ? 0x90 : 0x80, first === 0xf4 ? 0x8f : 0xbf]
}
