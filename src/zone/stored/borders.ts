import type { NameKey } from '../../dns/query-path.ts'
import { borderAt, sortText } from './name-order.ts'

/**
 * The borders of a zone's parts: the sort text of the first name of each, the origin's empty one first. After some
 * searches it searches among numbers, which takes a third of the time: the octets of each border behind those that all
 * of them have.
 */
export class Borders {
  private readonly texts: readonly string[]
  private searches = 0
  private numbers: BorderNumbers | undefined

  constructor(texts: readonly string[]) {
    this.texts = texts
  }

  /**
   * Returns the number of the part that a name belongs to.
   * @param key at or below the origin, whose key has `originLength` characters
   */
  partOf(key: NameKey, originLength: number): number {
    const { texts } = this
    if (texts.length === 1) return 0
    if (this.searches++ === FEW_SEARCHES) this.numbers = new BorderNumbers(texts)
    const end = key.length - originLength
    // The sort text of most names is their only label.
    const isLabel = end > 0 && key.charCodeAt(0) + 1 === end
    const found = isLabel && this.numbers ? this.numbers.find(key, 1, end) : UNKNOWN
    return found === UNKNOWN ? borderAt(texts, sortText(key, originLength)) : found
  }
}

/** A new isolate is asked few names: it does not look at all borders. */
const FEW_SEARCHES = 100

/** The octets of borders as numbers, in the same order. */
class BorderNumbers {
  /** The beginning of all borders but the first. */
  private readonly common: string
  private readonly numbers: Float64Array

  constructor(texts: readonly string[]) {
    const common = commonStart(texts[1] ?? '', texts.at(-1) ?? '')
    this.common = common
    this.numbers = Float64Array.from(texts, (text, i) => (i === 0 ? -1 : numberAt(text, common.length, text.length)))
  }

  /** Returns the part of a label in [from, to) of a key; UNKNOWN if the numbers do not tell. */
  find(key: NameKey, from: number, to: number): number {
    const { common, numbers } = this
    for (let at = from; at < to && at < from + common.length + OCTETS; at++) {
      if (key.charCodeAt(at) <= MAX_ESCAPED) return UNKNOWN
    }
    for (let i = 0; i < common.length; i++) {
      const difference = octetAt(key, from + i, to) - common.charCodeAt(i)
      if (difference !== 0) return difference < 0 ? 0 : numbers.length - 1
    }
    const number = numberAt(key, from + common.length, to)
    // One search for texts and numbers, `borderAt`, would take four times as long.
    let low = 0
    let high = numbers.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((numbers[middle] as number) <= number) low = middle
      else high = middle - 1
    }
    return numbers[low] === number ? UNKNOWN : low
  }
}

const UNKNOWN = -1

/** A sort text writes these octets as two. */
const MAX_ESCAPED = 1

/** Six octets, each with the end of the text as one more value, are less than the 53 bits of a number. */
const OCTETS = 6
const VALUES = 257

/** Returns six octets from `from` on as a number. Behind the end are values below all octets. */
function numberAt(text: string, from: number, to: number): number {
  let number = 0
  for (let at = from; at < from + OCTETS; at++) number = number * VALUES + octetAt(text, at, to) + 1
  return number
}

const octetAt = (text: string, at: number, to: number): number => (at < to ? text.charCodeAt(at) : -1)

/** Returns what two texts begin with, and so all texts between them. */
function commonStart(first: string, last: string): string {
  let length = 0
  while (length < first.length && first[length] === last[length]) length++
  return first.slice(0, length)
}
