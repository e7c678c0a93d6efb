import luaparse, { type Chunk } from 'luaparse'
import { MAX_DEPTH, MAX_LUA_CHARS } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import type { LuaIssue } from './fold-context.ts'
import { EXPECTED_EXPRESSION, expectedInScript } from './syntax-hint.ts'

/** `source` is what was parsed; `offsetAt` turns an offset in it, and in the syntax tree, into one in the code. */
export type ParsedCode = { readonly chunk: Chunk; readonly source: string; readonly offsetAt: (at: number) => number }

const RETURN = 'return '

/**
 * The syntax tree of a record's code. Code is `return <code>`, unless its very first character is `;`: then the rest is
 * a script that returns by itself.
 * @param use `included`: the code is a script, whatever it begins with
 */
export function parseCode(code: string, use: 'record' | 'included' = 'record'): Result<ParsedCode, LuaIssue> {
  if (code.length > MAX_LUA_CHARS) {
    return err({ at: 0, message: `the code has ${code.length} characters; expected at most ${MAX_LUA_CHARS}` })
  }
  const stripped = use === 'record' && code.startsWith(';')
  const script = stripped || use === 'included'
  const { bytes, charAt } = toBytes(stripped ? code.slice(1) : code)
  if (use === 'record' && bytes.trim() === '')
    return err({ at: 0, message: 'the LUA code is empty; expected a function call or text' })
  const skipped = stripped ? -1 : script ? 0 : RETURN.length
  const offsetAt = (at: number): number => Math.min(charAt(Math.max(at - skipped, 0)), code.length)
  const source = script ? bytes : RETURN + bytes
  const parsed = parseChunk(source)
  if (parsed.ok) return ok({ chunk: parsed.value, source, offsetAt })
  const { at, message } = parsed.error
  if (!script && isScript(bytes)) {
    return err({
      at: 0,
      message: 'the code is a script, and its first character is not a ";"; expected one, or an expression',
    })
  }
  if (!message.startsWith(SYNTAX)) return err({ at: offsetAt(at), message })
  const expected = script ? expectedInScript(source, at, stripped) : EXPECTED_EXPRESSION
  return err({ at: offsetAt(at), message: `${message}; expected ${expected}` })
}

const SYNTAX = 'Lua syntax: '

/** Returns true if code that is not an expression would be a script with a `;` as its first character. */
function isScript(code: string): boolean {
  const parsed = parseChunk(code.trimStart().replace(/^;/, ''))
  return parsed.ok && parsed.value.body.length > 0
}

/** LuaJIT's grammar is Lua 5.1's with a few more escapes: what PowerDNS packages are mostly built with. */
function parseChunk(source: string): Result<Chunk, LuaIssue> {
  try {
    return ok(
      luaparse.parse(source, {
        luaVersion: 'LuaJIT',
        encodingMode: 'pseudo-latin1',
        ranges: true,
        comments: false,
        scope: false,
      }),
    )
  } catch (error) {
    // The parser recurses over the code and has no cap of its own.
    if (error instanceof RangeError) {
      return err({ at: 0, message: `the code nests too deep; expected at most ${MAX_DEPTH} calls in each other` })
    }
    if (!(error instanceof SyntaxError)) throw error
    const { index } = error as SyntaxError & { index?: number }
    const what = error.message.replace(/^\[\d+:\d+\] /, '')
    return err({ at: index ?? 0, message: `${SYNTAX}${what}` })
  }
}

/** The code as Lua sees it: octets, one character each. */
function toBytes(code: string): { bytes: string; charAt: (byte: number) => number } {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
  if (/^[\x00-\x7f]*$/.test(code)) return { bytes: code, charAt: (byte) => byte }
  const encoded = new TextEncoder().encode(code)
  const chars: number[] = []
  let at = 0
  for (const character of code) {
    const code = character.codePointAt(0) as number
    for (let i = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4; i > 0; i--) chars.push(at)
    at += character.length
  }
  return {
    bytes: Array.from(encoded, (byte) => String.fromCharCode(byte)).join(''),
    charAt: (byte) => chars[byte] ?? at,
  }
}
