import type { NameKey } from '../../dns/query-path.ts'

/**
 * Returns a text by which names below one origin sort in canonical order (RFC 4034 §6.1): their labels from the
 * origin on, each ended by an octet that no label has. An ancestor comes before its descendants, and nothing else
 * stands between them.
 * @param key at or below the origin, whose key has `originLength` characters
 */
export function sortText(key: NameKey, originLength: number): string {
  const end = key.length - originLength
  const first = key.charCodeAt(0)
  if (end === 0) return ''
  if (first + 1 === end) return labelText(key, 0)
  let text = ''
  for (let at = 0; at < end; at += key.charCodeAt(at) + 1) {
    text = text === '' ? labelText(key, at) : `${labelText(key, at)}\0${text}`
  }
  return text
}

/** The octets 0 and 1 are written as two, so that 0 can end a label. */
function labelText(key: NameKey, at: number): string {
  const label = key.slice(at + 1, at + 1 + key.charCodeAt(at))
  for (let i = 0; i < label.length; i++) {
    if (label.charCodeAt(i) < 2) return label.replace(LOW, (octet) => (octet === '\0' ? '\x01\x01' : '\x01\x02'))
  }
  return label
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: labels have any octets
const LOW = /[\0\x01]/g

/** Returns the index of the last border at or before a text; the first border is the empty text. */
export function borderAt(borders: readonly string[], text: string): number {
  let low = 0
  let high = borders.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((borders[middle] as string) <= text) low = middle
    else high = middle - 1
  }
  return low
}

/**
 * FNV-1a over the octets of a name in front of its origin, from `from` on.
 * @param seed each part has one with which no search for a name takes long
 */
export function nameHash(key: NameKey, from: number, to: number, seed: number): number {
  let hash = seed
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return (hash ^ (hash >>> 15)) >>> 0
}
