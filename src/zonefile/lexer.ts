import { MAX_LUA_CHARS } from '../limits.ts'

/** A word or a quoted string, with its escapes. `at` is the offset of its first character or of its opening quote. */
export type Token = { readonly text: string; readonly quoted: boolean; readonly at: number }

/**
 * One entry of a zone file (RFC 1035 §5.1): a line, or several lines that parentheses join.
 * @property blank true if it starts with white space, so that it inherits its owner
 * @property broken true after an error in it: tokens may be missing
 */
export type Entry = { readonly tokens: readonly Token[]; readonly blank: boolean; readonly broken: boolean }

type Report = (at: number, message: string) => void

/** Splits a zone file into entries. After an error it continues with the next record. */
export class Lexer {
  private at = 0
  private restarts = 0
  private readonly text: string
  private readonly report: Report

  /** Checked once: most files have no octet of 0. */
  private readonly hasNul: boolean

  constructor(text: string, report: Report) {
    this.text = text
    this.hasNul = text.includes('\0')
    this.report = report
  }

  next(): Entry | undefined {
    while (this.at < this.text.length) {
      const entry = this.entry()
      if (entry.tokens.length > 0) return entry
    }
    return undefined
  }

  private entry(): Entry {
    const { text } = this
    const blank = isSpace(text.charCodeAt(this.at))
    const tokens: Token[] = []
    const end = (broken: boolean): Entry => ({ tokens, blank, broken })
    let depth = 0
    let opened = 0
    while (this.at < text.length) {
      const at = this.at
      switch (text.charCodeAt(at)) {
        case NEWLINE:
        case RETURN:
          this.at++
          if (depth === 0) return end(false)
          break
        case SPACE:
        case TAB:
          this.at++
          break
        case SEMICOLON:
          this.at = this.lineEnd(at)
          break
        case OPEN:
          if (depth++ === 0) opened = at
          this.at++
          break
        case CLOSE:
          this.at++
          if (depth-- > 0) break
          this.report(at, 'this ")" closes nothing; expected a "(" before it')
          this.at = this.lineEnd(at)
          return end(true)
        case QUOTE: {
          const close = this.closingQuote(at) ?? (isCode(tokens, blank) ? this.quoteInLaterLine(at) : undefined)
          if (close === undefined) {
            this.report(at, 'unterminated quote; expected a closing " on the same line')
            this.at = this.lineEnd(at)
            if (depth > 0) this.skipToRecord()
            return end(true)
          }
          tokens.push({ text: text.slice(at + 1, close), quoted: true, at })
          this.at = close + 1
          break
        }
        default: {
          this.at = this.wordEnd(at)
          const word = text.slice(at, this.at)
          if (this.hasNul && word.includes('\0')) {
            this.report(at, 'an octet of 0 outside quotes; expected \\000 for one in a name or a string')
            this.at = this.lineEnd(at)
            if (depth > 0) this.skipToRecord()
            return end(true)
          }
          tokens.push({ text: word, quoted: false, at })
        }
      }
    }
    if (depth === 0) return end(false)
    this.report(opened, 'this "(" is never closed; expected a ")" after the data')
    if (this.restarts++ < MAX_RESTARTS) {
      this.at = this.lineEnd(opened)
      this.skipToRecord()
    }
    return end(true)
  }

  /** Returns the offset of the next line feed or carriage return: each ends a line, as in BIND. */
  private lineEnd(from: number): number {
    let at = from
    while (at < this.text.length && !isLineEnd(this.text.charCodeAt(at))) at++
    return at
  }

  /** Skips to the next line that must start a record: after an open parenthesis, other lines may continue it. */
  private skipToRecord(): void {
    const { text } = this
    while (this.at < text.length) {
      this.at = this.lineEnd(this.at) + 1
      const first = text.charCodeAt(this.at)
      if (!isSpace(first) && first !== CLOSE && !isLineEnd(first) && first !== SEMICOLON) return
    }
  }

  private closingQuote(from: number): number | undefined {
    for (let at = from + 1; at < this.text.length; at++) {
      const code = this.text.charCodeAt(at)
      if (code === QUOTE) return at
      if (code === NEWLINE) return undefined
      // A line feed after a backslash is part of the string, as in BIND.
      if (code === BACKSLASH) at++
    }
    return undefined
  }

  /** Returns the closing quote of code of several lines: unlike an opening quote, no word follows it directly. */
  private quoteInLaterLine(from: number): number | undefined {
    const { text } = this
    const limit = Math.min(text.length, from + MAX_LUA_CHARS)
    for (let at = from + 1; at < limit; at++) {
      const code = text.charCodeAt(at)
      if (code === BACKSLASH) at++
      else if (code === QUOTE) {
        const next = text.charCodeAt(at + 1)
        return at + 1 >= text.length || isSpace(next) || SPECIAL.has(next) ? at : undefined
      }
    }
    return undefined
  }

  private wordEnd(from: number): number {
    let at = from
    for (; at < this.text.length; at++) {
      const code = this.text.charCodeAt(at)
      if (code === BACKSLASH && !isLineEnd(this.text.charCodeAt(at + 1))) at++
      else if (isSpace(code) || SPECIAL.has(code)) break
    }
    return Math.min(at, this.text.length)
  }
}

/** The limit on restarts after a "(" that is never closed: without a restart, it would hide the rest of the file. */
const MAX_RESTARTS = 8

const [TAB, NEWLINE, RETURN, SPACE, QUOTE] = [9, 10, 13, 32, 34] as const
const [OPEN, CLOSE, SEMICOLON, BACKSLASH] = [40, 41, 59, 92] as const
const SPECIAL: ReadonlySet<number> = new Set([NEWLINE, RETURN, QUOTE, OPEN, CLOSE, SEMICOLON])

const isSpace = (code: number): boolean => code === SPACE || code === TAB
/** Returns true if the tokens end with LUA, a type and strings: the next string is code, and may have several lines. */
function isCode(tokens: readonly Token[], blank: boolean): boolean {
  const lua = tokens.findIndex(({ text, quoted }, i) => !quoted && (blank || i > 0) && /^(lua|type65402)$/i.test(text))
  return lua >= 0 && tokens.length > lua + 1 && tokens.slice(lua + 2).every(({ quoted }) => quoted)
}
const isLineEnd = (code: number): boolean => code === NEWLINE || code === RETURN
