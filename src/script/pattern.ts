/**
 * Lua's patterns (manual §5.4.1): a pattern is read once into items, and matched by backtracking over them. What is
 * malformed is an error only when the match gets there, as in Lua.
 */
export type Pattern = { readonly anchored: boolean; readonly items: readonly Item[] }

/** Which octets match: one, any, or those with a 1 in a table of 256. */
type Class = number | 'any' | Uint8Array

type Item =
  | { readonly is: 'single'; readonly of: Class; readonly times: '' | '*' | '+' | '-' | '?' }
  | { readonly is: 'open'; readonly position: boolean }
  | { readonly is: 'close' }
  | { readonly is: 'end' }
  | { readonly is: 'same'; readonly capture: number }
  | { readonly is: 'balanced'; readonly open: number; readonly close: number }
  | { readonly is: 'frontier'; readonly of: Class }
  | { readonly is: 'error'; readonly message: string }

/** @param anchors whether a leading `^` is an anchor; in `gmatch` it is itself */
export function parsePattern(text: string, anchors: boolean): Pattern {
  const anchored = anchors && text.startsWith('^')
  const items: Item[] = []
  let at = anchored ? 1 : 0
  while (at < text.length) {
    const before = at
    const [item, next] = parseItem(text, before)
    items.push(item)
    at = next
    // Nothing gets past an error.
    if (item.is === 'error') break
  }
  return { anchored, items }
}

function parseItem(text: string, at: number): [item: Item, next: number] {
  const character = text[at]
  if (character === '(') {
    if (text[at + 1] === ')') return [{ is: 'open', position: true }, at + 2]
    return [{ is: 'open', position: false }, at + 1]
  }
  if (character === ')') return [{ is: 'close' }, at + 1]
  if (character === '$' && at + 1 === text.length) return [{ is: 'end' }, at + 1]
  if (character === '%') {
    const escaped = text[at + 1]
    if (escaped === 'b') {
      if (at + 3 >= text.length) return [{ is: 'error', message: 'unbalanced pattern' }, text.length]
      return [{ is: 'balanced', open: text.charCodeAt(at + 2), close: text.charCodeAt(at + 3) }, at + 4]
    }
    if (escaped === 'f') {
      if (text[at + 2] !== '[') return [{ is: 'error', message: "missing '[' after '%f' in pattern" }, text.length]
      const set = parseSet(text, at + 2)
      if (typeof set === 'string') return [{ is: 'error', message: set }, text.length]
      return [{ is: 'frontier', of: set.of }, set.next]
    }
    if (escaped !== undefined && escaped >= '0' && escaped <= '9') {
      return [{ is: 'same', capture: Number(escaped) - 1 }, at + 2]
    }
  }
  const single = parseClass(text, at)
  if (typeof single === 'string') return [{ is: 'error', message: single }, text.length]
  const suffix = text[single.next]
  if (suffix === '*' || suffix === '+' || suffix === '-' || suffix === '?') {
    return [{ is: 'single', of: single.of, times: suffix }, single.next + 1]
  }
  return [{ is: 'single', of: single.of, times: '' }, single.next]
}

type ParsedClass = { readonly of: Class; readonly next: number }

/** A text is what is wrong. */
function parseClass(text: string, at: number): ParsedClass | string {
  switch (text[at]) {
    case '.':
      return { of: 'any', next: at + 1 }
    case '[':
      return parseSet(text, at)
    case '%': {
      if (at + 1 >= text.length) return "malformed pattern (ends with '%')"
      return { of: classOf(text.charCodeAt(at + 1)), next: at + 2 }
    }
    default:
      return { of: text.charCodeAt(at), next: at + 1 }
  }
}

/** `[…]`: a `]` that comes first is one of its characters. */
function parseSet(text: string, start: number): ParsedClass | string {
  const set = new Uint8Array(256)
  let at = start + 1
  const negated = text[at] === '^'
  if (negated) at++
  const begin = at
  for (;;) {
    if (at >= text.length) return "malformed pattern (missing ']')"
    if (text[at] === ']' && at > begin) break
    const code = text.charCodeAt(at)
    if (code === PERCENT) {
      if (at + 1 >= text.length) return "malformed pattern (missing ']')"
      add(set, classOf(text.charCodeAt(at + 1)))
      at += 2
    } else if (text[at + 1] === '-' && at + 2 < text.length && text[at + 2] !== ']') {
      for (let i = code; i <= text.charCodeAt(at + 2); i++) set[i] = 1
      at += 3
    } else {
      set[code] = 1
      at++
    }
  }
  return { of: negated ? set.map((bit) => 1 - bit) : set, next: at + 1 }
}

const PERCENT = 0x25

function add(set: Uint8Array, of: Class): void {
  if (typeof of === 'number') set[of] = 1
  else if (of !== 'any') for (let i = 0; i < 256; i++) if (of[i]) set[i] = 1
}

/** What `%` and a character stand for: a class, its complement in capitals, or the character itself. */
function classOf(code: number): Class {
  return CLASSES.get(code) ?? code
}

const CLASSES = classes({
  a: (c) => isLetter(c),
  c: (c) => c < 32 || c === 127,
  d: (c) => isDigit(c),
  g: (c) => c > 32 && c < 127,
  l: (c) => c >= 97 && c <= 122,
  p: (c) => c > 32 && c < 127 && !isLetter(c) && !isDigit(c),
  s: (c) => c === 32 || (c >= 9 && c <= 13),
  u: (c) => c >= 65 && c <= 90,
  w: (c) => isLetter(c) || isDigit(c),
  x: (c) => isDigit(c) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102),
  z: (c) => c === 0,
})

function classes(tests: Readonly<Record<string, (code: number) => boolean>>): ReadonlyMap<number, Uint8Array> {
  const map = new Map<number, Uint8Array>()
  for (const [letter, test] of Object.entries(tests)) {
    const set = Uint8Array.from({ length: 256 }, (_, code) => (test(code) ? 1 : 0))
    map.set(letter.charCodeAt(0), set)
    map.set(
      letter.toUpperCase().charCodeAt(0),
      set.map((bit) => 1 - bit),
    )
  }
  return map
}

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

// --- matching -------------------------------------------------------------------------------------------------------

/** What is wrong with a pattern that the match got to. */
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

/** Matches one pattern against one text, from any offsets. */
export class Matcher {
  readonly subject: string
  /** How many octets it may still look at. */
  left = 0
  /** The match that was found. */
  start = 0
  end = 0
  private readonly items: readonly Item[]
  private readonly anchored: boolean
  /** How many captures there are, where each begins, and how long it is, or OPEN or POSITION. */
  level = 0
  readonly starts: number[] = []
  readonly lengths: number[] = []
  private depth = 0

  constructor(subject: string, pattern: Pattern) {
    this.subject = subject
    this.items = pattern.items
    this.anchored = pattern.anchored
  }

  /** Whether there is a match that begins at `start`. */
  match(start: number): boolean {
    this.level = 0
    this.depth = 0
    this.start = start
    this.end = this.from(start, 0)
    return this.end >= 0
  }

  /** Whether there is one that begins there or, unless the pattern is anchored, anywhere behind. */
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

function isIn(code: number, of: Class): boolean {
  return typeof of === 'number' ? code === of : of === 'any' || of[code] === 1
}
