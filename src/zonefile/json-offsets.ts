import type { Path } from '../policy/index.ts'

/**
 * Finds positions in a valid JSON text. It reads only the objects and lists on the way of a path, and keeps the offsets
 * in long ones: a tree of a text with a million records would take gigabytes, and most texts have no finding.
 */
export class JsonOffsets {
  private readonly text: string
  private readonly long = new Map<number, Places>()

  constructor(text: string) {
    this.text = text
  }

  /**
   * Returns the offset of a simple value, or of the key of an object or list; for a missing path the nearest offset.
   */
  find(path: Path): number {
    let value = skipSpace(this.text, 0)
    let offset = value
    for (const key of path) {
      const place = this.placesIn(value)?.get(String(key))
      if (place === undefined) break
      const isField = this.text[value] === '{'
      value = isField ? this.valueOf(place) : place
      offset = isField && isNested(this.text, value) ? place : value
    }
    return offset
  }

  /** Returns the offset of the value of a field. @param key the offset of its key */
  private valueOf(key: number): number {
    const colon = skipSpace(this.text, skipString(this.text, key))
    return skipSpace(this.text, colon + 1)
  }

  /** Returns the offsets of an object's keys, or of a list's values; undefined for a simple value. */
  private placesIn(start: number): Places | undefined {
    const known = this.long.get(start)
    if (known) return known
    if (!isNested(this.text, start)) return undefined
    const places = new Map<string, number>()
    const end = this.text[start] === '{' ? this.findKeys(start, places) : this.findItems(start, places)
    if (end - start > SHORT) this.long.set(start, places)
    return places
  }

  /** @returns the offset of the end of the object */
  private findKeys(start: number, keys: Map<string, number>): number {
    const { text } = this
    let at = skipSpace(text, start + 1)
    while (text[at] === '"') {
      const end = skipString(text, at)
      keys.set(JSON.parse(text.slice(at, end)) as string, at)
      at = skipSpace(text, skipValue(text, this.valueOf(at)))
      if (text[at] === ',') at = skipSpace(text, at + 1)
    }
    return at
  }

  /** @returns the offset of the end of the list */
  private findItems(start: number, items: Map<string, number>): number {
    const { text } = this
    let at = skipSpace(text, start + 1)
    while (at < text.length && text[at] !== ']') {
      items.set(String(items.size), at)
      at = skipSpace(text, skipValue(text, at))
      if (text[at] === ',') at = skipSpace(text, at + 1)
    }
    return at
  }
}

/** Offsets by key, or by index. */
type Places = ReadonlyMap<string, number>

/** The characters of an object or list that is read again for each path. */
const SHORT = 256

/** Returns the number of fields of all objects in a valid JSON text. A field that is there twice counts twice. */
export function countFields(text: string): number {
  let fields = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = skipString(text, at) - 1
    else if (code === COLON) fields++
  }
  return fields
}

const [QUOTE, COLON, BACKSLASH] = [0x22, 0x3a, 0x5c] as const

const isNested = (text: string, at: number): boolean => text[at] === '{' || text[at] === '['

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++
  return at
}

/** Returns the offset behind the string that begins at `from`. */
function skipString(text: string, from: number): number {
  let at = from + 1
  for (let code = text.charCodeAt(at); code !== QUOTE && at < text.length; code = text.charCodeAt(at)) {
    at += code === BACKSLASH ? 2 : 1
  }
  return at + 1
}

/** Returns the offset behind the value that begins at `from`. */
function skipValue(text: string, from: number): number {
  let depth = 0
  let at = from
  while (at < text.length) {
    const character = text[at] as string
    if (character === '"') at = skipString(text, at)
    else if (character === '{' || character === '[') {
      depth++
      at++
      continue
    } else if (character === '}' || character === ']') {
      depth--
      at++
    } else {
      at++
      // A number or a word ends before one of these.
      while (depth === 0 && at < text.length && !END.has(text[at] as string)) at++
    }
    if (depth === 0) return at
  }
  return at
}

const END: ReadonlySet<string> = new Set([',', '}', ']', ' ', '\n', '\r', '\t'])
