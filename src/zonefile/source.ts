import type { Position } from './diagnostic.ts'

/** A text with positions. */
export type Located = { readonly positionAt: (at: number) => Position }

/** An offset in a text. */
export type SourcePosition = { readonly in: Located; readonly at: number }

export const positionOf = (position: SourcePosition): Position => position.in.positionAt(position.at)

/** A text that computes lines and columns only when they are needed: most records have no error. */
export class Source implements Located {
  readonly file: string
  readonly text: string
  private lineStarts: readonly number[] | undefined
  /** The offsets of low surrogates, after a first entry of -1. */
  private secondHalves: readonly number[] | undefined

  constructor(file: string, text: string) {
    this.file = file
    this.text = withoutEndMarks(text.replace(/^\ufeff/, ''))
  }

  positionAt(at: number): Position {
    this.lineStarts ??= lineStartsOf(this.text)
    const line = lastAtMost(this.lineStarts, at)
    const start = this.lineStarts[line] as number
    // A line may be as long as the file, with many findings: none of them may scan the line.
    const column = Math.min(at, this.text.length) - start - (this.halvesBefore(at) - this.halvesBefore(start)) + 1
    return { file: this.file, line: line + 1, column }
  }

  private halvesBefore(at: number): number {
    this.secondHalves ??= [-1, ...Array.from(this.text.matchAll(/[\u{10000}-\u{10ffff}]/gu), ({ index }) => index + 1)]
    return lastAtMost(this.secondHalves, at - 1)
  }
}

/**
 * Removes the octets that DOS programs write after the last line. An expression would try from each octet of a long
 * run.
 */
function withoutEndMarks(text: string): string {
  let end = text.length
  while (end > 0 && END_MARKS.includes(text[end - 1] as string)) end--
  return text.slice(0, end)
}

const END_MARKS = '\x00\x1a'

/** Counts line feeds only, as most editors do: a carriage return without one is rare. */
function lineStartsOf(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** Returns the index of the last of ascending numbers that is not above `limit`, or 0 if there is none. */
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
