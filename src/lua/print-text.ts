import { oneLine } from './one-line.ts'

/** Returns code in one line, cut into parts between which white space does no harm. */
export const tokensOf = (code: string): readonly string[] =>
  [...oneLine(code).code.matchAll(TOKEN)].flatMap(([token]) => cut(token))

/** White space belongs to the token before it: PowerDNS leaves out a string that is a single space. */
const TOKEN = /(?:'(?:\\.|[^'\\])*'|[\w.]+|[-+*/%^#=~<>:]+|[^\s]|^)\s*/gu

/**
 * Cuts a token that is longer than a string may be into parts that are joined without white space. All of them are
 * long, as PowerDNS leaves out a single space, and none ends with half an escape.
 */
function cut(token: string): string[] {
  const octets = octetsIn(token)
  if (octets <= MAX_STRING) return [token]
  const each = octets / Math.ceil(octets / MAX_LITERAL)
  const parts: string[] = []
  let part = ''
  for (const [atom] of token.matchAll(/\\\d{1,3}|\\?[\s\S]/gu)) {
    if (octetsIn(part) >= each) {
      parts.push(part)
      part = ''
    }
    part += atom
  }
  return [...parts, part]
}

/** The octets of a string on the wire. */
const MAX_STRING = 255

/** A zone file is UTF-8. */
export const octetsIn = (text: string): number => new TextEncoder().encode(text).length

/**
 * Returns a text as Lua has it, in parts.
 * @param octets one character each
 */
export function literalOf(octets: string): readonly string[] {
  const parts: string[] = []
  let part = ''
  for (const character of Array.from(octets, escapeCharacter)) {
    if (part.length + character.length > MAX_LITERAL) {
      parts.push(`'${part}'`, '..')
      part = ''
    }
    part += character
  }
  return [...parts, `'${part}'`]
}

/** PowerDNS cuts strings at 255 octets on the wire: a longer text is joined of several parts. */
const MAX_LITERAL = 200

/** A quote cannot be part of LUA code, so that it is a number in it. */
function escapeCharacter(character: string): string {
  if (character === "'" || character === '\\') return `\\${character}`
  if (character >= ' ' && character <= '~' && character !== '"') return character
  return `\\${String(character.charCodeAt(0)).padStart(3, '0')}`
}

/** Returns the octets of a text, one character each. */
export const utf8 = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (octet) => String.fromCharCode(octet)).join('')
