import { MAX_ROW_CHARS } from '../limits.ts'

/** Cuts a text for several values of a Durable Object's storage, and no character in two. An empty text is one part. */
export function* partsOf(text: string): Generator<string> {
  for (let from = 0; from < text.length || from === 0; ) {
    let to = Math.min(text.length, from + MAX_ROW_CHARS)
    // Half a character is not stored as it is.
    if (to < text.length && isHighSurrogate(text.charCodeAt(to - 1))) to--
    yield text.slice(from, to)
    from = to
    if (from === text.length) return
  }
}

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code < 0xdc00

/** Returns the values that keep a text under a key, one for each part of it. */
export const valuesOfText = (key: string, text: string): Record<string, string> =>
  Object.fromEntries(Array.from(partsOf(text), (part, i) => [keyOfPart(key, i), part]))

/** Returns the keys of a text that has so many parts. */
export const keysOfText = (key: string, parts: number): string[] =>
  Array.from({ length: parts }, (_, i) => keyOfPart(key, i))

/** The first part stands under the key itself. */
const keyOfPart = (key: string, part: number): string => (part === 0 ? key : `${key} ${part}`)
