import { typeName } from '../dns/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { Token } from './lexer.ts'
import type { LuaProblem } from './lua-record.ts'

/**
 * Returns the tokens of a LUA record in the form `\# <length> <hex>` (RFC 3597), as an AXFR has it: two octets of type,
 * then strings as in TXT. All tokens have the position of the data.
 */
export function tokensOfOctets(tokens: readonly Token[]): Result<readonly Token[], LuaProblem> {
  const [sign, length, ...data] = tokens as readonly [Token, Token | undefined, ...Token[]]
  const first = data[0] ?? length ?? sign
  const fail = (at: number, message: string) => err({ at, message })
  if (!length || !/^\d{1,5}$/.test(length.text)) {
    return fail(first.at, '\\# has no length; expected \\# <length> <hex digits>')
  }
  const hex = data.map(({ text }) => text).join('')
  if (!/^([0-9a-f]{2})*$/i.test(hex)) {
    return fail(first.at, 'the data after \\# is not hexadecimal; expected pairs of 0-9 and a-f')
  }
  const octets = (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))
  if (octets.length !== Number(length.text)) {
    return fail(length.at, `\\# says ${length.text} octets; expected as many, found ${octets.length}`)
  }
  const [high, low] = octets
  if (high === undefined || low === undefined) {
    return fail(first.at, 'LUA data has no type; expected two octets of it, and then strings')
  }
  const strings: (readonly number[])[] = []
  for (let at = 2; at < octets.length; ) {
    const end = at + 1 + (octets[at] as number)
    if (end > octets.length) return fail(first.at, 'a string of the LUA data ends too early; expected all its octets')
    strings.push(octets.slice(at + 1, end))
    at = end
  }
  const chunks = chunksOf(strings).map((text): Token => ({ text, quoted: true, at: first.at }))
  return ok([{ text: typeName(high * 256 + low), quoted: false, at: first.at }, ...chunks])
}

/** The longest string of DNS data. */
const FULL = 255

/**
 * Returns the code as it was written. A full string goes on in the next one: an AXFR cuts long code there, within a
 * word too.
 */
function chunksOf(strings: readonly (readonly number[])[]): readonly string[] {
  const breaks = quotedLineEnds(strings.map((octets) => String.fromCharCode(...octets)).join(''))
  const chunks: string[] = []
  let before = 0
  let isCut = false
  for (const octets of strings) {
    const text = octets.map((octet, i) => textOf(octet, breaks.has(before + i))).join('')
    if (isCut) chunks.push((chunks.pop() as string) + text)
    else chunks.push(text)
    isCut = octets.length === FULL
    before += octets.length
  }
  return chunks
}

/**
 * Escapes an octet so that Lua reads it as the primary's. White space stays between words, as API clients write it. A
 * line end in quotes is an escape, and so is a double quote, which code can have as `\034` alone.
 */
function textOf(octet: number, isQuotedLineEnd: boolean): string {
  if (octet === TAB || (isLineEnd(octet) && !isQuotedLineEnd)) return String.fromCharCode(octet)
  if (octet < 0x20 || octet > 0x7e || octet === DOUBLE_QUOTE) return `\\${String(octet).padStart(3, '0')}`
  const character = String.fromCharCode(octet)
  return character === '\\' ? '\\\\' : character
}

const TAB = 0x09
const DOUBLE_QUOTE = 0x22
const isLineEnd = (octet: number): boolean => octet === 0x0a || octet === 0x0d

/** Returns the offsets of line ends in texts in single quotes, which Lua does not take as they are. */
function quotedLineEnds(code: string): ReadonlySet<number> {
  const found = new Set<number>()
  const opening = /--\[(=*)\[|--|\[(=*)\[|'/g
  for (let open = opening.exec(code); open; open = opening.exec(code)) {
    const [mark, comment, text] = open
    const level = comment ?? text
    const closing = level !== undefined ? `]${level}]` : mark === '--' ? '\n' : mark
    const close = code.indexOf(closing, opening.lastIndex)
    const end = close < 0 ? code.length : close + closing.length
    if (mark === "'") {
      for (let at = open.index; at < end; at++) if (isLineEnd(code.charCodeAt(at))) found.add(at)
    }
    opening.lastIndex = end
  }
  return found
}
