import { RAW_OCTET } from '../dns/index.ts'

/**
 * The text of a file's octets. Zone files are octets (RFC 1035 §5.1), mostly UTF-8 or ASCII: an octet that is not UTF-8
 * becomes a character of its own, from which names and strings get the octet back.
 */
export function textOfOctets(bytes: Uint8Array): string {
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

/** Octets of the UTF-8 character that begins here (RFC 3629 §4); 0 where none does. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number
  if (first < 0x80) return 1
  const [length, least, most] = secondOctet(first)
  const second = bytes[at + 1] ?? 0
  if (length === 0 || second < least || second > most) return 0
  for (let i = at + 2; i < at + length; i++) if (((bytes[i] ?? 0) & 0xc0) !== 0x80) return 0
  return length
}

/** Returns the length of a character by its first octet, 0 if none; and the least and the largest second octet. */
function secondOctet(first: number): readonly [length: number, least: number, most: number] {
  if (first < 0xc2 || first > 0xf4) return [0, 0, 0]
  if (first < 0xe0) return [2, 0x80, 0xbf]
  if (first < 0xf0) return [3, first === 0xe0 ? 0xa0 : 0x80, first === 0xed ? 0x9f : 0xbf]
  return [4, first === 0xf0 ? 0x90 : 0x80, first === 0xf4 ? 0x8f : 0xbf]
}
