import { closest, distance } from 'fastest-levenshtein'

/** A slip of the fingers is a third of the word at most. */
const MOST_SLIPS = 1 / 3
/** A longer list helps nobody. */
const MOST_LISTED = 12

/** Returns the known word that was most likely meant; undefined where none is close. */
export function meant(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || word.length > 64) return undefined
  const lower = word.toLowerCase()
  const same = known.find((one) => one.toLowerCase() === lower)
  if (same !== undefined) return same
  const best = closest(word, known as string[])
  const most = Math.min(word.length - 1, Math.max(1, Math.floor(word.length * MOST_SLIPS)))
  if (distance(word, best) <= most) return best
  // Letters in another order are two changes each, and one slip.
  return known.find((one) => letters(one) === letters(lower))
}

const letters = (word: string): string => [...word.toLowerCase()].sort().join('')

/**
 * Returns what to write behind "expected" for a word that is not known: the word that was meant, or those that there
 * are.
 */
export function oneOf(word: string, known: readonly string[], write: (one: string) => string = (one) => one): string {
  const best = known.length === 1 ? known[0] : meant(word, known)
  if (best !== undefined) return write(best)
  const listed = known.slice(0, MOST_LISTED).map(write).join(', ')
  return known.length > MOST_LISTED ? `one of ${listed}, …` : `one of ${listed}`
}
