import type { Position } from './diagnostic.ts'

/** Something with places in it: `at` is an offset in its text. */
export type Located = { readonly positionAt: (at: number) => Position }

export type Place = { readonly in: Located; readonly at: number }

export const positionOf = (place: Place): Position => place.in.positionAt(place.at)

/** A text whose places are counted only when somebody asks: most records are right. */
export class Source implements Located {
  readonly file: string
  readonly text: string
  private lineStarts: readonly number[] | undefined
  /** The second halves of characters that take two places in the text; the first entry stands for none. */
  private secondHalves: readonly number[] | undefined

  constructor(file: string, text: string) {
    this.file = file
    this.text = text.replace(/^\ufeff/, '').replace(END_MARKS, '')
  }

  positionAt(at: number): Position {
    this.lineStarts ??= lineStartsOf(this.text)
    const line = lastAtMost(this.lineStarts, at)
    const start = this.lineStarts[line] as number
    // A line may be as long as the file, and have many findings: nothing goes through the line for each of them.
    const column = Math.min(at, this.text.length) - start - (this.halvesBefore(at) - this.halvesBefore(start)) + 1
    return { file: this.file, line: line + 1, column }
  }

  private halvesBefore(at: number): number {
    this.secondHalves ??= [-1, ...Array.from(this.text.matchAll(/[\u{10000}-\u{10ffff}]/gu), ({ index }) => index + 1)]
    return lastAtMost(this.secondHalves, at - 1)
  }
}

/** Octets that DOS programs put behind the last line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken off
const END_MARKS = /[\x00\x1a]{1,4096}$/

/** Line feeds alone are counted, as most editors do: a carriage return without one is rare. */
function lineStartsOf(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** Index of the last of ascending numbers that is not above `limit`; the first index if there is none. */
export function lastAtMost(ascending: readonly number[], limit: number): number {
  let low = 0
  let high = ascending.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((ascending[middle] as number) <= limit) low = middle
    else high = middle
  }
  return low
}
