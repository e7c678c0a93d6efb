import { type Class, type Item, isIn, type Pattern } from './pattern.ts'

/** A malformed part of a pattern that the match has reached. */
export class PatternError {
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

/** The match has looked at as many octets as it may. */
export class MatchTooLong {}

const MAX_CAPTURES = 32
/** Items whose alternatives are open at a time: LuaJIT's own limit, far from the end of the stack. */
const MAX_MATCH_DEPTH = 200

const OPEN = -1
const POSITION = -2

/** Matches one pattern against one text, from any offsets, by backtracking. */
export class Matcher {
  readonly subject: string
  /** The number of octets that it may still look at. */
  left = 0
  /** The match that was found. */
  start = 0
  end = 0
  private readonly items: readonly Item[]
  private readonly anchored: boolean
  /** The number of captures, the start of each, and its length, OPEN or POSITION. */
  level = 0
  readonly starts: number[] = []
  readonly lengths: number[] = []
  private depth = 0

  constructor(subject: string, pattern: Pattern) {
    this.subject = subject
    this.items = pattern.items
    this.anchored = pattern.anchored
  }

  /** Returns true if there is a match that begins at `start`. */
  match(start: number): boolean {
    this.level = 0
    this.depth = 0
    this.start = start
    this.end = this.from(start, 0)
    return this.end >= 0
  }

  /** Returns true if there is one at `start` or, unless the pattern is anchored, at a later offset. */
  search(from: number): boolean {
    for (let start = from; start <= this.subject.length; start++) {
      if (this.match(start)) return true
      if (this.anchored) return false
    }
    return false
  }

  /** A capture's text, or its position as a number; the first of a pattern without captures is all of the match. */
  capture(i: number): string | number {
    if (i >= this.level) return this.subject.slice(this.start, this.end)
    const length = this.lengths[i] as number
    if (length === OPEN) throw new PatternError('unfinished capture')
    const from = this.starts[i] as number
    return length === POSITION ? from + 1 : this.subject.slice(from, from + length)
  }

  private look(): void {
    if (--this.left < 0) throw new MatchTooLong()
  }

  private from(start: number, first: number): number {
    if (++this.depth > MAX_MATCH_DEPTH) throw new PatternError('pattern too complex')
    const end = this.walk(start, first)
    this.depth--
    return end
  }

  private walk(start: number, first: number): number {
    let at = start
    for (let i = first; ; i++) {
      this.look()
      const item = this.items[i]
      if (item === undefined) return at
      switch (item.is) {
        case 'single':
          if (item.times !== '') return this.repeated(item.of, item.times, at, i + 1)
          if (!this.matches(at, item.of)) return -1
          at++
          break
        case 'open':
          return this.open(at, item.position, i + 1)
        case 'close':
          return this.close(at, i + 1)
        case 'end':
          return at === this.subject.length ? at : -1
        case 'same': {
          const end = this.same(at, item.capture)
          if (end < 0) return -1
          at = end
          break
        }
        case 'balanced': {
          const end = this.balanced(at, item.open, item.close)
          if (end < 0) return -1
          at = end
          break
        }
        case 'frontier': {
          // Before the text and behind it there is a zero octet.
          const before = at === 0 ? 0 : this.subject.charCodeAt(at - 1)
          const here = at < this.subject.length ? this.subject.charCodeAt(at) : 0
          if (isIn(before, item.of) || !isIn(here, item.of)) return -1
          break
        }
        case 'error':
          throw new PatternError(item.message)
      }
    }
  }

  private matches(at: number, of: Class): boolean {
    return at < this.subject.length && isIn(this.subject.charCodeAt(at), of)
  }

  private repeated(of: Class, times: '*' | '+' | '-' | '?', start: number, next: number): number {
    let at = start
    switch (times) {
      case '?': {
        if (this.matches(at, of)) {
          const end = this.from(at + 1, next)
          if (end >= 0) return end
        }
        return this.from(at, next)
      }
      case '-':
        for (;;) {
          const end = this.from(at, next)
          if (end >= 0) return end
          this.look()
          if (!this.matches(at, of)) return -1
          at++
        }
      default: {
        while (this.matches(at, of)) {
          this.look()
          at++
        }
        const least = times === '+' ? start + 1 : start
        for (; at >= least; at--) {
          const end = this.from(at, next)
          if (end >= 0) return end
        }
        return -1
      }
    }
  }

  private open(at: number, position: boolean, next: number): number {
    if (this.level >= MAX_CAPTURES) throw new PatternError('too many captures')
    this.starts[this.level] = at
    this.lengths[this.level] = position ? POSITION : OPEN
    this.level++
    const end = this.from(at, next)
    if (end < 0) this.level--
    return end
  }

  private close(at: number, next: number): number {
    let i = this.level - 1
    while (i >= 0 && this.lengths[i] !== OPEN) i--
    if (i < 0) throw new PatternError('invalid pattern capture')
    this.lengths[i] = at - (this.starts[i] as number)
    const end = this.from(at, next)
    if (end < 0) this.lengths[i] = OPEN
    return end
  }

  private same(at: number, capture: number): number {
    if (capture < 0 || capture >= this.level || this.lengths[capture] === OPEN) {
      throw new PatternError('invalid capture index')
    }
    const length = this.lengths[capture] as number
    if (length === POSITION) return -1
    this.left -= length
    const from = this.starts[capture] as number
    if (at + length > this.subject.length) return -1
    for (let i = 0; i < length; i++) {
      if (this.subject.charCodeAt(from + i) !== this.subject.charCodeAt(at + i)) return -1
    }
    return at + length
  }

  private balanced(start: number, open: number, close: number): number {
    if (start >= this.subject.length || this.subject.charCodeAt(start) !== open) return -1
    let depth = 1
    for (let at = start + 1; at < this.subject.length; at++) {
      this.look()
      const code = this.subject.charCodeAt(at)
      if (code === close) {
        if (--depth === 0) return at + 1
      } else if (code === open) depth++
    }
    return -1
  }
}
