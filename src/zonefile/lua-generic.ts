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
  const chunks: Token[] = []
  for (let at = 2; at < octets.length; ) {
    const end = at + 1 + (octets[at] as number)
    if (end > octets.length) return fail(first.at, 'a string of the LUA data ends too early; expected all its octets')
    chunks.push({ text: textOf(octets.slice(at + 1, end)), quoted: true, at: first.at })
    at = end
  }
  return ok([{ text: typeName(high * 256 + low), quoted: false, at: first.at }, ...chunks])
}

/** Escapes a string as PowerDNS does. */
const textOf = (octets: readonly number[]): string =>
  octets
    .map((octet) => {
      const character = String.fromCharCode(octet)
      if (octet < 0x20 || octet > 0x7e) return `\\${String(octet).padStart(3, '0')}`
      return character === '\\' || character === '"' ? `\\${character}` : character
    })
    .join('')
