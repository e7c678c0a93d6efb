/**
 * Lua's patterns (manual §5.4.1): a pattern is read once into items, which `Matcher` interprets. A malformed part is an
 * error only when the match reaches it, as in Lua.
 */
export type Pattern = { readonly anchored: boolean; readonly items: readonly Item[] }

/** The octets that match: one, any, or those with a 1 in a table of 256. */
export type Class = number | 'any' | Uint8Array

export type Item =
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
    // No match continues after an error.
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

/** A text is the error. */
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

/** Returns the meaning of `%` and a character: a class, its complement for a capital, or the character itself. */
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

export function isIn(code: number, of: Class): boolean {
  return typeof of === 'number' ? code === of : of === 'any' || of[code] === 1
}
