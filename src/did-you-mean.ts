import { closest, distance } from 'fastest-levenshtein'

/** The share of a word's letters that may differ from the intended word. */
const MAX_TYPO_SHARE = 1 / 3
/** The limit on a list of words in a message, to keep it readable. */
const MAX_LISTED = 12

/** Returns the valid word that was most likely intended; undefined if none is similar. */
export function meant(word: string, words: readonly string[]): string | undefined {
  if (words.length === 0 || word.length > 64) return undefined
  const lower = word.toLowerCase()
  const same = words.find((candidate) => candidate.toLowerCase() === lower)
  if (same !== undefined) return same
  const best = closest(word, words as string[])
  const max = Math.min(word.length - 1, Math.max(1, Math.floor(word.length * MAX_TYPO_SHARE)))
  if (distance(word, best) <= max) return best
  // Two swapped letters are one typing error, but count as two changes.
  return words.find((candidate) => letters(candidate) === letters(lower))
}

const letters = (word: string): string => [...word.toLowerCase()].sort().join('')

/** Completes "expected" for a word that is not valid: with the intended word, or with a list of the valid words. */
export function oneOf(
  word: string,
  words: readonly string[],
  write: (valid: string) => string = (valid) => valid,
): string {
  const best = words.length === 1 ? words[0] : meant(word, words)
  if (best !== undefined) return write(best)
  const listed = words.slice(0, MAX_LISTED).map(write).join(', ')
  return words.length > MAX_LISTED ? `one of ${listed}, …` : `one of ${listed}`
}
